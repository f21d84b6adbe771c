#include "engine/base/overloaded.hpp"
#include "engine/payment/decide_parts.hpp"

namespace erario {
namespace {

using detail::refund_trigger;
using std::chrono::seconds;

std::optional<SuspenseKind> why_held(const Payment* payment, const Deposit& deposit,
                                     const DepositPolicy& policy) {
  if (payment == nullptr) return SuspenseKind::kUnidentified;
  if (payment->state == PaymentState::kExpired || payment->state == PaymentState::kCancelled) {
    return SuspenseKind::kLate;
  }
  if (rule(payment->state, PaymentTrigger::kDepositApplied).verdict != Verdict::kMove) {
    return SuspenseKind::kDuplicate;
  }
  // In time is what arrived in time, however long we asked before we believed it.
  if (deposit.received_at >= payment->expires_at) return SuspenseKind::kLate;
  if (deposit.amount > payment->amount) return SuspenseKind::kOver;
  if (policy.third_party != DepositAction::kAccept &&
      is_third_party(payment->payer, deposit.sender)) {
    return SuspenseKind::kThirdParty;
  }
  if (deposit.amount < payment->amount) return SuspenseKind::kShort;
  return std::nullopt;
}

DepositReturnRequested send_back(const Deposit& deposit, RefundId order_id, std::string reference,
                                 std::string reason, Instant now) {
  Refund order;
  order.id = order_id;
  order.gateway = deposit.gateway;
  order.reference = std::move(reference);
  order.amount = deposit.amount;
  order.reason = std::move(reason);
  order.destination = deposit.sender;
  order.created_at = now;
  order.updated_at = now;
  return {deposit.id, deposit.suspense, std::move(order)};
}

// The part that completes the amount pays with those that wait.
void combine(const DepositContext& context, const Deposit& last, Decision& decision) {
  const Payment& payment = *context.owner_of_clabe;
  Money sum = last.amount;
  std::vector<DepositId> deposits;
  for (const Deposit* part : context.parts) {
    sum += part->amount;
    deposits.push_back(part->id);
  }
  if (sum != payment.amount) return;
  deposits.push_back(last.id);
  decision.events.push_back(
      DepositsCombined{payment.id, last.gateway, std::move(deposits), sum, payment.allocations});
}

Result<Decision> decide_deposit(const DepositContext& context, const RecordDeposit& command) {
  if (context.deposit != nullptr) return Decision{};
  static const DepositPolicy kHoldAll;
  const DepositPolicy& policy =
      context.policies == nullptr ? kHoldAll : context.policies->of(context.owner_of_clabe);
  Deposit deposit = command.deposit;
  if (context.owner_of_clabe != nullptr) deposit.payment = context.owner_of_clabe->id;
  const auto kind = why_held(context.owner_of_clabe, deposit, policy);
  if (!kind) {
    deposit.state = DepositState::kApplied;
    return Decision{
        {DepositApplied{deposit, context.owner_of_clabe->id, context.owner_of_clabe->allocations}},
        {}};
  }
  deposit.state = DepositState::kHeld;
  deposit.suspense = *kind;
  Decision decision{{DepositHeld{deposit}}, {}};
  const DepositAction action = action_for(policy, *kind);
  // Without a sender's account there is nowhere to send it.
  if (action == DepositAction::kReturn && !deposit.sender.clabe.empty()) {
    decision.calls.push_back(
        {JobKind::kSubmitRefund, deposit.gateway, context.return_order.text(), "", seconds{0}});
    decision.events.push_back(send_back(deposit, context.return_order, context.return_reference,
                                        "policy: " + std::string(to_text(*kind)), context.now));
  } else if (action == DepositAction::kCombine) {
    combine(context, deposit, decision);
  }
  return decision;
}

Result<Decision> decide_return(const DepositContext& context, const ReturnDeposit& command) {
  const Deposit& deposit = *context.deposit;
  if (rule(deposit.state, DepositTrigger::kReturnRequested).verdict != Verdict::kMove) {
    return Error{ErrorCode::kStateConflict, "sending it back is not possible: the deposit is " +
                                                std::string(to_text(deposit.state))};
  }
  if (deposit.sender.clabe.empty()) {
    return Error{ErrorCode::kStateConflict, "the sender's account is not known"};
  }
  Decision decision;
  decision.calls.push_back(
      {JobKind::kSubmitRefund, deposit.gateway, command.order.text(), "", seconds{0}});
  decision.events.push_back(
      send_back(deposit, command.order, command.reference, command.reason, context.now));
  return decision;
}

Result<Decision> decide_return_result(const DepositContext& context,
                                      const RecordDepositReturn& command) {
  const Deposit& deposit = *context.deposit;
  if (!deposit.return_order) {
    return Error{ErrorCode::kStateConflict, "the deposit was never sent back"};
  }
  Refund order = *deposit.return_order;
  const auto ruling =
      rule(order.state, refund_trigger(command.result.outcome, command.returned_after_settlement));
  if (ruling.verdict == Verdict::kRefuse) {
    return Error{ErrorCode::kStateConflict, "the gateway contradicts what it said before"};
  }
  if (ruling.verdict == Verdict::kStay) return Decision{};
  const bool was_settled = order.state == RefundState::kSettled;
  order.state = ruling.next;
  if (!command.result.gateway_id.empty()) order.gateway_id = command.result.gateway_id;
  order.failure_reason = command.result.reason;
  Decision decision;
  const auto ask_later = [&](seconds delay) {
    if (deposit.return_order->state != RefundState::kSubmitting) return;  // it is owed already
    decision.calls.push_back({JobKind::kQueryRefund, order.gateway, order.id.text(), "", delay});
  };
  switch (ruling.next) {
    case RefundState::kSettled:
      decision.events.push_back(DepositReturnSettled{deposit.id, order});
      break;
    case RefundState::kFailed:
    case RefundState::kReturned:
      decision.events.push_back(
          DepositReturnFailed{deposit.id, deposit.suspense, order, was_settled});
      break;
    case RefundState::kPending:
      decision.events.push_back(RefundPending{order.id, order.gateway_id});
      ask_later(detail::kAskAfterPending);
      break;
    case RefundState::kUnknown:
      decision.events.push_back(RefundUnknown{order.id, command.result.reason});
      ask_later(detail::kAskAfterUnknown);
      break;
    case RefundState::kSubmitting: CHECK(false);
  }
  return decision;
}

}  // namespace

Result<Decision> decide(const DepositContext& context, const DepositCommand& command) {
  if (const auto* record = std::get_if<RecordDeposit>(&command)) {
    return decide_deposit(context, *record);
  }
  if (context.deposit == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no such deposit"};
  }
  return std::visit(
      Overloaded{
          [](const RecordDeposit&) -> Result<Decision> { CHECK(false); },
          [&](const ReturnDeposit& it) { return decide_return(context, it); },
          [&](const RecordDepositReturn& it) { return decide_return_result(context, it); },
      },
      command);
}

}  // namespace erario
