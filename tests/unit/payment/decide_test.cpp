#include "engine/payment/decide.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/unit/payment/samples.hpp"

namespace erario::test {
namespace {

constexpr Money kPrice = Money::from_pesos(4280);

template <class Body>
const Body* only(const Decision& decision) {
  return decision.events.size() == 1 ? std::get_if<Body>(&decision.events.front()) : nullptr;
}

RequestRefund refund(Money amount, std::uint8_t number = 20) {
  RequestRefund request;
  request.payment = id<PaymentId>(2);
  request.refund = id<RefundId>(number);
  request.gateway = "cards";
  request.reference = "ref-" + std::to_string(number);
  request.amount = amount;
  request.reason = "requested by the payer";
  return request;
}
RecordRefund refund_result(Outcome outcome, std::uint8_t number = 20, bool returned = false) {
  return {id<PaymentId>(2), id<RefundId>(number), answer(outcome), returned};
}
Story paid() {
  Story story(create_card(Money::from_pesos(4000), Money::from_pesos(280)));
  story.tell(charge(Outcome::kApproved, kPrice));
  return story;
}

TEST(Create, records_the_intent_before_any_call_and_owes_exactly_one_call) {
  const Story story(create_card());
  EXPECT_EQ(story.payment().state, PaymentState::kProcessing);
  ASSERT_EQ(story.last().events.size(), 2U);
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kSubmitCharge);
  EXPECT_EQ(story.payment().attempts.at(0).reference, "ord-1");
}

TEST(Create, refuses_a_used_quote_and_an_expired_one) {
  PaymentContext context;
  context.now = kNow;
  context.quote_used = true;
  EXPECT_EQ(decide(context, PaymentCommand{create_card()}).error().code, ErrorCode::kQuoteUsed);
  context.quote_used = false;
  context.now = kNow + std::chrono::hours(1);
  EXPECT_EQ(decide(context, PaymentCommand{create_card()}).error().code, ErrorCode::kQuoteExpired);
}

TEST(Charge, approved_with_the_exact_amount_pays) {
  Story story(create_card());
  story.tell(charge(Outcome::kApproved, kPrice));
  EXPECT_NE(only<PaymentCaptured>(story.last()), nullptr);
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
  EXPECT_TRUE(story.payment().paid_at.has_value());
}

TEST(Charge, a_repeated_approval_changes_nothing) {
  Story story(create_card());
  story.tell(charge(Outcome::kApproved, kPrice)).tell(charge(Outcome::kApproved, kPrice));
  EXPECT_TRUE(story.last().events.empty());
  EXPECT_TRUE(story.last().calls.empty());
}

TEST(Charge, a_wrong_amount_never_pays_but_is_on_the_books) {
  const std::pair<Money, SuspenseKind> rows[] = {
      {kPrice - Money{1}, SuspenseKind::kShort},
      {kPrice + Money{1}, SuspenseKind::kOver},
  };
  for (const auto& [amount, kind] : rows) {
    Story story(create_card());
    story.tell(charge(Outcome::kApproved, amount));
    const auto* held = only<CaptureHeld>(story.last());
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(held->kind, kind);
    EXPECT_EQ(story.payment().state, PaymentState::kAwaiting);
    EXPECT_FALSE(story.payment().paid_at.has_value());
  }
}

TEST(Charge, approval_without_an_amount_is_unknown_and_asked_about) {
  Story story(create_card());
  story.tell(charge(Outcome::kApproved, Money{}));
  EXPECT_NE(only<AttemptUnknown>(story.last()), nullptr);
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kQueryCharge);
}

TEST(Charge, no_answer_is_unknown_never_failed_and_the_payment_cannot_expire_meanwhile) {
  Story story(create_card());
  story.tell(charge(Outcome::kUnknown));
  EXPECT_EQ(story.payment().attempts[0].state, AttemptState::kUnknown);
  story.tell(ExpirePayment{story.payment().id}, kNow + std::chrono::hours(2));
  EXPECT_TRUE(story.last().events.empty());
  EXPECT_EQ(story.payment().state, PaymentState::kProcessing);
  EXPECT_EQ(story.attempt(CancelPayment{story.payment().id, ""}).error().code,
            ErrorCode::kStateConflict);
}

