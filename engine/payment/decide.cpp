#include "engine/payment/decide.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "engine/base/json.hpp"
#include "engine/payment/machine.hpp"

namespace erario {
namespace {

using std::chrono::seconds;

// How long after the news a gateway is asked for the first time.
constexpr seconds kAskAfterNeedsAction{30};
constexpr seconds kAskAfterPending{10};
constexpr seconds kAskAfterUnknown{2};

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

Error conflict(std::string_view what, PaymentState state) {
  return Error{ErrorCode::kStateConflict, std::string(what) + " is not possible: the payment is " +
                                              std::string(to_text(state))};
}

template <class Row>
auto find_row(const std::vector<Row>& rows, const decltype(Row::id)& id) {
  return std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.id == id; });
}

bool in_flight(RefundState state) {
  return state == RefundState::kSubmitting || state == RefundState::kPending ||
         state == RefundState::kUnknown;
}
bool holds_money(RefundState state) {
  return in_flight(state) || state == RefundState::kSettled;
}

AttemptTrigger attempt_trigger(Outcome outcome) {
  switch (outcome) {
    case Outcome::kApproved:
      return AttemptTrigger::kApproved;
    case Outcome::kDeclined:
      return AttemptTrigger::kDeclined;
    case Outcome::kNeedsAction:
      return AttemptTrigger::kNeedsAction;
    case Outcome::kPending:
      return AttemptTrigger::kPending;
    case Outcome::kUnknown:
      return AttemptTrigger::kUnknown;
  }
  CHECK(false);
}

RefundTrigger refund_trigger(Outcome outcome, bool returned) {
  if (returned) return RefundTrigger::kReturned;
  switch (outcome) {
    case Outcome::kApproved:
      return RefundTrigger::kApproved;
    case Outcome::kDeclined:
      return RefundTrigger::kDeclined;
    case Outcome::kNeedsAction:
    case Outcome::kPending:
      return RefundTrigger::kPending;
    case Outcome::kUnknown:
      return RefundTrigger::kUnknown;
  }
  CHECK(false);
}

// ---- Payments ----

Attempt new_attempt(const CardCharge& charge, int ordinal, Money amount, Instant now) {
  Attempt attempt;
  attempt.id = charge.attempt;
  attempt.ordinal = ordinal;
  attempt.gateway = charge.gateway;
  attempt.reference = charge.reference;
  attempt.amount = amount;
  attempt.created_at = now;
  attempt.updated_at = now;
  return attempt;
}

OwedCall submit_charge(const CardCharge& charge) {
  boost::json::object payload;
  payload["token"] = charge.token;
  payload["device_session"] = charge.device_session;
  payload["three_d_secure"] = charge.three_d_secure;
  return {JobKind::kSubmitCharge, charge.gateway, charge.attempt.text(), canonical_json(payload),
          seconds{0}};
}

Result<Decision> decide_create(const PaymentContext& context, const CreatePayment& command) {
  if (context.quote_used) {
    return Error{ErrorCode::kQuoteUsed, "another payment already collects this quote"};
  }
  if (context.now >= command.quote.expires_at) {
    return Error{ErrorCode::kQuoteExpired, "the quote's validity is over; ask for a new one"};
  }
  if (command.quote.total <= Money{}) {
    return field_error("/quote/total", "there is nothing to pay");
  }
  Decision decision;
  decision.events.push_back(PaymentCreated{command.quote.total, command.method});
  if (command.charge) {
    decision.events.push_back(
        AttemptStarted{new_attempt(*command.charge, 1, command.quote.total, context.now)});
    decision.calls.push_back(submit_charge(*command.charge));
  }
  return decision;
}

Result<Decision> decide_start(const Payment& payment, const StartAttempt& command, Instant now) {
  if (payment.method != Method::kCard) {
    return field_error("/method", "only card payments have attempts", ErrorCode::kStateConflict);
  }
  if (rule(payment.state, PaymentTrigger::kAttemptStarted).verdict != Verdict::kMove ||
      now >= payment.expires_at) {
    return conflict("another attempt", payment.state);
  }
  Decision decision;
  const int ordinal = static_cast<int>(payment.attempts.size()) + 1;
  decision.events.push_back(
      AttemptStarted{new_attempt(command.charge, ordinal, payment.amount, now)});
  decision.calls.push_back(submit_charge(command.charge));
  return decision;
}

Result<Decision> decide_cancel(const Payment& payment, const CancelPayment& command) {
  switch (rule(payment.state, PaymentTrigger::kCancelled).verdict) {
    case Verdict::kRefuse:
      return conflict("cancelling", payment.state);
    case Verdict::kStay:
      return Decision{};
    case Verdict::kMove:
      break;
  }
  return Decision{{PaymentCancelled{command.reason}}, {}};
}

