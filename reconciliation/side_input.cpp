#include "reconciliation/side_input.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "reconciliation/reference.hpp"
#include "reconciliation/sort_rows.hpp"

namespace erario {
namespace {

// What a person would look the movement up by.
std::string told_reference(const std::vector<std::string>& references,
                           const std::vector<std::string>& hints, const std::string& otherwise) {
  if (!references.empty()) return references.front();
  const auto told = std::ranges::find_if(
      hints, [](const std::string& hint) { return hint.size() >= kSurelyReferenceMin; });
  return told == hints.end() ? otherwise : *told;
}

Unit unit_of(const StatementLine& line, const Statement& statement, const std::string& account) {
  Unit unit;
  Movement& movement = unit.movement;
  movement.line = statement.account + "/" + statement.id + "/" + std::to_string(statement.page) +
                  "/" + std::to_string(line.ordinal);
  movement.account = account;
  movement.source = statement.source + " " + statement.id;
  movement.reference = told_reference(line.references, line.hints, line.bank_reference);
  movement.counterparty = line.counterparty;
  movement.amount = line.amount;
  movement.currency = line.currency;
  movement.date = line.date();
  unit.match.references = line.references;
  unit.match.hints = line.hints;
  unit.match.amount = line.amount;
  unit.match.date = line.date();
  unit.booking_date = line.date();
  unit.details_incomplete = line.details_incomplete;
  return unit;
}

}  // namespace

Unit unit_of(const ReportLine& line, const std::string& gateway) {
  Unit unit;
  Movement& movement = unit.movement;
  movement.line = line.kind + "/" + line.gateway_id;
  movement.account = std::string(kClearingPrefix) + gateway;
  movement.source = gateway;
  movement.reference = line.reference;
  movement.counterparty = line.counterparty;
  movement.amount = line.amount;
  movement.fee = line.fee;
  movement.fee_vat = line.fee_vat;
  movement.currency = kLedgerCurrency;
  movement.date = line.operating_date;
  add_reference(unit.match.references, line.reference);
  unit.match.amount = line.amount;
  unit.match.date = line.operating_date;
  unit.match.chargeback = line.kind == "chargeback";
  return unit;
}

void add_units(const StatementLine& line, const Statement& statement, const std::string& account,
               std::vector<Unit>& units) {
  Unit whole = unit_of(line, statement, account);
  if (line.details.empty()) {
    units.push_back(std::move(whole));
    return;
  }
  for (std::size_t i = 0; i < line.details.size(); ++i) {
    const LineDetail& detail = line.details[i];
    Unit unit = whole;
    unit.movement.line += "." + std::to_string(i + 1);
    unit.movement.reference =
        told_reference(detail.references, detail.hints, whole.movement.reference);
    unit.movement.counterparty = detail.counterparty;
    unit.movement.amount = detail.amount;
    unit.match.references = detail.references;
    unit.match.hints = detail.hints;
    unit.match.amount = detail.amount;
    unit.match.declared_group = true;
    units.push_back(std::move(unit));
  }
}

void put_in_order(SideInput& side) {
  std::erase_if(side.postings,
                [](const ClearingPosting& posting) { return posting.reference.empty(); });
  sort_rows(side.units, [](const Unit& unit) {
    const Movement& m = unit.movement;
    return std::tie(m.line, m.reference, m.amount, m.date, m.currency, m.fee, m.fee_vat,
                    m.counterparty);
  });
  sort_rows(side.postings, [](const ClearingPosting& posting) {
    return std::tie(posting.entry, posting.posting, posting.reference, posting.amount);
  });
  std::string line;  // of the row before, as it came
  int times = 0;
  for (Unit& unit : side.units) {
    unit.match.currency = unit.movement.currency;
    if (times == 0 || unit.movement.line != line) {
      line = unit.movement.line;
      times = 1;
      continue;
    }
    unit.movement.line += "#" + std::to_string(++times);
  }
}

}  // namespace erario
