// Transfers as charges: who is told which account of the PSP's, and until when.
#include "tests/model/invariants.hpp"

namespace erario::model {
namespace {

bool in_flight(const Attempt& attempt) {
  return attempt.state != AttemptState::kSucceeded && attempt.state != AttemptState::kDeclined;
}

void told_what_was_named(const Evidence& see, Findings& findings) {
  for (const auto& [id, payment] : see.records.payments) {
    for (const Attempt& attempt : payment.attempts) {
      if (!attempt.pay_to) continue;
      const auto charge = see.psp.charges().find(attempt.reference);
      const bool named =
          charge != see.psp.charges().end() && charge->second.clabe == attempt.pay_to->clabe;
      if (!named) findings.add(attempt.reference + ": the account is of another charge");
    }
    const bool open = payment.state == PaymentState::kProcessing;
    if (payment.clabe.empty() && !open && !clabe_to_pay(payment).empty()) {
      findings.add(id.text() + " is " + std::string(to_text(payment.state)) +
                   ", and its payer is told an account");
    }
  }
}

void given_up_once_paid(const Evidence& see, Findings& findings) {
  for (const auto& [id, payment] : see.records.payments) {
    for (const Attempt& attempt : payment.attempts) {
      if (in_flight(attempt)) {
        findings.add(attempt.reference + " is still " + std::string(to_text(attempt.state)));
      }
      // Where the engine's clock jumped, nobody can say which was first.
      const bool left_to_itself =
          attempt.pay_to && attempt.decline_reason == "expired" && !see.clock_jumped;
      if (left_to_itself && payment.paid_at && attempt.updated_at > *payment.paid_at) {
        findings.add(attempt.reference + ": its account was left open after the payment was paid");
      }
    }
  }
}

constexpr Invariant kInvariants[] = {
    {"24 accounts",
     "A payer is told the account that was named for the charge, and none once that may not pay.",
     When::kAnytime, told_what_was_named},
    {"25 given up", "Once a payment is paid, no account of it is left open, and no attempt.",
     When::kQuiet, given_up_once_paid},
};

}  // namespace

std::span<const Invariant> invariants_of_accounts() {
  return kInvariants;
}

}  // namespace erario::model