TEST(Charge, a_decline_lets_the_payer_try_another_card_and_never_two_at_once) {
  Story story(create_card());
  const StartAttempt second{story.payment().id,
                            CardCharge{id<AttemptId>(4), "cards", "ord-2", "tok_2", "", false}};
  EXPECT_EQ(story.attempt(second).error().code, ErrorCode::kStateConflict);
  story.tell(charge(Outcome::kDeclined)).tell(second);
  EXPECT_EQ(story.payment().state, PaymentState::kProcessing);
  story.tell(charge(Outcome::kApproved, kPrice, 4));
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
}

// What the outbox offers with the first answer to a submission.
RecordCharge taken_for_a_risk(std::uint8_t attempt = 3) {
  RecordCharge news = charge(Outcome::kDeclined, {}, attempt);
  news.result.reason = "risk_rejected";
  news.result.three_d_secure_helps = true;
  CardCharge retry{id<AttemptId>(static_cast<std::uint8_t>(attempt + 1)), "cards",
                   "retry-" + std::to_string(attempt), "tok_1", ""};
  retry.three_d_secure = true;
  retry.instalments = 6;
  news.retry = retry;
  return news;
}

TEST(Charge, a_card_taken_for_a_risk_is_tried_again_with_three_d_secure_once) {
  Story story(create_card());
  story.tell(taken_for_a_risk());
  ASSERT_EQ(story.payment().attempts.size(), 2U);
  const Attempt& second = story.payment().attempts[1];
  EXPECT_EQ(story.payment().attempts[0].state, AttemptState::kDeclined);
  EXPECT_EQ(story.payment().attempts[0].decline_reason, "risk_rejected");
  EXPECT_EQ(story.payment().state, PaymentState::kProcessing);
  EXPECT_TRUE(second.three_d_secure);
  EXPECT_EQ(second.instalments, 6);
  EXPECT_EQ(second.ordinal, 2);
  EXPECT_EQ(second.reference, "retry-3");
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kSubmitCharge);
  EXPECT_EQ(story.last().calls[0].target, second.id.text());

  story.tell(taken_for_a_risk(4));
  EXPECT_EQ(story.payment().attempts.size(), 2U) << "never twice";
  EXPECT_EQ(story.payment().state, PaymentState::kAwaiting);
}

TEST(Charge, nothing_is_tried_again_where_the_first_try_may_have_charged_or_nobody_waits) {
  Story unknown(create_card());
  unknown.tell(charge(Outcome::kUnknown)).tell(taken_for_a_risk());
  EXPECT_EQ(unknown.payment().attempts.size(), 1U);

  Story late(create_card());
  late.tell(taken_for_a_risk(), late.payment().expires_at);
  EXPECT_EQ(late.payment().attempts.size(), 1U);

  Story other_reason(create_card());
  RecordCharge declined = taken_for_a_risk();
  declined.result.three_d_secure_helps = false;
  other_reason.tell(declined);
  EXPECT_EQ(other_reason.payment().attempts.size(), 1U);

  Story approved(create_card());
  RecordCharge paid = taken_for_a_risk();
  paid.result = answer(Outcome::kApproved, kPrice);
  paid.result.three_d_secure_helps = true;
  approved.tell(paid);
  EXPECT_EQ(approved.payment().attempts.size(), 1U);
  EXPECT_EQ(approved.payment().state, PaymentState::kPaid);
}

TEST(Charge, a_gateway_that_changes_its_mind_after_another_card_paid_goes_to_suspense) {
  Story story(create_card());
  story.tell(charge(Outcome::kDeclined))
      .tell(StartAttempt{story.payment().id,
                         CardCharge{id<AttemptId>(4), "cards", "ord-2", "tok_2", "", false}})
      .tell(charge(Outcome::kApproved, kPrice, 4))
      .tell(charge(Outcome::kApproved, kPrice, 3));
  const auto* held = only<CaptureHeld>(story.last());
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->kind, SuspenseKind::kDuplicate);
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
}

