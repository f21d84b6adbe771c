#include <algorithm>

#include "engine/base/calendar.hpp"
#include "engine/base/overloaded.hpp"
#include "engine/payment/decide.hpp"
#include "engine/payment/machine.hpp"

namespace erario {
namespace {

void move(Payment& payment, PaymentTrigger on) {
  const auto ruling = rule(payment.state, on);
  CHECK(ruling.verdict != Verdict::kRefuse);
  if (ruling.verdict == Verdict::kMove) payment.state = ruling.next;
}

Attempt& attempt_of(Payment& payment, AttemptId id) {
  const auto at = std::find_if(payment.attempts.begin(), payment.attempts.end(),
                               [&](const Attempt& attempt) { return attempt.id == id; });
  CHECK(at != payment.attempts.end());
  return *at;
}

Refund& refund_of(Payment& payment, RefundId id) {
  const auto at = std::find_if(payment.refunds.begin(), payment.refunds.end(),
                               [&](const Refund& refund) { return refund.id == id; });
  CHECK(at != payment.refunds.end());
  return *at;
}

void set(Attempt& attempt, AttemptState state, const std::string& gateway_id, Instant at) {
  attempt.state = state;
  if (!gateway_id.empty()) attempt.gateway_id = gateway_id;
  attempt.redirect_url.clear();
  attempt.updated_at = at;
}

void replace(Payment& payment, const Refund& refund, Instant at) {
  Refund& stored = refund_of(payment, refund.id);
  stored = refund;
  stored.updated_at = at;
}

void count_refunded(Payment& payment, Money change) {
  payment.refunded += change;
  CHECK(payment.refunded >= Money{} && payment.refunded <= payment.amount);
  move(payment, payment.refunded == Money{}          ? PaymentTrigger::kNothingRefunded
                : payment.refunded == payment.amount ? PaymentTrigger::kAllRefunded
                                                     : PaymentTrigger::kPartRefunded);
}

// A dispute of money that waits in suspense says nothing about what was paid.
void dispute_moves(Payment& payment, const Dispute& dispute, PaymentTrigger on) {
  if (dispute.held) return;
  move(payment, on);
  if (on == PaymentTrigger::kDisputeWon) count_refunded(payment, Money{});
}

void end_attempt(Payment& payment) {
  // Only the attempt in flight holds the payment in processing; older ones change nothing.
  const bool still_in_flight =
      std::any_of(payment.attempts.begin(), payment.attempts.end(), [](const Attempt& attempt) {
        return attempt.state != AttemptState::kSucceeded &&
               attempt.state != AttemptState::kDeclined;
      });
  if (!still_in_flight) move(payment, PaymentTrigger::kAttemptEnded);
}

}  // namespace

void apply(Payment& payment, const EventBody& event, Instant at) {
  std::visit(Overloaded{
                 [&](const PaymentExpired&) { move(payment, PaymentTrigger::kExpired); },
                 [&](const PaymentCancelled&) { move(payment, PaymentTrigger::kCancelled); },
                 [&](const AttemptStarted& it) {
                   payment.attempts.push_back(it.attempt);
                   move(payment, PaymentTrigger::kAttemptStarted);
                 },
                 [&](const AttemptNeedsAction& it) {
                   Attempt& attempt = attempt_of(payment, it.attempt);
                   set(attempt, AttemptState::kNeedsAction, it.gateway_id, at);
                   attempt.redirect_url = it.redirect_url;
                   attempt.pay_to = it.pay_to;
                 },
                 [&](const AttemptPending& it) {
                   set(attempt_of(payment, it.attempt), AttemptState::kPending, it.gateway_id, at);
                 },
                 [&](const AttemptUnknown& it) {
                   set(attempt_of(payment, it.attempt), AttemptState::kUnknown, "", at);
                 },
                 [&](const AttemptDeclined& it) {
                   Attempt& attempt = attempt_of(payment, it.attempt);
                   set(attempt, AttemptState::kDeclined, it.gateway_id, at);
                   attempt.decline_reason = it.reason;
                   end_attempt(payment);
                 },
                 [&](const AttemptAuthorized& it) {
                   Attempt& attempt = attempt_of(payment, it.attempt);
                   set(attempt, AttemptState::kAuthorized, it.gateway_id, at);
                   if (!it.authorization.empty()) attempt.authorization = it.authorization;
                 },
                 [&](const CaptureRequested& it) {
                   set(attempt_of(payment, it.attempt), AttemptState::kCapturing, "", at);
                 },
                 [&](const ReleaseRequested& it) {
                   set(attempt_of(payment, it.attempt), AttemptState::kReleasing, "", at);
                 },
                 [&](const PaymentCaptured& it) {
                   Attempt& attempt = attempt_of(payment, it.attempt);
                   set(attempt, AttemptState::kSucceeded, it.gateway_id, at);
                   attempt.authorization = it.authorization;
                   attempt.paid_from = it.paid_from;
                   attempt.decline_reason.clear();
                   payment.paid_at = at;
                   move(payment, PaymentTrigger::kCaptured);
                 },
                 [&](const CaptureHeld& it) {
                   Attempt& attempt = attempt_of(payment, it.attempt);
                   set(attempt, AttemptState::kSucceeded, it.gateway_id, at);
                   attempt.paid_from = it.paid_from;
                   // Not always what it was asked for, and all of it can be contested.
                   attempt.amount = it.amount;
                   attempt.decline_reason = "held_" + std::string(to_text(it.kind));
                   end_attempt(payment);
                 },
                 [&](const DepositApplied&) {
                   payment.paid_at = at;
                   move(payment, PaymentTrigger::kDepositApplied);
                 },
                 [&](const RefundRequested& it) { payment.refunds.push_back(it.refund); },
                 [&](const RefundPending& it) {
                   Refund& refund = refund_of(payment, it.refund);
                   refund.state = RefundState::kPending;
                   if (!it.gateway_id.empty()) refund.gateway_id = it.gateway_id;
                   refund.updated_at = at;
                 },
                 [&](const RefundUnknown& it) {
                   Refund& refund = refund_of(payment, it.refund);
                   refund.state = RefundState::kUnknown;
                   refund.updated_at = at;
                 },
                 [&](const RefundSettled& it) {
                   replace(payment, it.refund, at);
                   count_refunded(payment, it.refund.amount);
                 },
                 [&](const RefundFailed& it) { replace(payment, it.refund, at); },
                 [&](const RefundReturned& it) {
                   replace(payment, it.refund, at);
                   count_refunded(payment, -it.refund.amount);
                 },
                 [&](const DisputeOpened& it) {
                   dispute_moves(payment, it.dispute, PaymentTrigger::kDisputed);
                 },
                 [&](const DisputeWon& it) {
                   dispute_moves(payment, it.dispute, PaymentTrigger::kDisputeWon);
                 },
                 [&](const DisputeLost& it) {
                   dispute_moves(payment, it.dispute, PaymentTrigger::kDisputeLost);
                 },
                 // These say nothing about the payment's own state.
                 [](const DisputeEvidenceSent&) {},
                 [](const PaymentCreated&) {},
                 [](const ReceiptIssued&) {},
                 [](const ReceiptSuperseded&) {},
                 [&](const DepositsCombined&) {
                   payment.paid_at = at;
                   move(payment, PaymentTrigger::kDepositApplied);
                 },
                 [](const DepositHeld&) { CHECK(false); },
                 [](const DepositReturnRequested&) { CHECK(false); },
                 [](const DepositReturnSettled&) { CHECK(false); },
                 [](const DepositReturnFailed&) { CHECK(false); },
                 [](const SettlementMatched&) { CHECK(false); },
             },
             event);
}

void apply(Deposit& deposit, const EventBody& event, Instant at) {
  const auto turn = [&](DepositTrigger on) {
    const auto ruling = rule(deposit.state, on);
    CHECK(ruling.verdict != Verdict::kRefuse);
    if (ruling.verdict == Verdict::kMove) deposit.state = ruling.next;
  };
  const auto set_order = [&](const Refund& order) {
    deposit.return_order = order;
    deposit.return_order->updated_at = at;
  };
  if (const auto* applied = std::get_if<DepositApplied>(&event)) {
    deposit = applied->deposit;
  } else if (const auto* held = std::get_if<DepositHeld>(&event)) {
    deposit = held->deposit;
  } else if (std::holds_alternative<DepositsCombined>(event)) {
    turn(DepositTrigger::kCombined);
  } else if (const auto* requested = std::get_if<DepositReturnRequested>(&event)) {
    set_order(requested->order);
    turn(DepositTrigger::kReturnRequested);
  } else if (const auto* settled = std::get_if<DepositReturnSettled>(&event)) {
    set_order(settled->order);
    turn(DepositTrigger::kReturnSettled);
  } else if (const auto* failed = std::get_if<DepositReturnFailed>(&event)) {
    set_order(failed->order);
    turn(failed->was_settled ? DepositTrigger::kReturnCameBack : DepositTrigger::kReturnFailed);
    if (deposit.contested) turn(DepositTrigger::kDisputed);
  } else if (const auto* pending = std::get_if<RefundPending>(&event)) {
    CHECK(deposit.return_order.has_value());
    deposit.return_order->state = RefundState::kPending;
    if (!pending->gateway_id.empty()) deposit.return_order->gateway_id = pending->gateway_id;
    deposit.return_order->updated_at = at;
  } else if (std::holds_alternative<RefundUnknown>(event)) {
    CHECK(deposit.return_order.has_value());
    deposit.return_order->state = RefundState::kUnknown;
    deposit.return_order->updated_at = at;
  } else if (std::holds_alternative<DisputeOpened>(event)) {
    deposit.contested = true;
    turn(DepositTrigger::kDisputed);
  } else if (std::holds_alternative<DisputeWon>(event)) {
    deposit.contested = false;
    turn(DepositTrigger::kDisputeWon);
  } else if (const auto* lost = std::get_if<DisputeLost>(&event)) {
    deposit.contested = false;
    // Contested in part: the rest waits on, as if nobody had contested it.
    const bool rest = !lost->sent_back && lost->dispute.amount < deposit.amount;
    if (rest) deposit.amount -= lost->dispute.amount;
    turn(rest ? DepositTrigger::kDisputeWon : DepositTrigger::kDisputeLost);
  } else {
    CHECK(std::holds_alternative<DisputeEvidenceSent>(event));
  }
}

Deposit held_deposit(const Payment& payment, const CaptureHeld& held, Instant now) {
  Deposit deposit;
  deposit.id = deposit_of(held.attempt);
  deposit.key = {"", held.reference, spei_operating_date(now)};
  deposit.suspense = held.kind;
  deposit.amount = held.amount;
  deposit.gateway = held.gateway;
  deposit.gateway_id = held.gateway_id;
  deposit.payment = payment.id;
  deposit.attempt = held.attempt;
  deposit.received_at = now;
  if (held.paid_from) deposit.sender = *held.paid_from;
  for (const Attempt& attempt : payment.attempts) {
    if (attempt.id == held.attempt && attempt.pay_to) deposit.clabe = attempt.pay_to->clabe;
  }
  return deposit;
}

}  // namespace erario
