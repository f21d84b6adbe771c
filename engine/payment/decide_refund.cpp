#include "engine/payment/decide_parts.hpp"

namespace erario {
namespace detail {

using std::chrono::seconds;

bool in_flight(RefundState state) {
  return state == RefundState::kSubmitting || state == RefundState::kPending ||
         state == RefundState::kUnknown;
}

bool holds_money(RefundState state) {
  return in_flight(state) || state == RefundState::kSettled;
}

RefundTrigger refund_trigger(Outcome outcome, bool returned) {
  if (returned) return RefundTrigger::kReturned;
  switch (outcome) {
    case Outcome::kApproved: return RefundTrigger::kApproved;
    case Outcome::kDeclined: return RefundTrigger::kDeclined;
    case Outcome::kNeedsAction:
    case Outcome::kAuthorized:
    case Outcome::kPending: return RefundTrigger::kPending;
    case Outcome::kUnknown: return RefundTrigger::kUnknown;
  }
  CHECK(false);
}

namespace {

std::string allocation_key(const Allocation& allocation) {
  return allocation.agency + '\n' + allocation.fee;
}

// One row a fee, also where a basket holds the fee several times.
std::vector<Allocation> by_fee(const std::vector<Allocation>& allocations) {
  std::vector<Allocation> fees;
  for (const Allocation& allocation : allocations) {
    const auto at = std::find_if(fees.begin(), fees.end(), [&](const Allocation& fee) {
      return allocation_key(fee) == allocation_key(allocation);
    });
    if (at == fees.end()) {
      fees.push_back(allocation);
    } else {
      at->amount += allocation.amount;
    }
  }
  return fees;
}

}  // namespace

std::vector<Allocation> refundable_allocations(const Payment& payment) {
  std::vector<Allocation> left = by_fee(payment.allocations);
  for (const Refund& refund : payment.refunds) {
    if (!holds_money(refund.state)) continue;
    for (const Allocation& taken : refund.allocations) {
      Money rest = taken.amount;
      for (Allocation& allocation : left) {
        if (allocation_key(allocation) != allocation_key(taken)) continue;
        const Money part = std::min(rest, allocation.amount);
        allocation.amount -= part;
        rest -= part;
      }
      CHECK(rest == Money{});
    }
  }
  return left;
}

std::vector<Allocation> spread(std::vector<Allocation> left, Money amount) {
  std::vector<Allocation> parts;
  for (auto at = left.rbegin(); at != left.rend() && amount > Money{}; ++at) {
    Allocation part = *at;
    part.amount = std::min(part.amount, amount);
    if (part.amount == Money{}) continue;
    amount -= part.amount;
    parts.push_back(std::move(part));
  }
  CHECK(amount == Money{});
  return parts;
}

namespace {

Result<std::vector<Allocation>> refund_allocations(const Payment& payment,
                                                   const RequestRefund& command) {
  std::vector<Allocation> left = refundable_allocations(payment);
  if (command.allocations.empty()) return spread(std::move(left), command.amount);
  std::vector<Allocation> parts;
  Money sum;
  for (std::size_t i = 0; i < command.allocations.size(); ++i) {
    const Allocation& wanted = command.allocations[i];
    const std::string pointer = "/allocations/" + std::to_string(i);
    const auto at = std::find_if(left.begin(), left.end(), [&](const Allocation& allocation) {
      return allocation_key(allocation) == allocation_key(wanted);
    });
    if (at == left.end()) return field_error(pointer + "/fee", "the payment has no such fee");
    if (wanted.amount <= Money{} || wanted.amount > at->amount) {
      return field_error(
          pointer + "/amount",
          "must be positive and at most what is left of the fee, " + to_pesos_text(at->amount),
          ErrorCode::kRefundExceedsPaid);
    }
    Allocation part = *at;
    part.amount = wanted.amount;
    at->amount -= wanted.amount;
    sum += wanted.amount;
    parts.push_back(std::move(part));
  }
  if (sum != command.amount) {
    return field_error("/allocations", "must sum to the amount of the refund");
  }
  return parts;
}

}  // namespace

Result<Decision> decide_refund(const Payment& payment, const RequestRefund& command, Instant now) {
  if (payment.state != PaymentState::kPaid && payment.state != PaymentState::kPartiallyRefunded) {
    return conflict("a refund", payment.state);
  }
  for (const Refund& refund : payment.refunds) {
    if (in_flight(refund.state)) {
      return Error{ErrorCode::kRefundInProgress, "another refund of this payment is in progress"};
    }
  }
  const Money left = refundable(payment);
  if (command.amount <= Money{}) return field_error("/amount", "must be positive");
  if (command.amount > left) {
    return field_error("/amount", "exceeds what is left to refund, " + to_pesos_text(left),
                       ErrorCode::kRefundExceedsPaid);
  }
  // The gateway that charged knows whom; any other sends money to an account.
  const Attempt* paying = paying_attempt(payment);
  const bool where_it_was_charged = paying != nullptr && paying->gateway == command.gateway;
  if (payment.method == Method::kSpei && !where_it_was_charged &&
      command.destination.clabe.empty()) {
    return field_error("/destination", "must be named: whose account paid is not known",
                       ErrorCode::kFieldMissing);
  }
  TRY(auto allocations, refund_allocations(payment, command));
  Refund refund;
  refund.id = command.refund;
  refund.reference = command.reference;
  refund.amount = command.amount;
  refund.allocations = std::move(allocations);
  refund.reason = command.reason;
  refund.destination = command.destination;
  refund.named_by = command.named_by;
  refund.gateway = command.gateway;
  refund.created_at = now;
  refund.updated_at = now;
  Decision decision;
  decision.calls.push_back(
      {JobKind::kSubmitRefund, refund.gateway, refund.id.text(), "", seconds{0}});
  decision.events.push_back(RefundRequested{std::move(refund)});
  return decision;
}

Result<Decision> decide_refund_result(const Payment& payment, const RecordRefund& command) {
  const auto at = find_row(payment.refunds, command.refund);
  if (at == payment.refunds.end()) {
    return Error{ErrorCode::kNotFound, "the payment has no such refund"};
  }
  const auto ruling =
      rule(at->state, refund_trigger(command.result.outcome, command.returned_after_settlement));
  if (ruling.verdict == Verdict::kRefuse) {
    return Error{ErrorCode::kStateConflict, "the gateway contradicts what it said before"};
  }
  if (ruling.verdict == Verdict::kStay) return Decision{};
  Refund refund = *at;
  refund.state = ruling.next;
  if (!command.result.gateway_id.empty()) refund.gateway_id = command.result.gateway_id;
  refund.failure_reason = command.result.reason;
  Decision decision;
  const auto ask_later = [&](seconds delay) {
    if (at->state != RefundState::kSubmitting) return;  // it is owed already
    decision.calls.push_back({JobKind::kQueryRefund, at->gateway, at->id.text(), "", delay});
  };
  switch (ruling.next) {
    case RefundState::kSettled:
      decision.events.push_back(
          RefundSettled{refund, payment.refunded + refund.amount == payment.amount});
      break;
    case RefundState::kFailed: decision.events.push_back(RefundFailed{refund}); break;
    case RefundState::kReturned: decision.events.push_back(RefundReturned{refund}); break;
    case RefundState::kPending:
      decision.events.push_back(RefundPending{refund.id, refund.gateway_id});
      ask_later(kAskAfterPending);
      break;
    case RefundState::kUnknown:
      decision.events.push_back(RefundUnknown{refund.id, command.result.reason});
      ask_later(kAskAfterUnknown);
      break;
    case RefundState::kSubmitting: CHECK(false);
  }
  return decision;
}

}  // namespace detail

Money refundable(const Payment& payment) {
  Money held;
  for (const Refund& refund : payment.refunds) {
    if (detail::holds_money(refund.state)) held += refund.amount;
  }
  return payment.paid_at ? payment.amount - held : Money{};
}

}  // namespace erario
