#include "reconciliation/statement_set.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace erario {
namespace {

using Pages = std::map<int, std::vector<Statement>>;  // by page number, every copy

std::string name_of(const Statement& statement) {
  return statement.id + " de la cuenta " + statement.account;
}

// Several copies of one page: the same content is one page, other content is a contradiction.
bool agree(const std::vector<Statement>& copies) {
  if (copies.size() == 1) return true;
  const Sha256 content = content_hash(copies.front());
  return std::ranges::all_of(copies,
                             [&](const Statement& copy) { return content_hash(copy) == content; });
}

void check_chain(const std::vector<Statement>& pages, const std::string& side, StatementSet& set) {
  for (std::size_t i = 1; i < pages.size(); ++i) {
    const Statement& before = pages[i - 1];
    const Statement& page = pages[i];
    if (page.page != before.page + 1) {
      set.failures.push_back({side, BreakKind::kControlFailure, page.id,
                              "falta una página entre la " + std::to_string(before.page) +
                                  " y la " + std::to_string(page.page) + " del estado " +
                                  name_of(page)});
    } else if (before.closing && page.opening && before.closing->amount != page.opening->amount) {
      set.failures.push_back({side, BreakKind::kBalanceFailure, page.id,
                              "la página " + std::to_string(before.page) + " cierra con " +
                                  minor_units_text(before.closing->amount, before.currency) +
                                  " y la " + std::to_string(page.page) + " abre con " +
                                  minor_units_text(page.opening->amount, page.currency)});
    }
  }
  if (!pages.empty() && !pages.back().last_page) {
    set.failures.push_back({side, BreakKind::kControlFailure, pages.back().id,
                            "falta la última página del estado " + name_of(pages.back())});
  }
}

}  // namespace

StatementSet check_statement_set(std::vector<Statement> statements, const std::string& side) {
  std::map<std::pair<std::string, std::string>, Pages> by_identity;
  for (Statement& statement : statements) {
    auto& copies = by_identity[{statement.account, statement.id}][statement.page];
    copies.push_back(std::move(statement));
  }
  StatementSet set;
  for (auto& [identity, pages] : by_identity) {
    std::vector<Statement> chain;
    for (auto& [number, copies] : pages) {
      if (agree(copies)) {
        chain.push_back(std::move(copies.front()));
        continue;
      }
      set.failures.push_back(
          {side, BreakKind::kControlFailure, identity.second,
           "el estado " + name_of(copies.front()) + " llegó dos veces con contenido distinto"});
    }
    check_chain(chain, side, set);
    for (Statement& statement : chain)
      set.statements.push_back(std::move(statement));
  }
  return set;
}

}  // namespace erario
