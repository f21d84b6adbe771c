#include "ledger/chart.hpp"

#include <algorithm>

namespace erario {
namespace {

std::string named(AccountKind kind, std::string_view name) {
  CHECK(!name.empty());
  return std::string(chart_row(kind).prefix) + std::string(name);
}

}  // namespace

std::string_view to_text(AccountType type) {
  switch (type) {
    case AccountType::kAsset: return "asset";
    case AccountType::kLiability: return "liability";
    case AccountType::kExpense: return "expense";
  }
  CHECK(false);
}

const std::vector<ChartRow>& chart() {
  using enum AccountKind;
  using enum AccountType;
  static const std::vector<ChartRow> rows{
      {kBank, kAsset, "assets:bank:", "<account>", "Money in our account at a bank."},
      {kClearing, kAsset, "assets:clearing:", "<gateway>",
       "Money a gateway holds for us until it reaches the bank."},
      {kDisputes, kAsset, "assets:disputes:", "<gateway>",
       "Money a gateway withholds while a payer contests a charge."},
      {kCollected, kLiability, "liabilities:collected:", "<agency>:<fee>",
       "Fees collected for an agency and owed to the treasury, whole."},
      {kSuspense, kLiability, "liabilities:suspense:", "<kind>",
       "Money that arrived and pays nothing yet: unidentified, short, over, late, duplicate, "
       "third_party."},
      {kRefundsPayable, kLiability, "liabilities:refunds_payable:", "<gateway>",
       "Refunds ordered and not yet confirmed by the gateway."},
      {kCommission, kExpense, "expenses:commission:", "<gateway>",
       "What a gateway charges for its work, without VAT."},
      {kCommissionVat, kExpense, "expenses:commission_vat:", "<gateway>",
       "VAT on what a gateway charges."},
      {kLosses, kExpense, "expenses:losses:", "<gateway>",
       "Lost disputes of money that had been refunded before: paid out twice."},
  };
  return rows;
}

const ChartRow& chart_row(AccountKind kind) {
  const auto& rows = chart();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const ChartRow& it) { return it.kind == kind; });
  CHECK(row != rows.end());
  return *row;
}

const ChartRow* find_chart_row(std::string_view account) {
  for (const ChartRow& row : chart()) {
    if (account.starts_with(row.prefix) && account.size() > row.prefix.size()) return &row;
  }
  return nullptr;
}

std::string bank_account(std::string_view name) {
  return named(AccountKind::kBank, name);
}
std::string clearing_account(std::string_view gateway) {
  return named(AccountKind::kClearing, gateway);
}
std::string collected_account(std::string_view agency, std::string_view fee) {
  return named(AccountKind::kCollected, agency) + ":" + std::string(fee);
}
std::string suspense_account(SuspenseKind kind) {
  return named(AccountKind::kSuspense, to_text(kind));
}
std::string refunds_payable_account(std::string_view gateway) {
  return named(AccountKind::kRefundsPayable, gateway);
}
std::string commission_account(std::string_view gateway) {
  return named(AccountKind::kCommission, gateway);
}
std::string commission_vat_account(std::string_view gateway) {
  return named(AccountKind::kCommissionVat, gateway);
}
std::string disputes_account(std::string_view gateway) {
  return named(AccountKind::kDisputes, gateway);
}
std::string losses_account(std::string_view gateway) {
  return named(AccountKind::kLosses, gateway);
}

}  // namespace erario
