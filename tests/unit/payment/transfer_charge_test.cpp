// A SPEI payment whose gateway names the account: a charge, and the payer transfers.
#include <gtest/gtest.h>

#include "tests/unit/payment/samples.hpp"

namespace erario::test {
namespace {

constexpr Money kPrice = Money::from_pesos(4280);
const TransferAccount kAccount{"646180999900000016", "STP", kNow + std::chrono::minutes(30)};
const BankAccount kPayersOwn{"012180000000000015", "ANA LORO FICTICIO", "LOFA900101MDFRCN07"};

CreatePayment create_transfer() {
  CreatePayment create = create_card();
  create.method = Method::kSpei;
  create.charge->token.clear();
  return create;
}
RecordCharge named(std::uint8_t attempt = 3) {
  RecordCharge news = charge(Outcome::kNeedsAction, {}, attempt);
  news.result.pay_to = kAccount;
  return news;
}
RecordCharge transferred(Money amount = kPrice, std::uint8_t attempt = 3) {
  RecordCharge news = charge(Outcome::kApproved, amount, attempt);
  news.result.authorization = "RASTREO1";
  news.result.paid_from = kPayersOwn;
  return news;
}
Story waiting() {
  Story story(create_transfer());
  story.tell(named());
  return story;
}
const Attempt& attempt_of(const Story& story) {
  return story.payment().attempts.at(0);
}
StartAttempt another() {
  CardCharge charge;
  charge.attempt = id<AttemptId>(4);
  charge.gateway = "cards";
  charge.reference = "ord-2";
  return {id<PaymentId>(2), charge};
}

TEST(TransferCharge, the_gateway_is_asked_for_an_account_and_the_payer_is_told_it) {
  Story story(create_transfer());
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kSubmitCharge);
  EXPECT_EQ(clabe_to_pay(story.payment()), "");
  story.tell(named());
  EXPECT_EQ(attempt_of(story).state, AttemptState::kNeedsAction);
  EXPECT_EQ(attempt_of(story).pay_to, kAccount);
  EXPECT_EQ(clabe_to_pay(story.payment()), kAccount.clabe);
  EXPECT_EQ(story.payment().clabe, "") << "it is not the payment's own";
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kQueryCharge);
  EXPECT_EQ(story.last().calls[0].delay, std::chrono::seconds(30));
  story.tell(named());
  EXPECT_TRUE(story.last().events.empty()) << "told again is told once";
}

TEST(TransferCharge, a_payer_with_seconds_left_is_asked_about_right_after_them) {
  Story story(create_transfer());
  story.tell(named(), kNow + std::chrono::minutes(30) - std::chrono::seconds(5));
  EXPECT_EQ(story.last().calls[0].delay, std::chrono::seconds(7));
}

TEST(TransferCharge, the_transfer_pays_and_says_whose_it_was) {
  Story story = waiting();
  story.tell(transferred());
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
  EXPECT_EQ(attempt_of(story).authorization, "RASTREO1");
  EXPECT_EQ(attempt_of(story).paid_from, kPayersOwn);
  EXPECT_EQ(attempt_of(story).pay_to, kAccount) << "where it was paid to stays on record";
  EXPECT_EQ(clabe_to_pay(story.payment()), "") << "nobody should pay to it again";
  const auto& captured = std::get<PaymentCaptured>(story.last().events.at(0));
  EXPECT_EQ(captured.paid_from, kPayersOwn);
}

TEST(TransferCharge, money_that_does_not_pay_waits_in_suspense) {
  struct Row {
    Money amount;
    SuspenseKind kind;
  };
  for (const Row& row : {Row{kPrice - Money{1}, SuspenseKind::kShort},
                         Row{kPrice + Money{1}, SuspenseKind::kOver}}) {
    Story story = waiting();
    story.tell(transferred(row.amount));
    const auto& held = std::get<CaptureHeld>(story.last().events.at(0));
    EXPECT_EQ(held.kind, row.kind);
    EXPECT_EQ(held.amount, row.amount);
    EXPECT_EQ(held.paid_from, kPayersOwn) << "whom to give it back to";
    EXPECT_EQ(story.payment().state, PaymentState::kAwaiting);
    EXPECT_EQ(attempt_of(story).decline_reason, "held_" + std::string(to_text(row.kind)));
    EXPECT_EQ(clabe_to_pay(story.payment()), "");
  }
}

TEST(TransferCharge, it_expires_only_when_the_gateway_says_so_and_later_money_is_late) {
  Story story = waiting();
  const Instant after = kNow + std::chrono::hours(1);
  story.tell(ExpirePayment{id<PaymentId>(2)}, after);
  EXPECT_TRUE(story.last().events.empty()) << "it may have been paid in the last moment";
  RecordCharge ended = charge(Outcome::kDeclined);
  ended.result.reason = "expired";
  story.tell(ended, after).tell(ExpirePayment{id<PaymentId>(2)}, after);
  EXPECT_EQ(story.payment().state, PaymentState::kExpired);
  EXPECT_EQ(attempt_of(story).decline_reason, "expired");
  EXPECT_EQ(clabe_to_pay(story.payment()), "");
  story.tell(transferred(), after);
  EXPECT_EQ(std::get<CaptureHeld>(story.last().events.at(0)).kind, SuspenseKind::kLate);
  EXPECT_EQ(story.payment().state, PaymentState::kExpired);
}

