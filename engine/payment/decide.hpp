// The rules of payments, refunds, deposits and disputes: state and command in, events and owed
// calls out. Pure and total: no clock, no store, no gateway; the same inputs give the same
// decision. A business rejection is an Error and changes nothing. apply() is the only place where
// aggregates change.
#pragma once

#include <vector>

#include "engine/payment/command.hpp"
#include "engine/payment/deposit_policy.hpp"
#include "engine/payment/event.hpp"
#include "engine/payment/owed_call.hpp"
#include "engine/payment/state.hpp"

namespace erario {

struct Decision {
  std::vector<EventBody> events;  // empty: nothing changed (a repetition)
  std::vector<OwedCall> calls;
};

struct PaymentContext {
  const Payment* payment = nullptr;  // null: it does not exist yet
  bool quote_used = false;           // another payment collects this quote
  Instant now;
  const DepositPolicies* policies = nullptr;  // null: what can pay does
};
// Fails with kNotFound, kQuoteUsed, kQuoteExpired, kStateConflict, kRefundInProgress,
// kRefundExceedsPaid or kFieldInvalid.
Result<Decision> decide(const PaymentContext& context, const PaymentCommand& command);

struct DepositContext {
  const Deposit* deposit = nullptr;           // by its key, or by id for returns
  const Payment* owner_of_clabe = nullptr;    // null: nobody's
  const DepositPolicies* policies = nullptr;  // null: what does not pay is held
  std::vector<const Deposit*> parts;  // held and short, of the same payment; where parts combine
  // Of the order that sends it back at once, where a policy says so.
  std::optional<WayBack> way_back;  // none: as it came
  RefundId return_order;
  std::string return_reference;
  Instant now;
};
// RecordDeposit never fails: money that arrived is recorded, in suspense if need be; a deposit that
// exists already gives no events.
Result<Decision> decide(const DepositContext& context, const DepositCommand& command);

// What the policy does at once with a deposit that is held. Requires: context.deposit.
Decision follow_policy(const DepositContext& context);

struct DisputeContext {
  const Dispute* dispute = nullptr;  // of the attempt; null: it was never contested
  const Payment* payment = nullptr;
  const Deposit* deposit = nullptr;  // the attempt's; null: it paid
  Instant now;
};
// Fails with kNotFound or kStateConflict.
Result<Decision> decide(const DisputeContext& context, const DisputeCommand& command);

// The payment a CreatePayment makes. Requires: the command was decided without error.
Payment new_payment(const CreatePayment& command, std::string clabe, Instant now);

// The deposit as which the money of a charge waits.
Deposit held_deposit(const Payment& payment, const CaptureHeld& held, Instant now);

// Requires: the event came from decide() on this very state (CHECK).
void apply(Payment& payment, const EventBody& event, Instant at);
void apply(Deposit& deposit, const EventBody& event, Instant at);
void apply(Dispute& dispute, const EventBody& event, Instant at);

// What is left to refund: paid, minus refunds that settled or may yet settle.
Money refundable(const Payment& payment);

}  // namespace erario
