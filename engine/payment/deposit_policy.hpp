// What becomes of a deposit that does not simply pay, whether a transfer or a charge brought it:
// for every kind of suspense one action, for all agencies or for one. Money that arrived is always
// recorded first; a policy only says what follows. A fee is paid with its exact amount, so no
// policy lets a short or an over deposit pay alone, and no policy pays what has expired. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "engine/payment/state.hpp"

namespace erario {

enum class DepositAction : std::uint8_t {
  kAccept,   // it pays as any other
  kHold,     // in suspense, for a person
  kReturn,   // back to where it came from: a refund of the charge, or an order of ours
  kCombine,  // held until its parts sum to the amount exactly, and then they pay together
};

struct DepositPolicy {
  DepositAction unidentified = DepositAction::kHold;
  DepositAction too_short = DepositAction::kHold;
  DepositAction over = DepositAction::kHold;
  DepositAction late = DepositAction::kHold;
  DepositAction duplicate = DepositAction::kHold;
  DepositAction third_party = DepositAction::kAccept;
  friend bool operator==(const DepositPolicy&, const DepositPolicy&) = default;
};

DepositAction action_for(const DepositPolicy& policy, SuspenseKind kind);
// Fails with kFieldInvalid naming the words this kind may have.
Result<void> set_action(DepositPolicy& policy, SuspenseKind kind, std::string_view word);

struct DepositPolicies {
  DepositPolicy common;
  std::map<std::string, DepositPolicy, std::less<>> agencies;  // those that differ

  // Of a payment's agencies where they agree, else the common one; null: of money for nobody's
  // CLABE.
  const DepositPolicy& of(const Payment* payment) const;
};

// The sender is certainly not the payer: both are known by an RFC or a CURP, and they differ. Names
// are not compared, banks write them too differently. The first ten characters of a person's RFC
// and CURP are the same (RFC: 4 letters and a date).
bool is_third_party(const Payer& payer, const BankAccount& sender);

}  // namespace erario