TEST(Charge, money_for_an_expired_payment_is_late) {
  Story story(create_card());
  story.tell(charge(Outcome::kDeclined))
      .tell(ExpirePayment{story.payment().id}, kNow + std::chrono::hours(1))
      .tell(charge(Outcome::kApproved, kPrice));
  const auto* held = only<CaptureHeld>(story.last());
  ASSERT_NE(held, nullptr);
  EXPECT_EQ(held->kind, SuspenseKind::kLate);
}

TEST(Deposits, are_applied_only_when_exact_in_time_and_expected) {
  struct Row {
    std::string name;
    Money amount;
    Instant when;
    bool already_paid;
    std::optional<SuspenseKind> held;
  };
  const Money due = Money::from_pesos(900);
  const Row rows[] = {
      {"exact", due, kNow, false, std::nullopt},
      {"a centavo short", due - Money{1}, kNow, false, SuspenseKind::kShort},
      {"a centavo over", due + Money{1}, kNow, false, SuspenseKind::kOver},
      {"at the instant of expiry", due, kNow + std::chrono::minutes(30), false,
       SuspenseKind::kLate},
      {"sent twice", due, kNow, true, SuspenseKind::kDuplicate},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    Story story(create_spei());
    if (row.already_paid) story.tell_deposit(deposit_of(due));
    story.tell_deposit(deposit_of(row.amount, "RASTREO2"), row.when);
    if (row.held) {
      const auto* held = only<DepositHeld>(story.last());
      ASSERT_NE(held, nullptr);
      EXPECT_EQ(held->deposit.suspense, *row.held);
      EXPECT_EQ(held->deposit.payment, story.payment().id);
    } else {
      EXPECT_NE(only<DepositApplied>(story.last()), nullptr);
      EXPECT_EQ(story.payment().state, PaymentState::kPaid);
    }
  }
}

TEST(Deposits, for_nobodys_clabe_are_unidentified_and_a_known_one_is_recorded_once) {
  DepositContext context;
  context.now = kNow;
  const DepositCommand record{RecordDeposit{deposit_of(Money{500})}};
  const Decision first = must(decide(context, record));
  ASSERT_NE(only<DepositHeld>(first), nullptr);
  EXPECT_EQ(only<DepositHeld>(first)->deposit.suspense, SuspenseKind::kUnidentified);
  const Deposit known = only<DepositHeld>(first)->deposit;
  context.deposit = &known;
  EXPECT_TRUE(must(decide(context, record)).events.empty());
}

TEST(Deposits, sent_back_come_back_into_suspense_exactly_once) {
  Deposit deposit = deposit_of(Money{500});
  const auto tell = [&](const DepositCommand& command) {
    DepositContext context;
    context.now = kNow;
    context.deposit = &deposit;
    Decision decision = must(decide(context, command));
    for (const EventBody& event : decision.events)
      apply(deposit, event, kNow);
    return decision;
  };
  tell(ReturnDeposit{deposit.id, id<RefundId>(30), "DEV1", "late"});
  EXPECT_EQ(deposit.state, DepositState::kReturning);
  tell(RecordDepositReturn{deposit.id, answer(Outcome::kApproved)});
  EXPECT_EQ(deposit.state, DepositState::kReturned);
  const Decision back = tell(RecordDepositReturn{deposit.id, answer(Outcome::kDeclined), true});
  ASSERT_NE(only<DepositReturnFailed>(back), nullptr);
  EXPECT_TRUE(only<DepositReturnFailed>(back)->was_settled);
  EXPECT_EQ(deposit.state, DepositState::kHeld);
  const Decision again = tell(RecordDepositReturn{deposit.id, answer(Outcome::kDeclined), true});
  EXPECT_TRUE(again.events.empty());
}

