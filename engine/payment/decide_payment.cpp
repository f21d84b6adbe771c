#include <boost/json.hpp>

#include "engine/base/json_writer.hpp"
#include "engine/base/overloaded.hpp"
#include "engine/payment/decide_parts.hpp"
#include "engine/payment/routing.hpp"

namespace erario {
namespace detail {

Error conflict(std::string_view what, PaymentState state) {
  return Error{ErrorCode::kStateConflict, std::string(what) + " is not possible: the payment is " +
                                              std::string(to_text(state))};
}

}  // namespace detail

namespace {

using detail::conflict;
using detail::find_row;
using std::chrono::seconds;

AttemptTrigger attempt_trigger(Outcome outcome) {
  switch (outcome) {
    case Outcome::kApproved: return AttemptTrigger::kApproved;
    case Outcome::kDeclined: return AttemptTrigger::kDeclined;
    case Outcome::kNeedsAction: return AttemptTrigger::kNeedsAction;
    case Outcome::kPending: return AttemptTrigger::kPending;
    case Outcome::kUnknown: return AttemptTrigger::kUnknown;
    case Outcome::kAuthorized: return AttemptTrigger::kAuthorized;
  }
  CHECK(false);
}

Attempt new_attempt(const CardCharge& charge, int ordinal, Money amount, Instant now) {
  Attempt attempt;
  attempt.id = charge.attempt;
  attempt.ordinal = ordinal;
  attempt.gateway = charge.gateway;
  attempt.reference = charge.reference;
  attempt.amount = amount;
  attempt.three_d_secure = charge.three_d_secure;
  attempt.instalments = charge.instalments;
  attempt.created_at = now;
  attempt.updated_at = now;
  if (charge.hold) attempt.capture_by = now + *charge.hold;
  return attempt;
}

OwedCall submit_charge(const CardCharge& charge) {
  JsonWriter payload;
  payload.object()("card_brand", charge.card_brand)("device_session", charge.device_session)(
      "token", charge.token);
  return {JobKind::kSubmitCharge, charge.gateway, charge.attempt.text(), payload.take(),
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

// A payment whose first attempt only held the amount is collected that way to its end.
CardCharge held_like_the_first(CardCharge charge, const Payment& payment) {
  if (payment.attempts.empty()) return charge;
  const Attempt& first = payment.attempts.front();
  charge.hold.reset();
  if (first.capture_by) {
    charge.hold = std::chrono::floor<seconds>(*first.capture_by - first.created_at);
  }
  return charge;
}

Result<Decision> decide_start(const Payment& payment, const StartAttempt& command, Instant now) {
  if (!payment.clabe.empty()) {
    return Error{ErrorCode::kStateConflict, "a payment with a CLABE of its own has no attempts"};
  }
  if (rule(payment.state, PaymentTrigger::kAttemptStarted).verdict != Verdict::kMove ||
      now >= payment.expires_at) {
    return conflict("another attempt", payment.state);
  }
  Decision decision;
  const int ordinal = static_cast<int>(payment.attempts.size()) + 1;
  decision.events.push_back(AttemptStarted{
      new_attempt(held_like_the_first(command.charge, payment), ordinal, payment.amount, now)});
  decision.calls.push_back(submit_charge(command.charge));
  return decision;
}

// Until a moment after the payer's time is over: then the gateway knows how it ended.
seconds past_expiry(const Payment& payment, Instant now) {
  const auto left = std::chrono::ceil<seconds>(payment.expires_at - now);
  return std::max(left, seconds{0}) + seconds{2};
}

// What the news is to this attempt.
Outcome outcome_for(const Attempt& attempt, const GatewayResult& result) {
  // Money without a figure proves nothing: ask again instead of assuming the amount.
  const bool unproven = result.outcome == Outcome::kApproved && result.amount <= Money{};
  if (unproven) return Outcome::kUnknown;
  // Nobody asked the card to hold the amount: it is on its way to be charged.
  const bool only_held = result.outcome == Outcome::kAuthorized && !attempt.capture_by;
  return only_held ? Outcome::kPending : result.outcome;
}

Result<Decision> decide_cancel(const Payment& payment, const CancelPayment& command) {
  switch (rule(payment.state, PaymentTrigger::kCancelled).verdict) {
    case Verdict::kRefuse: return conflict("cancelling", payment.state);
    case Verdict::kStay: return Decision{};
    case Verdict::kMove: break;
  }
  return Decision{{PaymentCancelled{command.reason}}, {}};
}

Result<Decision> decide_expire(const Payment& payment, Instant now) {
  const bool moves = rule(payment.state, PaymentTrigger::kExpired).verdict == Verdict::kMove;
  if (!moves || now < payment.expires_at) return Decision{};
  return Decision{{PaymentExpired{}}, {}};
}

std::optional<SuspenseKind> why_held(const PaymentContext& context, const GatewayResult& result) {
  const Payment& payment = *context.payment;
  if (payment.state == PaymentState::kExpired || payment.state == PaymentState::kCancelled) {
    return SuspenseKind::kLate;
  }
  if (rule(payment.state, PaymentTrigger::kCaptured).verdict != Verdict::kMove) {
    return SuspenseKind::kDuplicate;
  }
  if (result.amount < payment.amount) return SuspenseKind::kShort;
  if (result.amount > payment.amount) return SuspenseKind::kOver;
  const bool anybody_may_pay = context.policies == nullptr ||
                               context.policies->of(&payment).third_party == DepositAction::kAccept;
  if (!anybody_may_pay && result.paid_from && is_third_party(payment.payer, *result.paid_from)) {
    return SuspenseKind::kThirdParty;
  }
  return std::nullopt;
}

// The gateway holds the money of an attempt: it pays the payment, or it goes to suspense.
EventBody captured_event(const PaymentContext& context, const Attempt& attempt,
                         const GatewayResult& result) {
  if (const auto kind = why_held(context, result)) {
    return CaptureHeld{attempt.id, attempt.gateway, result.gateway_id, attempt.reference,
                       *kind,      result.amount,   result.paid_from};
  }
  return PaymentCaptured{attempt.id,
                         attempt.gateway,
                         result.gateway_id,
                         attempt.reference,
                         result.authorization,
                         result.amount,
                         context.payment->allocations,
                         result.paid_from};
}

// The same card with 3-D Secure: once and no more, for the retry is itself with it.
bool is_stronger(const Attempt& attempt, const RecordCharge& command) {
  return command.retry->gateway == attempt.gateway && command.retry->three_d_secure &&
         command.result.three_d_secure_helps && !attempt.three_d_secure;
}

// Another gateway's page. A token is of one gateway, so a card at hand does not move by itself.
bool is_elsewhere(const Payment& payment, const Attempt& attempt, const RecordCharge& command,
                  Instant now) {
  const auto refused = gateways_that_refused(payment);
  const std::string& next = command.retry->gateway;
  return command.retry->token.empty() && next != attempt.gateway &&
         refused_before_bank(command.result.reason) && may_fail_over(payment, attempt, now) &&
         std::find(refused.begin(), refused.end(), next) == refused.end();
}

// Never after an attempt that was unknown: the first answer to the submission is the only one that
// comes with a retry, and says for certain that nothing was charged.
bool may_retry(const Payment& payment, const Attempt& attempt, const RecordCharge& command,
               Instant now) {
  return command.retry && attempt.state == AttemptState::kSubmitting &&
         attempt.id == payment.attempts.back().id && payment.state == PaymentState::kProcessing &&
         now < payment.expires_at &&
         (is_stronger(attempt, command) || is_elsewhere(payment, attempt, command, now));
}

// A payment that is paid waits for nothing: what another attempt holds or waits for is given up, at
// once or as soon as its gateway tells of it. Money that is quicker is a duplicate.
void give_up_the_others(const Payment& payment, const Attempt& attempt, Decision& decision) {
  const std::string why = "the payment is paid";
  const EventBody news = decision.events.back();
  if (std::holds_alternative<PaymentCaptured>(news)) {
    for (const Attempt& other : payment.attempts) {
      const bool is_open = other.id != attempt.id && detail::may_be_given_up(other);
      if (is_open) detail::give_up(other, why, decision);
    }
    return;
  }
  const auto* named = std::get_if<AttemptNeedsAction>(&news);
  const bool opens = std::holds_alternative<AttemptAuthorized>(news) || (named && named->pay_to);
  if (!opens || payment.state == PaymentState::kProcessing) return;
  decision.calls.clear();
  detail::give_up(attempt, why, decision);
}

Result<Decision> decide_charge(const PaymentContext& context, const RecordCharge& command) {
  const Payment& payment = *context.payment;
  const Instant now = context.now;
  const auto attempt = find_row(payment.attempts, command.attempt);
  if (attempt == payment.attempts.end()) {
    return Error{ErrorCode::kNotFound, "the payment has no such attempt"};
  }
  const GatewayResult& result = command.result;
  const Outcome outcome = outcome_for(*attempt, result);
  const auto ruling = rule(attempt->state, attempt_trigger(outcome));
  if (ruling.verdict == Verdict::kRefuse) {
    return Error{ErrorCode::kStateConflict, "the gateway contradicts what it said before: " +
                                                std::string(to_text(attempt->state)) + ", now " +
                                                std::string(to_text(outcome))};
  }
  if (ruling.verdict == Verdict::kStay) return Decision{};
  Decision decision;
  const auto ask_later = [&](seconds delay) {
    // Past the submission the call that asks is owed already, and goes on until the end is known.
    if (attempt->state != AttemptState::kSubmitting) return;
    decision.calls.push_back(
        {JobKind::kQueryCharge, attempt->gateway, attempt->id.text(), "", delay});
  };
  switch (ruling.next) {
    case AttemptState::kSucceeded:
      decision.events.push_back(captured_event(context, *attempt, result));
      break;
    case AttemptState::kDeclined:
      decision.events.push_back(
          AttemptDeclined{attempt->id, result.gateway_id,
                          attempt->state == AttemptState::kReleasing ? "released" : result.reason});
      if (may_retry(payment, *attempt, command, now)) {
        decision.events.push_back(
            AttemptStarted{new_attempt(held_like_the_first(*command.retry, payment),
                                       attempt->ordinal + 1, payment.amount, now)});
        decision.calls.push_back(submit_charge(*command.retry));
      }
      break;
    case AttemptState::kNeedsAction:
      decision.events.push_back(
          AttemptNeedsAction{attempt->id, result.gateway_id, result.redirect_url, result.pay_to});
      ask_later(std::min(detail::kAskAfterNeedsAction, past_expiry(payment, now)));
      break;
    case AttemptState::kPending:
      decision.events.push_back(AttemptPending{attempt->id, result.gateway_id});
      ask_later(detail::kAskAfterPending);
      break;
    case AttemptState::kUnknown:
      decision.events.push_back(AttemptUnknown{attempt->id, result.reason});
      ask_later(detail::kAskAfterUnknown);
      break;
    case AttemptState::kAuthorized:
      decision.events.push_back(AttemptAuthorized{
          attempt->id, result.gateway_id, result.authorization,
          attempt->state == AttemptState::kCapturing ? result.reason : std::string()});
      decision.calls.push_back(detail::end_of_hold(*attempt, now));
      break;
    case AttemptState::kSubmitting:
    case AttemptState::kCapturing:
    case AttemptState::kReleasing: CHECK(false);
  }
  give_up_the_others(payment, *attempt, decision);
  return decision;
}

}  // namespace

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
          [&](const CapturePayment& it) {
            return detail::decide_capture(payment, it, context.now);
          },
          [&](const ReleasePayment& it) { return detail::decide_release(payment, it); },
          [&](const CancelPayment& it) { return decide_cancel(payment, it); },
          [&](const ExpirePayment&) { return decide_expire(payment, context.now); },
          [&](const RecordCharge& it) { return decide_charge(context, it); },
          [&](const RequestRefund& it) { return detail::decide_refund(payment, it, context.now); },
          [&](const RecordRefund& it) { return detail::decide_refund_result(payment, it); },
      },
      command);
}

Payment new_payment(const CreatePayment& command, std::string clabe, Instant now) {
  Payment payment;
  payment.id = command.id;
  payment.owner = command.owner;
  payment.quote = command.quote.id;
  payment.quote_json = canonical_json(command.quote);
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
