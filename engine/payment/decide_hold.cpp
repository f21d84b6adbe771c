// What a card holds for a payment: captured, or released. An account that waits for a transfer is
// released alike.
#include "engine/payment/decide_parts.hpp"

namespace erario::detail {
namespace {

using std::chrono::seconds;

// The attempt whose amount the card holds, or is asked for; null where there is none.
const Attempt* held_attempt(const Payment& payment) {
  for (const Attempt& attempt : payment.attempts) {
    if (attempt.state == AttemptState::kAuthorized || attempt.state == AttemptState::kCapturing ||
        attempt.state == AttemptState::kReleasing) {
      return &attempt;
    }
  }
  return nullptr;
}

// Held, or waited for: what may be given up.
const Attempt* open_attempt(const Payment& payment) {
  if (const Attempt* held = held_attempt(payment)) return held;
  if (payment.attempts.empty()) return nullptr;
  const Attempt& last = payment.attempts.back();
  return may_be_given_up(last) ? &last : nullptr;
}

// `without`: what is missing where there is no attempt to do it with.
Error no_hold(std::string_view what, const Attempt* attempt, std::string_view without) {
  return Error{ErrorCode::kStateConflict,
               std::string(what) + " is not possible: " +
                   (attempt == nullptr ? std::string(without)
                                       : "the attempt is " + std::string(to_text(attempt->state)))};
}
Error no_capture(const Attempt* attempt) {
  return no_hold("a capture", attempt, "no card holds the amount");
}
Error no_release(const Payment& payment, const Attempt* attempt) {
  return no_hold("a release", attempt,
                 payment.method == Method::kCard ? "no card holds the amount"
                                                 : "no account of a gateway waits for a transfer");
}

}  // namespace

Result<Decision> decide_capture(const Payment& payment, const CapturePayment& command,
                                Instant now) {
  if (command.amount && *command.amount != payment.amount) {
    return field_error("/amount", "must be the amount of the payment, " +
                                      to_pesos_text(payment.amount) + ": a fee is paid whole");
  }
  const Attempt* attempt = held_attempt(payment);
  if (attempt == nullptr) return no_capture(attempt);
  switch (rule(attempt->state, AttemptTrigger::kCaptureRequested).verdict) {
    case Verdict::kRefuse: return no_capture(attempt);
    case Verdict::kStay: return Decision{};
    case Verdict::kMove: break;
  }
  if (attempt->capture_by && now >= *attempt->capture_by) {
    return Error{ErrorCode::kStateConflict,
                 "a capture is not possible: the card held the amount until " +
                     to_rfc3339(*attempt->capture_by)};
  }
  return Decision{
      {CaptureRequested{attempt->id, payment.amount}},
      {{JobKind::kCaptureCharge, attempt->gateway, attempt->id.text(), "", seconds{0}}}};
}

Result<Decision> decide_release(const Payment& payment, const ReleasePayment& command) {
  const Attempt* attempt = open_attempt(payment);
  if (attempt == nullptr) return no_release(payment, attempt);
  switch (rule(attempt->state, AttemptTrigger::kReleaseRequested).verdict) {
    case Verdict::kRefuse: return no_release(payment, attempt);
    case Verdict::kStay: return Decision{};
    case Verdict::kMove: break;
  }
  Decision decision;
  give_up(*attempt, command.reason, decision);
  return decision;
}

bool may_be_given_up(const Attempt& attempt) {
  return attempt.state == AttemptState::kAuthorized ||
         (attempt.state == AttemptState::kNeedsAction && attempt.pay_to);
}

void give_up(const Attempt& attempt, std::string why, Decision& decision) {
  decision.events.push_back(ReleaseRequested{attempt.id, std::move(why)});
  decision.calls.push_back(
      {JobKind::kReleaseCharge, attempt.gateway, attempt.id.text(), "", seconds{0}});
}

OwedCall end_of_hold(const Attempt& attempt, Instant now) {
  const auto left = std::chrono::ceil<seconds>(*attempt.capture_by - now);
  return {JobKind::kEndHold, attempt.gateway, attempt.id.text(), "", std::max(left, seconds{0})};
}

}  // namespace erario::detail