Result<Decision> decide_expire(const Payment& payment, Instant now) {
  const bool moves = rule(payment.state, PaymentTrigger::kExpired).verdict == Verdict::kMove;
  if (!moves || now < payment.expires_at) return Decision{};
  return Decision{{PaymentExpired{}}, {}};
}

// The gateway holds the money of an attempt: it pays the payment, or it goes to suspense.
EventBody captured_event(const Payment& payment, const Attempt& attempt,
                         const GatewayResult& result) {
  const bool can_pay = rule(payment.state, PaymentTrigger::kCaptured).verdict == Verdict::kMove;
  if (can_pay && result.amount == payment.amount) {
    return PaymentCaptured{attempt.id,         attempt.gateway,      result.gateway_id,
                           attempt.reference,  result.authorization, result.amount,
                           payment.allocations};
  }
  SuspenseKind kind = SuspenseKind::kDuplicate;
  if (can_pay) {
    kind = result.amount < payment.amount ? SuspenseKind::kShort : SuspenseKind::kOver;
  } else if (payment.state == PaymentState::kExpired || payment.state == PaymentState::kCancelled) {
    kind = SuspenseKind::kLate;
  }
  return CaptureHeld{attempt.id, attempt.gateway, result.gateway_id, attempt.reference,
                     kind,       result.amount};
}

Result<Decision> decide_charge(const Payment& payment, const RecordCharge& command) {
  const auto attempt = find_row(payment.attempts, command.attempt);
  if (attempt == payment.attempts.end()) {
    return Error{ErrorCode::kNotFound, "the payment has no such attempt"};
  }
  const GatewayResult& result = command.result;
  // Money without a figure proves nothing: ask again instead of assuming the amount.
  const bool unproven = result.outcome == Outcome::kApproved && result.amount <= Money{};
  const Outcome outcome = unproven ? Outcome::kUnknown : result.outcome;
  const auto ruling = rule(attempt->state, attempt_trigger(outcome));
  if (ruling.verdict == Verdict::kRefuse) {
    return Error{ErrorCode::kStateConflict, "the gateway contradicts what it said before: " +
                                                std::string(to_text(attempt->state)) + ", now " +
                                                std::string(to_text(outcome))};
  }
  if (ruling.verdict == Verdict::kStay) return Decision{};
  Decision decision;
  const auto ask_later = [&](seconds delay) {
    decision.calls.push_back(
        {JobKind::kQueryCharge, attempt->gateway, attempt->id.text(), "", delay});
  };
  switch (ruling.next) {
    case AttemptState::kSucceeded:
      decision.events.push_back(captured_event(payment, *attempt, result));
      break;
    case AttemptState::kDeclined:
      decision.events.push_back(AttemptDeclined{attempt->id, result.gateway_id, result.reason});
      break;
    case AttemptState::kNeedsAction:
      decision.events.push_back(
          AttemptNeedsAction{attempt->id, result.gateway_id, result.redirect_url});
      ask_later(kAskAfterNeedsAction);
      break;
    case AttemptState::kPending:
      decision.events.push_back(AttemptPending{attempt->id, result.gateway_id});
      ask_later(kAskAfterPending);
      break;
    case AttemptState::kUnknown:
      decision.events.push_back(AttemptUnknown{attempt->id, result.reason});
      ask_later(kAskAfterUnknown);
      break;
    case AttemptState::kSubmitting:
      CHECK(false);
  }
  return decision;
}

// ---- Refunds ----

std::string allocation_key(const Allocation& allocation) {
  return allocation.agency + '\n' + allocation.fee;
}

