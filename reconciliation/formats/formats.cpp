#include "reconciliation/formats/formats.hpp"

#include <array>

#include "reconciliation/breaks.hpp"
#include "reconciliation/formats/amount.hpp"

namespace erario {

std::span<const StatementFormat> statement_formats() {
  static constexpr std::array<StatementFormat, 3> kFormats = {{
      {"camt.052/053/054", is_camt, read_camt},
      {"MT940/MT942", is_mt940, read_mt940},
      {"BAI2", is_bai2, read_bai2},
  }};
  return kFormats;
}

Result<void> check_totals(const Statement& statement) {
  Money booked;
  Money reversed;  // booked lines that are reversals
  for (const StatementLine& line : statement.lines) {
    if (line.status != LineStatus::kBooked) continue;
    booked += line.amount;
    if (line.reversal) reversed += line.amount;
  }
  if (!statement.proven()) return {};
  const Money expected = statement.opening->amount + booked;
  if (expected == statement.closing->amount) return {};
  const auto text = [&](Money amount) { return minor_units_text(amount, statement.currency); };
  std::string detail = "statement " + statement.id + " of account " + statement.account +
                       ": the opening balance " + text(statement.opening->amount) +
                       " plus the booked entries " + text(booked) + " makes " + text(expected) +
                       ", but the closing balance is " + text(statement.closing->amount) + " (" +
                       text(statement.closing->amount - expected) + " apart)";
  if (reversed.centavos != 0 && expected - reversed - reversed == statement.closing->amount) {
    detail += "; it would tie if the bank writes reversals with the side of the original";
  }
  return totals_error(std::move(detail));
}

}  // namespace erario
