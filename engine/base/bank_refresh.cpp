#include "engine/base/bank_refresh.hpp"

#include <algorithm>

#include "engine/base/utf8.hpp"

namespace erario {
namespace {

constexpr std::size_t kNameBytesMax = 60;

Error malformed(std::size_t index, std::string_view rule) {
  return Error{ErrorCode::kStatementMalformed,
               "institution " + std::to_string(index + 1) + ": " + std::string(rule)};
}

bool is_spei_code(std::string_view text) {
  return text.size() >= 4 && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// A name as a plain field of one line can hold it.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax && is_utf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return c == ',' || c == '"' || (static_cast<unsigned char>(c) < ' ') || c == '\x7F';
         });
}

std::string clabe_code_of(const Institution& institution) {
  return institution.spei_code.substr(institution.spei_code.size() - 3);
}

}  // namespace

Result<BankRefresh> refresh_banks(std::string_view text,
                                  const std::vector<Institution>& institutions, Date today) {
  TRY(const BankList list, BankList::parse(text));
  if (institutions.empty()) {
    return Error{ErrorCode::kStatementMalformed, "the answer names no institutions"};
  }
  BankTable banks = list.on(today);
  BankRefresh refresh;
  refresh.text = text;
  if (!refresh.text.ends_with('\n')) refresh.text += '\n';
  BankTable told;
  for (std::size_t i = 0; i < institutions.size(); ++i) {
    const Institution& institution = institutions[i];
    if (!is_spei_code(institution.spei_code)) return malformed(i, "its code is none of SPEI");
    if (!is_name(institution.name)) return malformed(i, "its name cannot stand in the list");
    const Bank bank{institution.spei_code, institution.name};
    const std::string code = clabe_code_of(institution);
    told.emplace(code, bank);
    if (!institution.connected) refresh.disconnected.push_back(bank);
    const auto [known, is_new] = banks.emplace(code, bank);
    if (is_new) {
      refresh.joined.push_back(bank);
      refresh.text.append(code).append(",").append(bank.spei_code).append(",");
      refresh.text.append(bank.name).append(",").append(to_text(today)).append(",\n");
    } else if (known->second.spei_code != bank.spei_code) {
      refresh.contradicted.push_back(bank);
    }
  }
  for (const auto& [code, bank] : banks) {
    if (!told.contains(code)) refresh.absent.push_back(bank);
  }
  // A line may begin later than today, or what joined may meet it: nothing is written then.
  TRY_VOID(BankList::parse(refresh.text));
  return refresh;
}

}  // namespace erario
