#include "engine/base/overloaded.hpp"
#include "engine/payment/decide_parts.hpp"

namespace erario {
namespace {

// Should a webhook get lost: the first question after an opening; the outbox goes on asking.
constexpr std::chrono::hours kAskWhileOpen{24};
// And while what is contested is on its way back, whose end decides what a verdict costs.
constexpr std::chrono::hours kAskWhileReturning{1};

bool is(const Deposit* deposit, DepositState state) {
  return deposit != nullptr && deposit->state == state;
}

// The dispute as it is once the gateway contests the charge, for the first time or again.
Dispute opened(const DisputeContext& context, const RecordDispute& command,
               const Attempt& attempt) {
  Dispute dispute;
  if (context.dispute != nullptr) {
    dispute = *context.dispute;
    dispute.allocations.clear();
    dispute.evidence.clear();
  } else {
    dispute.id = command.dispute;
    dispute.payment = command.payment;
    dispute.attempt = attempt.id;
    dispute.gateway = attempt.gateway;
    dispute.reference = attempt.reference;
  }
  dispute.state = DisputeState::kOpen;
  dispute.held = held_as(attempt);
  dispute.gateway_id = command.news.gateway_id;
  dispute.amount = command.news.amount;
  dispute.reason = command.news.reason;
  dispute.opened_at = context.now;
  dispute.updated_at = context.now;
  return dispute;
}

Result<void> check_opening(const Attempt& attempt, const DisputeNews& news) {
  if (attempt.state != AttemptState::kSucceeded) {
    return Error{ErrorCode::kStateConflict, "a charge is contested that was not captured: " +
                                                std::string(to_text(attempt.state))};
  }
  // A gateway that takes back more than it gave is a matter for people, not for the books.
  if (news.amount <= Money{} || news.amount > attempt.amount) {
    return Error{ErrorCode::kStateConflict,
                 "the amount contested, " + to_pesos_text(news.amount) +
                     ", must be more than zero and at most the charge's, " +
                     to_pesos_text(attempt.amount)};
  }
  return {};
}

// The fees bear what is left to them: what was refunded before is not taken from an agency twice.
std::vector<Allocation> borne_by_fees(const Payment& payment, const Dispute& dispute) {
  if (dispute.held) return {};
  return detail::spread(detail::refundable_allocations(payment),
                        std::min(dispute.amount, refundable(payment)));
}

// What the news comes to for the machine. A gateway that knows no dispute any more has let go of
// the one we have; the rest of the words speak for themselves.
std::optional<DisputeTrigger> trigger_of(DisputeStage stage, const Dispute* known) {
  switch (stage) {
    case DisputeStage::kNone:
      if (known == nullptr) return std::nullopt;
      return DisputeTrigger::kWon;
    case DisputeStage::kOpen: return DisputeTrigger::kOpened;
    case DisputeStage::kWon: return DisputeTrigger::kWon;
    case DisputeStage::kLost: return DisputeTrigger::kLost;
    case DisputeStage::kUnknown: return std::nullopt;
  }
  CHECK(false);
}

Result<Decision> decide_news(const DisputeContext& context, const RecordDispute& command) {
  const Payment& payment = *context.payment;
  const auto attempt = detail::find_row(payment.attempts, command.attempt);
  if (attempt == payment.attempts.end()) {
    return Error{ErrorCode::kNotFound, "the payment has no such attempt"};
  }
  const DisputeNews& news = command.news;
  const auto trigger = trigger_of(news.stage, context.dispute);
  if (!trigger) return Decision{};

  Decision decision;
  std::optional<Dispute> dispute;
  if (context.dispute != nullptr) dispute = *context.dispute;
  // The end may be told before the beginning, and the beginning never: the books get both.
  const bool begins =
      !dispute || (*trigger != DisputeTrigger::kWon &&
                   rule(dispute->state, DisputeTrigger::kOpened).verdict == Verdict::kMove);
  if (begins) {
    TRY_VOID(check_opening(*attempt, news));
    dispute = opened(context, command, *attempt);
    decision.events.push_back(DisputeOpened{*dispute});
  }
  if (*trigger == DisputeTrigger::kOpened) {
    if (begins) {
      decision.calls.push_back(
          {JobKind::kQueryDispute, dispute->gateway, attempt->id.text(), "", kAskWhileOpen});
    }
    return decision;
  }
  const auto ruling = rule(dispute->state, *trigger);
  if (ruling.verdict == Verdict::kRefuse) {
    return Error{ErrorCode::kStateConflict, "the gateway contradicts what it said before: " +
                                                std::string(to_text(dispute->state))};
  }
  if (ruling.verdict == Verdict::kStay) return decision;
  if (ruling.next == DisputeState::kLost && is(context.deposit, DepositState::kReturning)) {
    decision.calls.push_back(
        {JobKind::kQueryDispute, dispute->gateway, attempt->id.text(), "", kAskWhileReturning});
    return decision;
  }
  dispute->state = ruling.next;
  dispute->updated_at = context.now;
  if (!news.reason.empty()) dispute->reason = news.reason;
  if (ruling.next == DisputeState::kWon) {
    decision.events.push_back(DisputeWon{*dispute});
  } else {
    dispute->allocations = borne_by_fees(payment, *dispute);
    decision.events.push_back(DisputeLost{*dispute, is(context.deposit, DepositState::kReturned)});
  }
  return decision;
}

Result<Decision> decide_evidence(const DisputeContext& context, const SendEvidence& command) {
  if (context.dispute == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no such dispute"};
  }
  const Dispute& dispute = *context.dispute;
  if (rule(dispute.state, DisputeTrigger::kEvidenceSent).verdict != Verdict::kMove) {
    return Error{ErrorCode::kStateConflict,
                 "evidence is not possible: the dispute is " + std::string(to_text(dispute.state))};
  }
  return Decision{{DisputeEvidenceSent{dispute.id, command.evidence}}, {}};
}

}  // namespace

Result<Decision> decide(const DisputeContext& context, const DisputeCommand& command) {
  if (context.payment == nullptr) {
    return Error{ErrorCode::kNotFound, "there is no such payment"};
  }
  return std::visit(Overloaded{
                        [&](const RecordDispute& it) { return decide_news(context, it); },
                        [&](const SendEvidence& it) { return decide_evidence(context, it); },
                    },
                    command);
}

void apply(Dispute& dispute, const EventBody& event, Instant at) {
  const auto replace = [&](const Dispute& with) {
    const std::int64_t version = dispute.version;
    dispute = with;
    dispute.version = version;
  };
  if (const auto* opening = std::get_if<DisputeOpened>(&event)) {
    replace(opening->dispute);
  } else if (const auto* sent = std::get_if<DisputeEvidenceSent>(&event)) {
    const auto ruling = rule(dispute.state, DisputeTrigger::kEvidenceSent);
    CHECK(ruling.verdict == Verdict::kMove);
    dispute.state = ruling.next;
    dispute.evidence = sent->evidence;
  } else if (const auto* won = std::get_if<DisputeWon>(&event)) {
    replace(won->dispute);
  } else if (const auto* lost = std::get_if<DisputeLost>(&event)) {
    replace(lost->dispute);
  } else {
    CHECK(false);
  }
  dispute.updated_at = at;
}

}  // namespace erario
