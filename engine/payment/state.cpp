#include "engine/payment/state.hpp"

#include "engine/base/words.hpp"
#include "engine/payment/outcome.hpp"

namespace erario {
namespace {

template <class Value, std::size_t N>
using Words = std::array<Word<Value>, N>;

constexpr Words<Method, 2> kMethods{{{Method::kCard, "card"}, {Method::kSpei, "spei"}}};
constexpr Words<PaymentState, 9> kPaymentStates{{
    {PaymentState::kAwaiting, "awaiting"},
    {PaymentState::kProcessing, "processing"},
    {PaymentState::kPaid, "paid"},
    {PaymentState::kPartiallyRefunded, "partially_refunded"},
    {PaymentState::kRefunded, "refunded"},
    {PaymentState::kExpired, "expired"},
    {PaymentState::kCancelled, "cancelled"},
    {PaymentState::kDisputed, "disputed"},
    {PaymentState::kChargedBack, "charged_back"},
}};
constexpr Words<AttemptState, 9> kAttemptStates{{
    {AttemptState::kSubmitting, "submitting"},
    {AttemptState::kNeedsAction, "needs_action"},
    {AttemptState::kPending, "pending"},
    {AttemptState::kUnknown, "unknown"},
    {AttemptState::kAuthorized, "authorized"},
    {AttemptState::kCapturing, "capturing"},
    {AttemptState::kReleasing, "releasing"},
    {AttemptState::kSucceeded, "succeeded"},
    {AttemptState::kDeclined, "declined"},
}};
constexpr Words<RefundState, 6> kRefundStates{{
    {RefundState::kSubmitting, "submitting"},
    {RefundState::kPending, "pending"},
    {RefundState::kUnknown, "unknown"},
    {RefundState::kSettled, "settled"},
    {RefundState::kFailed, "failed"},
    {RefundState::kReturned, "returned"},
}};
constexpr Words<DepositState, 6> kDepositStates{{
    {DepositState::kApplied, "applied"},
    {DepositState::kHeld, "held"},
    {DepositState::kReturning, "returning"},
    {DepositState::kReturned, "returned"},
    {DepositState::kDisputed, "disputed"},
    {DepositState::kChargedBack, "charged_back"},
}};
constexpr Words<DisputeState, 4> kDisputeStates{{
    {DisputeState::kOpen, "open"},
    {DisputeState::kEvidence, "evidence"},
    {DisputeState::kWon, "won"},
    {DisputeState::kLost, "lost"},
}};
constexpr Words<SuspenseKind, 6> kSuspenseKinds{{
    {SuspenseKind::kUnidentified, "unidentified"},
    {SuspenseKind::kShort, "short"},
    {SuspenseKind::kOver, "over"},
    {SuspenseKind::kLate, "late"},
    {SuspenseKind::kDuplicate, "duplicate"},
    {SuspenseKind::kThirdParty, "third_party"},
}};
constexpr Words<DisputeStage, 5> kDisputeStages{{
    {DisputeStage::kNone, "none"},
    {DisputeStage::kOpen, "open"},
    {DisputeStage::kWon, "won"},
    {DisputeStage::kLost, "lost"},
    {DisputeStage::kUnknown, "unknown"},
}};
constexpr Words<Outcome, 6> kOutcomes{{
    {Outcome::kApproved, "approved"},
    {Outcome::kDeclined, "declined"},
    {Outcome::kNeedsAction, "needs_action"},
    {Outcome::kPending, "pending"},
    {Outcome::kUnknown, "unknown"},
    {Outcome::kAuthorized, "authorized"},
}};

constexpr std::string_view kHeldMark = "held_";

}  // namespace

std::string_view to_text(Method value) {
  return word_of(kMethods, value);
}
std::string_view to_text(PaymentState value) {
  return word_of(kPaymentStates, value);
}
std::string_view to_text(AttemptState value) {
  return word_of(kAttemptStates, value);
}
std::string_view to_text(RefundState value) {
  return word_of(kRefundStates, value);
}
std::string_view to_text(DepositState value) {
  return word_of(kDepositStates, value);
}
std::string_view to_text(SuspenseKind value) {
  return word_of(kSuspenseKinds, value);
}
std::string_view to_text(DisputeState value) {
  return word_of(kDisputeStates, value);
}
std::string_view to_text(DisputeStage value) {
  return word_of(kDisputeStages, value);
}
std::string_view to_text(Outcome value) {
  return word_of(kOutcomes, value);
}

std::string won_dispute_reference(std::string_view charge_reference) {
  return std::string(charge_reference) + "-WON";
}

const Attempt* paying_attempt(const Payment& payment) {
  for (const Attempt& attempt : payment.attempts) {
    if (attempt.state == AttemptState::kSucceeded && attempt.decline_reason.empty()) {
      return &attempt;
    }
  }
  return nullptr;
}

std::string clabe_to_pay(const Payment& payment) {
  if (!payment.clabe.empty() || payment.attempts.empty()) return payment.clabe;
  const Attempt& last = payment.attempts.back();
  const bool over = last.state == AttemptState::kDeclined ||
                    last.state == AttemptState::kReleasing ||
                    last.state == AttemptState::kSucceeded;
  return last.pay_to && !over ? last.pay_to->clabe : std::string();
}

DepositId deposit_of(AttemptId charge) {
  return DepositId{charge.bytes};
}

std::optional<SuspenseKind> held_as(const Attempt& attempt) {
  if (!attempt.decline_reason.starts_with(kHeldMark)) return std::nullopt;
  const auto kind = parse_suspense_kind(attempt.decline_reason.substr(kHeldMark.size()));
  CHECK(kind.ok());  // apply() wrote it
  return *kind;
}

std::optional<SuspenseKind> held_as(const Deposit& deposit) {
  if (deposit.state == DepositState::kApplied) return std::nullopt;
  return deposit.suspense;
}

Result<Method> parse_method(std::string_view text) {
  return value_of(kMethods, text);
}
Result<PaymentState> parse_payment_state(std::string_view text) {
  return value_of(kPaymentStates, text);
}
Result<AttemptState> parse_attempt_state(std::string_view text) {
  return value_of(kAttemptStates, text);
}
Result<RefundState> parse_refund_state(std::string_view text) {
  return value_of(kRefundStates, text);
}
Result<DepositState> parse_deposit_state(std::string_view text) {
  return value_of(kDepositStates, text);
}
Result<SuspenseKind> parse_suspense_kind(std::string_view text) {
  return value_of(kSuspenseKinds, text);
}
Result<DisputeState> parse_dispute_state(std::string_view text) {
  return value_of(kDisputeStates, text);
}

}  // namespace erario
