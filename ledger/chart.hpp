// The chart of accounts: the one place where account names are made and read. Names are paths in
// ASCII, "type:what:of whom". Debits are positive: assets and expenses normally stand in debit,
// liabilities in credit. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/payment/state.hpp"

namespace erario {

enum class AccountType : std::uint8_t { kAsset, kLiability, kExpense };
std::string_view to_text(AccountType type);

// The kinds of accounts. kBank, kClearing and the like take one name; kCollected takes two.
enum class AccountKind : std::uint8_t {
  kBank,
  kClearing,
  kDisputes,
  kCollected,
  kSuspense,
  kRefundsPayable,
  kCommission,
  kCommissionVat,
  kLosses,
};

struct ChartRow {
  AccountKind kind;
  AccountType type;
  std::string_view prefix;   // "assets:clearing:"
  std::string_view of_whom;  // "<gateway>"
  std::string_view meaning;  // one sentence
};
const std::vector<ChartRow>& chart();
const ChartRow& chart_row(AccountKind kind);

// The row an account name belongs to; none for a name this chart does not make.
const ChartRow* find_chart_row(std::string_view account);

std::string bank_account(std::string_view name);
std::string clearing_account(std::string_view gateway);
std::string collected_account(std::string_view agency, std::string_view fee);
std::string suspense_account(SuspenseKind kind);
std::string refunds_payable_account(std::string_view gateway);
std::string commission_account(std::string_view gateway);
std::string commission_vat_account(std::string_view gateway);
std::string disputes_account(std::string_view gateway);
std::string losses_account(std::string_view gateway);

}  // namespace erario