TEST(TransferCharge, an_account_is_given_up_before_the_payment_goes_another_way) {
  Story story = waiting();
  EXPECT_EQ(story.attempt(CancelPayment{id<PaymentId>(2), ""}).error().code,
            ErrorCode::kStateConflict);
  EXPECT_EQ(story.attempt(another()).error().code, ErrorCode::kStateConflict);
  story.tell(ReleasePayment{id<PaymentId>(2), "otra forma"});
  EXPECT_EQ(attempt_of(story).state, AttemptState::kReleasing);
  EXPECT_EQ(clabe_to_pay(story.payment()), "") << "nobody should pay to it now";
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kReleaseCharge);
  Story paid = story;
  story.tell(charge(Outcome::kDeclined));
  EXPECT_EQ(attempt_of(story).decline_reason, "released");
  EXPECT_TRUE(story.attempt(CancelPayment{id<PaymentId>(2), ""}).ok());
  story.tell(another()).tell(named(4));
  EXPECT_EQ(clabe_to_pay(story.payment()), kAccount.clabe);
  paid.tell(transferred());
  EXPECT_EQ(paid.payment().state, PaymentState::kPaid) << "the money was quicker";
}

// The first account was given up, and the payer goes to a second one.
Story at_the_second() {
  Story story = waiting();
  story.tell(ReleasePayment{id<PaymentId>(2), "otra forma"}).tell(charge(Outcome::kDeclined));
  return story.tell(another());
}

TEST(TransferCharge, a_payment_that_is_paid_gives_up_the_account_of_its_other_attempt) {
  Story story = at_the_second();
  story.tell(named(4)).tell(transferred());
  EXPECT_EQ(story.payment().state, PaymentState::kPaid) << "to the account that was given up";
  EXPECT_EQ(story.payment().attempts[1].state, AttemptState::kReleasing);
  EXPECT_EQ(clabe_to_pay(story.payment()), "");
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kReleaseCharge);
  EXPECT_EQ(story.last().calls[0].target, story.payment().attempts[1].id.text());
  Story twice = story;
  story.tell(charge(Outcome::kDeclined, {}, 4));
  EXPECT_EQ(story.payment().attempts[1].decline_reason, "released");
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
  twice.tell(transferred(kPrice, 4));
  EXPECT_EQ(twice.payment().attempts[1].decline_reason, "held_duplicate");
}

TEST(TransferCharge, an_account_that_is_named_after_the_payment_is_paid_is_given_up_at_once) {
  for (const Outcome before : {Outcome::kNeedsAction, Outcome::kUnknown, Outcome::kPending}) {
    Story story = at_the_second();
    const bool first_answer = before == Outcome::kNeedsAction;
    if (!first_answer) story.tell(charge(before, {}, 4));
    story.tell(transferred());
    EXPECT_TRUE(story.last().calls.empty()) << "nobody knows yet whether there is an account";
    story.tell(named(4));
    EXPECT_EQ(story.payment().attempts[1].state, AttemptState::kReleasing);
    EXPECT_EQ(clabe_to_pay(story.payment()), "");
    ASSERT_EQ(story.last().calls.size(), 1U);
    EXPECT_EQ(story.last().calls[0].kind, JobKind::kReleaseCharge);
  }
}

TEST(TransferCharge, what_does_not_pay_leaves_the_other_account_open) {
  Story story = at_the_second();
  story.tell(named(4)).tell(transferred(kPrice - Money{1}));
  EXPECT_EQ(story.payment().attempts[1].state, AttemptState::kNeedsAction);
  EXPECT_EQ(clabe_to_pay(story.payment()), kAccount.clabe);
}

TEST(TransferCharge, a_page_of_a_card_is_not_given_up_so) {
  Story story(create_card());
  story.tell(charge(Outcome::kNeedsAction));
  EXPECT_EQ(story.attempt(ReleasePayment{id<PaymentId>(2), ""}).error().code,
            ErrorCode::kStateConflict);
}

TEST(TransferCharge, a_payment_with_a_clabe_of_its_own_has_no_attempts) {
  const Story story(create_spei());
  EXPECT_EQ(story.attempt(another()).error().code, ErrorCode::kStateConflict);
  EXPECT_EQ(clabe_to_pay(story.payment()), story.payment().clabe);
}

TEST(TransferCharge, its_refund_goes_through_its_gateway_or_to_an_account_that_is_named) {
  Story story = waiting();
  story.tell(transferred());
  RequestRefund request;
  request.payment = id<PaymentId>(2);
  request.refund = id<RefundId>(5);
  request.gateway = "cards";
  request.reference = "ref-1";
  request.amount = kPrice;
  EXPECT_TRUE(story.attempt(request).ok()) << "the gateway knows whose money it is";
  request.gateway = "spei";
  EXPECT_EQ(story.attempt(request).error().code, ErrorCode::kFieldMissing);
  request.destination = kPayersOwn;
  EXPECT_TRUE(story.attempt(request).ok());
}

}  // namespace
}  // namespace erario::test
