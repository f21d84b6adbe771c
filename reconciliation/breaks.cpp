#include "reconciliation/breaks.hpp"

#include <algorithm>
#include <array>

#include "engine/base/calendar.hpp"
#include "engine/base/check.hpp"

namespace erario {
namespace {

constexpr std::string_view kTotals = "totals";
constexpr std::string_view kFinance = "finance";
constexpr std::string_view kOperator = "operator";

struct KindRow {
  BreakKind kind;
  std::string_view name;
  std::string_view title;
  std::string_view owner;
};
// In the order of the enumeration.
constexpr std::array<KindRow, 15> kKinds = {{
    {BreakKind::kMissingInLedger, "missing_in_ledger", "Falta en el libro", kFinance},
    {BreakKind::kMissingAtGateway, "missing_at_gateway", "Falta en la pasarela", kFinance},
    {BreakKind::kMissingAtBank, "missing_at_bank", "Falta en el banco", kFinance},
    {BreakKind::kAmount, "amount", "Importe distinto", kFinance},
    {BreakKind::kTiming, "timing", "Fecha fuera de plazo", kFinance},
    {BreakKind::kCurrency, "currency", "Moneda distinta", kFinance},
    {BreakKind::kDuplicate, "duplicate", "Movimiento duplicado", kFinance},
    {BreakKind::kAmbiguous, "ambiguous", "Referencia ambigua", kFinance},
    {BreakKind::kFeeVariance, "fee_variance", "Comisión descontada", kFinance},
    {BreakKind::kReversal, "reversal", "Devolución o reverso", kFinance},
    {BreakKind::kChargeback, "chargeback", "Contracargo", kFinance},
    {BreakKind::kUnidentifiedDeposit, "unidentified_deposit", "Depósito sin identificar", kFinance},
    {BreakKind::kParseFailure, "parse_failure", "Archivo ilegible", kOperator},
    {BreakKind::kBalanceFailure, "balance_failure", "Saldos que no cuadran", kOperator},
    {BreakKind::kControlFailure, "control_failure", "Control no superado", kOperator},
}};

const KindRow& row_of(BreakKind kind) {
  const KindRow& row = kKinds.at(static_cast<std::size_t>(kind));
  CHECK(row.kind == kind);
  return row;
}

constexpr std::array<BreakKind, kKinds.size()> kinds_in_order() {
  std::array<BreakKind, kKinds.size()> kinds{};
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    kinds[i] = kKinds[i].kind;
  return kinds;
}

}  // namespace

std::span<const BreakKind> all_break_kinds() {
  static constexpr auto kAll = kinds_in_order();
  return kAll;
}

std::string_view to_text(BreakKind kind) {
  return row_of(kind).name;
}
std::string_view title_es(BreakKind kind) {
  return row_of(kind).title;
}
BreakKind failure_kind(const Error& error) {
  if (error.code != ErrorCode::kStatementMalformed && error.code != ErrorCode::kBodyTooLarge)
    return BreakKind::kControlFailure;
  const bool totals = !error.fields.empty() && error.fields.front().pointer == kTotals;
  return totals ? BreakKind::kBalanceFailure : BreakKind::kParseFailure;
}

Error totals_error(std::string detail) {
  return Error{ErrorCode::kStatementMalformed,
               std::move(detail),
               {FieldError{std::string(kTotals), "must tie"}}};
}

std::string_view owner_of(BreakKind kind) {
  return row_of(kind).owner;
}

std::string_view age_bracket(int business_days) {
  if (business_days <= 1) return "0-1";
  if (business_days <= 3) return "2-3";
  if (business_days <= 5) return "4-5";
  if (business_days <= 30) return "6-30";
  return ">30";
}

Date add_business_days(Date date, int business_days) {
  for (int i = 0; i < business_days; ++i)
    date = next_bank_business_day(date);
  return date;
}

Date due_date(const DueInput& input) {
  const Money size = input.amount < Money{} ? -input.amount : input.amount;
  int days = 5;
  if (size >= Money::from_pesos(10'000)) days = 3;
  if (size >= Money::from_pesos(100'000)) days = 2;
  if (size >= Money::from_pesos(1'000'000)) days = 1;
  return std::max(add_business_days(input.seen, days), input.as_of);
}

}  // namespace erario
