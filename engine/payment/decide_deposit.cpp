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

WayBack as_it_came(const Deposit& deposit) {
  return {deposit.gateway, deposit.attempt ? BankAccount{} : deposit.sender};
}

// A gateway gives back what it charged; else an account must be known.
bool leads_back(const WayBack& way, const Deposit& deposit) {
  return (deposit.attempt && way.gateway == deposit.gateway) || !way.destination.clabe.empty();
}

// Requires: leads_back().
void send_back(const DepositContext& context, const Deposit& deposit, const ReturnDeposit& command,
               Decision& decision) {
  const WayBack way = command.way.value_or(as_it_came(deposit));
  Refund order;
  order.id = command.order;
  order.gateway = way.gateway;
  order.reference = command.reference;
  order.amount = deposit.amount;
  order.reason = command.reason;
  order.destination = way.destination;
  order.named_by = command.named_by;
  order.created_at = context.now;
  order.updated_at = context.now;
  decision.calls.push_back(
      {JobKind::kSubmitRefund, order.gateway, order.id.text(), "", seconds{0}});
  decision.events.push_back(DepositReturnRequested{deposit.id, deposit.suspense, std::move(order)});
}

const DepositPolicy& policy_of(const DepositContext& context) {
  static const DepositPolicy kHoldAll;
  return context.policies == nullptr ? kHoldAll : context.policies->of(context.owner_of_clabe);
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

// What follows once it is held. A part of a charge is a charge of its own, and combines with none.
void follow(const DepositContext& context, const Deposit& deposit, Decision& decision) {
  const DepositAction action = action_for(policy_of(context), deposit.suspense);
  const WayBack way = context.way_back.value_or(as_it_came(deposit));
  if (action == DepositAction::kReturn && leads_back(way, deposit)) {
    const std::string why = "policy: " + std::string(to_text(deposit.suspense));
    send_back(context, deposit,
              {deposit.id, context.return_order, context.return_reference, why, way}, decision);
  } else if (action == DepositAction::kCombine && !deposit.attempt) {
    combine(context, deposit, decision);
  }
}

Result<Decision> decide_deposit(const DepositContext& context, const RecordDeposit& command) {
  if (context.deposit != nullptr) return Decision{};
  Deposit deposit = command.deposit;
  if (context.owner_of_clabe != nullptr) deposit.payment = context.owner_of_clabe->id;
  const auto kind = why_held(context.owner_of_clabe, deposit, policy_of(context));
  if (!kind) {
    deposit.state = DepositState::kApplied;
    return Decision{
        {DepositApplied{deposit, context.owner_of_clabe->id, context.owner_of_clabe->allocations}},
        {}};
  }
  deposit.state = DepositState::kHeld;
  deposit.suspense = *kind;
  Decision decision{{DepositHeld{deposit}}, {}};
  follow(context, deposit, decision);
  return decision;
}

Result<Decision> decide_return(const DepositContext& context, const ReturnDeposit& command) {
  const Deposit& deposit = *context.deposit;
  if (rule(deposit.state, DepositTrigger::kReturnRequested).verdict != Verdict::kMove) {
    return Error{ErrorCode::kStateConflict, "sending it back is not possible: the deposit is " +
                                                std::string(to_text(deposit.state))};
  }
  if (!leads_back(command.way.value_or(as_it_came(deposit)), deposit)) {
    return field_error("/destination", "the account it came from is not known; name one",
                       ErrorCode::kFieldMissing);
  }
  Decision decision;
  send_back(context, deposit, command, decision);
  return decision;
}

// A verdict that came while it was on its way waits for where it ended.
void ask_dispute(const Deposit& deposit, Decision& decision) {
  if (!deposit.contested) return;
  decision.calls.push_back({JobKind::kQueryDispute, deposit.gateway, deposit.attempt->text(),
                            std::string(kAskOnce), seconds{0}, deposit.payment->text()});
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
      ask_dispute(deposit, decision);
      break;
    case RefundState::kFailed:
    case RefundState::kReturned:
      decision.events.push_back(
          DepositReturnFailed{deposit.id, deposit.suspense, order, was_settled});
      ask_dispute(deposit, decision);
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

Decision follow_policy(const DepositContext& context) {
  Decision decision;
  follow(context, *context.deposit, decision);
  return decision;
}

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