// What each fee has left to give back: caps are per fee over all refunds that hold money.
std::vector<Allocation> refundable_allocations(const Payment& payment) {
  std::vector<Allocation> left = payment.allocations;
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

// From the last fee to the first: additions are given back before the base.
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
  if (payment.method == Method::kSpei && command.destination.clabe.empty()) {
    return field_error("/destination", "the account the deposit came from is not known; name one",
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
    decision.calls.push_back({JobKind::kQueryRefund, at->gateway, at->id.text(), "", delay});
  };
  switch (ruling.next) {
    case RefundState::kSettled:
      decision.events.push_back(
          RefundSettled{refund, payment.refunded + refund.amount == payment.amount});
      break;
    case RefundState::kFailed:
      decision.events.push_back(RefundFailed{refund});
      break;
    case RefundState::kReturned:
      decision.events.push_back(RefundReturned{refund});
      break;
    case RefundState::kPending:
      decision.events.push_back(RefundPending{refund.id, refund.gateway_id});
      ask_later(kAskAfterPending);
      break;
    case RefundState::kUnknown:
      decision.events.push_back(RefundUnknown{refund.id, command.result.reason});
      ask_later(kAskAfterUnknown);
      break;
    case RefundState::kSubmitting:
      CHECK(false);
  }
  return decision;
}

// ---- Deposits ----

std::optional<SuspenseKind> why_held(const Payment* payment, const Deposit& deposit, Instant now) {
  if (payment == nullptr) return SuspenseKind::kUnidentified;
  if (payment->state == PaymentState::kExpired || payment->state == PaymentState::kCancelled) {
    return SuspenseKind::kLate;
  }
  if (rule(payment->state, PaymentTrigger::kDepositApplied).verdict != Verdict::kMove) {
    return SuspenseKind::kDuplicate;
  }
  if (now >= payment->expires_at) return SuspenseKind::kLate;
  if (deposit.amount < payment->amount) return SuspenseKind::kShort;
  if (deposit.amount > payment->amount) return SuspenseKind::kOver;
  return std::nullopt;
}

Result<Decision> decide_deposit(const DepositContext& context, const RecordDeposit& command) {
  if (context.deposit != nullptr) return Decision{};
  Deposit deposit = command.deposit;
  if (context.owner_of_clabe != nullptr) deposit.payment = context.owner_of_clabe->id;
  const auto kind = why_held(context.owner_of_clabe, deposit, context.now);
  if (!kind) {
    deposit.state = DepositState::kApplied;
    return Decision{
        {DepositApplied{deposit, context.owner_of_clabe->id, context.owner_of_clabe->allocations}},
        {}};
  }
  deposit.state = DepositState::kHeld;
  deposit.suspense = *kind;
  return Decision{{DepositHeld{deposit}}, {}};
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
  Refund order;
  order.id = command.order;
  order.gateway = deposit.gateway;
  order.reference = command.reference;
  order.amount = deposit.amount;
  order.reason = command.reason;
  order.destination = deposit.sender;
  order.created_at = context.now;
  order.updated_at = context.now;
  Decision decision;
  decision.calls.push_back(
      {JobKind::kSubmitRefund, order.gateway, order.id.text(), "", seconds{0}});
  decision.events.push_back(DepositReturnRequested{deposit.id, deposit.suspense, std::move(order)});
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
      ask_later(kAskAfterPending);
      break;
    case RefundState::kUnknown:
      decision.events.push_back(RefundUnknown{order.id, command.result.reason});
      ask_later(kAskAfterUnknown);
      break;
    case RefundState::kSubmitting:
      CHECK(false);
  }
  return decision;
}

}  // namespace

Money refundable(const Payment& payment) {
  Money held;
  for (const Refund& refund : payment.refunds) {
    if (holds_money(refund.state)) held += refund.amount;
  }
  return payment.paid_at ? payment.amount - held : Money{};
}

Result<Decision> decide(const PaymentContext& context, const PaymentCommand& command) {
  if (const auto* create = std::get_if<CreatePayment>(&command)) {
    return decide_create(context, *create);
  }
  if (context.payment == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no such payment"};
  }
  const Payment& payment = *context.payment;
  return std::visit(
      Overloaded{
          [](const CreatePayment&) -> Result<Decision> { CHECK(false); },
          [&](const StartAttempt& it) { return decide_start(payment, it, context.now); },
          [&](const CancelPayment& it) { return decide_cancel(payment, it); },
          [&](const ExpirePayment&) { return decide_expire(payment, context.now); },
          [&](const RecordCharge& it) { return decide_charge(payment, it); },
          [&](const RequestRefund& it) { return decide_refund(payment, it, context.now); },
          [&](const RecordRefund& it) { return decide_refund_result(payment, it); },
      },
      command);
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

Payment new_payment(const CreatePayment& command, std::string clabe, Instant now) {
  Payment payment;
  payment.id = command.id;
  payment.owner = command.owner;
  payment.quote = command.quote.id;
  payment.quote_json = canonical_json(quote_to_json(command.quote));
  for (const QuoteItem& item : command.quote.items) {
    for (const Allocation& allocation : item.allocations) {
      if (allocation.amount > Money{}) payment.allocations.push_back(allocation);
    }
  }
  payment.method = command.method;
  payment.amount = command.quote.total;
  payment.clabe = std::move(clabe);
  payment.reference = command.reference;
  payment.return_url = command.return_url;
  payment.payer = command.payer;
  payment.created_at = now;
  payment.expires_at = command.expires_at;
  return payment;
}

}  // namespace erario
