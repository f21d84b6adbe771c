#include "engine/payment/deposit_policy.hpp"

#include <algorithm>
#include <array>

#include "engine/base/words.hpp"

namespace erario {
namespace {

constexpr std::array<Word<DepositAction>, 4> kActions{{
    {DepositAction::kAccept, "accept"},
    {DepositAction::kHold, "hold"},
    {DepositAction::kReturn, "return"},
    {DepositAction::kCombine, "combine"},
}};

struct KindRow {
  SuspenseKind kind;
  DepositAction DepositPolicy::*action;
  std::string_view more;  // besides hold and return
};
constexpr std::array<KindRow, 6> kKinds{{
    {SuspenseKind::kUnidentified, &DepositPolicy::unidentified, ""},
    {SuspenseKind::kShort, &DepositPolicy::too_short, "combine"},
    {SuspenseKind::kOver, &DepositPolicy::over, ""},
    {SuspenseKind::kLate, &DepositPolicy::late, ""},
    {SuspenseKind::kDuplicate, &DepositPolicy::duplicate, ""},
    {SuspenseKind::kThirdParty, &DepositPolicy::third_party, "accept"},
}};

const KindRow& row_of(SuspenseKind kind) {
  const auto at = std::find_if(kKinds.begin(), kKinds.end(),
                               [&](const KindRow& it) { return it.kind == kind; });
  CHECK(at != kKinds.end());
  return *at;
}

// RFC and CURP of one person begin alike; two of one form must be the same altogether.
bool is_same_person(std::string_view a, std::string_view b) {
  constexpr std::size_t kPersonStart = 10;
  if (a.size() == b.size()) return a == b;
  return a.substr(0, kPersonStart) == b.substr(0, kPersonStart);
}

}  // namespace

DepositAction action_for(const DepositPolicy& policy, SuspenseKind kind) {
  return policy.*row_of(kind).action;
}

Result<void> set_action(DepositPolicy& policy, SuspenseKind kind, std::string_view word) {
  const KindRow& row = row_of(kind);
  const auto action = value_of(kActions, word);
  const bool allowed =
      word == "hold" || word == "return" || (!row.more.empty() && word == row.more);
  if (!action.ok() || !allowed) {
    return Error{ErrorCode::kFieldInvalid,
                 "must be one of: hold, return" +
                     (row.more.empty() ? std::string() : ", " + std::string(row.more))};
  }
  policy.*row.action = *action;
  return {};
}

const DepositPolicy& DepositPolicies::of(const Payment* payment) const {
  if (payment == nullptr || agencies.empty()) return common;
  const DepositPolicy* agreed = nullptr;
  for (const Allocation& allocation : payment->allocations) {
    const auto own = agencies.find(allocation.agency);
    const DepositPolicy& policy = own == agencies.end() ? common : own->second;
    if (agreed != nullptr && !(*agreed == policy)) return common;
    agreed = &policy;
  }
  return agreed == nullptr ? common : *agreed;
}

bool is_third_party(const Payer& payer, const BankAccount& sender) {
  constexpr std::size_t kShortestKey = 12;  // the RFC of a firm
  const std::string& told = sender.rfc_curp;
  if (told.size() < kShortestKey) return false;  // "ND", or empty: nobody knows
  const bool known = !payer.rfc.empty() || !payer.curp.empty();
  const auto is_payer = [&](const std::string& key) {
    return !key.empty() && is_same_person(key, told);
  };
  return known && !is_payer(payer.rfc) && !is_payer(payer.curp);
}

}  // namespace erario