TEST(Refunds, partial_then_the_rest_then_no_more) {
  Story story = paid();
  story.tell(refund(Money::from_pesos(1000))).tell(refund_result(Outcome::kApproved));
  EXPECT_EQ(story.payment().state, PaymentState::kPartiallyRefunded);
  EXPECT_EQ(story.attempt(refund(Money::from_pesos(3281), 21)).error().code,
            ErrorCode::kRefundExceedsPaid);
  story.tell(refund(Money::from_pesos(3280), 21)).tell(refund_result(Outcome::kApproved, 21));
  EXPECT_EQ(story.payment().state, PaymentState::kRefunded);
  EXPECT_EQ(story.attempt(refund(Money{1}, 22)).error().code, ErrorCode::kStateConflict);
}

TEST(Refunds, one_at_a_time_and_unknown_still_holds_the_money) {
  Story story = paid();
  story.tell(refund(Money::from_pesos(1000))).tell(refund_result(Outcome::kUnknown));
  EXPECT_EQ(story.attempt(refund(Money{1}, 21)).error().code, ErrorCode::kRefundInProgress);
  EXPECT_EQ(refundable(story.payment()), Money::from_pesos(3280));
  story.tell(refund_result(Outcome::kDeclined));
  EXPECT_EQ(refundable(story.payment()), kPrice);
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
}

TEST(Refunds, that_come_back_after_settlement_reopen_the_payment_once) {
  Story story = paid();
  story.tell(refund(kPrice)).tell(refund_result(Outcome::kApproved));
  EXPECT_EQ(story.payment().state, PaymentState::kRefunded);
  story.tell(refund_result(Outcome::kDeclined, 20, true));
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
  EXPECT_EQ(story.payment().refunded, Money{});
  story.tell(refund_result(Outcome::kDeclined, 20, true));
  EXPECT_TRUE(story.last().events.empty());
}

TEST(Refunds, take_from_the_last_fee_first_and_cap_each_fee_over_all_refunds) {
  Story story = paid();
  story.tell(refund(Money::from_pesos(300)));
  const auto& parts = story.payment().refunds[0].allocations;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].fee, "extra");
  EXPECT_EQ(parts[0].amount, Money::from_pesos(280));
  EXPECT_EQ(parts[1].amount, Money::from_pesos(20));
  story.tell(refund_result(Outcome::kApproved));

  RequestRefund again = refund(Money::from_pesos(1), 21);
  again.allocations = {{"sre", "extra", "", "", Money::from_pesos(1)}};
  const auto refused = story.attempt(again);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kRefundExceedsPaid);
  EXPECT_EQ(refused.error().fields.at(0).pointer, "/allocations/0/amount");
}

// However a gateway answers, in whatever order and however often: at most one capture pays, the
// refunds never exceed what was paid, and the same news twice is once.
RC_GTEST_PROP(Machine, any_order_of_gateway_news_keeps_the_books_straight, ()) {
  Story story(create_card());
  int captures = 0;
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 40));
  for (const int step : steps) {
    const auto outcome = static_cast<Outcome>(step % 5);
    PaymentCommand command;
    switch (step / 5 % 4) {
      case 0: command = charge(outcome, kPrice); break;
      case 1:
        command = StartAttempt{story.payment().id,
                               CardCharge{id<AttemptId>(4), "cards", "o2", "t", "", false}};
        if (story.payment().attempts.size() > 1) continue;
        break;
      case 2: command = refund(Money{100 + step}, static_cast<std::uint8_t>(100 + step)); break;
      default:
        if (story.payment().refunds.empty()) continue;
        command = RecordRefund{story.payment().id, story.payment().refunds.back().id,
                               answer(outcome), step % 2 == 0};
    }
    const auto decision = story.attempt(command);
    if (!decision.ok()) continue;
    story.tell(command);
    for (const EventBody& event : story.last().events) {
      captures += std::holds_alternative<PaymentCaptured>(event) ? 1 : 0;
    }
    if (std::holds_alternative<RecordCharge>(command)) {
      RC_ASSERT(story.attempt(command).ok());
      RC_ASSERT(story.attempt(command)->events.empty());
    }
    RC_ASSERT(captures <= 1);
    RC_ASSERT(story.payment().refunded <= story.payment().amount);
    RC_ASSERT(refundable(story.payment()) >= Money{});
  }
}

}  // namespace
}  // namespace erario::test
