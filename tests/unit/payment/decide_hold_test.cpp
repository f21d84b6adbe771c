// What a card holds: captured whole, released, or left to its end.
#include <gtest/gtest.h>

#include "tests/unit/payment/samples.hpp"

namespace erario::test {
namespace {

constexpr Money kPrice = Money::from_pesos(4280);
constexpr std::chrono::hours kHold{120};

CreatePayment create_held() {
  CreatePayment create = create_card();
  create.charge->hold = kHold;
  return create;
}
Story held() {
  Story story(create_held());
  story.tell(charge(Outcome::kAuthorized, kPrice));
  return story;
}
CapturePayment capture() {
  return {id<PaymentId>(2), std::nullopt};
}
ReleasePayment release() {
  return {id<PaymentId>(2), "ya no"};
}
const Attempt& attempt_of(const Story& story) {
  return story.payment().attempts.at(0);
}

TEST(Hold, an_authorization_moves_no_money_and_keeps_the_payment_in_processing) {
  Story story = held();
  EXPECT_EQ(attempt_of(story).state, AttemptState::kAuthorized);
  EXPECT_EQ(attempt_of(story).capture_by, kNow + kHold);
  EXPECT_EQ(attempt_of(story).authorization, "801585");
  EXPECT_EQ(story.payment().state, PaymentState::kProcessing);
  EXPECT_FALSE(story.payment().paid_at);
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kEndHold);
  EXPECT_EQ(story.last().calls[0].delay, kHold);
  const PaymentId id = story.payment().id;
  EXPECT_FALSE(story.attempt(CancelPayment{id, ""}).ok());
  story.tell(ExpirePayment{id}, kNow + std::chrono::hours(100));
  EXPECT_TRUE(story.last().events.empty());
}

TEST(Hold, its_capture_is_an_intent_first_and_pays_with_the_gateways_answer) {
  Story story = held();
  story.tell(capture());
  EXPECT_EQ(attempt_of(story).state, AttemptState::kCapturing);
  ASSERT_EQ(story.last().calls.size(), 1U);
  EXPECT_EQ(story.last().calls[0].kind, JobKind::kCaptureCharge);
  EXPECT_TRUE(story.attempt(capture())->events.empty()) << "asked twice is once";
  EXPECT_EQ(story.attempt(release()).error().code, ErrorCode::kStateConflict);
  story.tell(charge(Outcome::kUnknown));
  EXPECT_TRUE(story.last().events.empty());
  story.tell(charge(Outcome::kApproved, kPrice));
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
  EXPECT_EQ(story.attempt(capture()).error().code, ErrorCode::kStateConflict);
}

TEST(Hold, a_capture_is_of_the_whole_fee_and_in_time) {
  Story story = held();
  CapturePayment part = capture();
  part.amount = kPrice - Money{1};
  const auto refused = story.attempt(part);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().fields.at(0).pointer, "/amount");
  part.amount = kPrice;
  EXPECT_TRUE(story.attempt(part).ok());
  EXPECT_EQ(story.attempt(capture(), kNow + kHold).error().code, ErrorCode::kStateConflict);
  Story fresh(create_held());
  EXPECT_EQ(fresh.attempt(capture()).error().code, ErrorCode::kStateConflict);
}

TEST(Hold, a_refused_capture_leaves_the_authorization_and_its_end) {
  Story story = held();
  story.tell(capture());
  RecordCharge refused = charge(Outcome::kAuthorized, kPrice);
  refused.result.reason = "busy_bank";
  story.tell(refused);
  EXPECT_EQ(attempt_of(story).state, AttemptState::kAuthorized);
  EXPECT_EQ(std::get<AttemptAuthorized>(story.last().events.at(0)).why, "busy_bank");
  EXPECT_EQ(story.last().calls.at(0).kind, JobKind::kEndHold);
  story.tell(capture()).tell(charge(Outcome::kApproved, kPrice));
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
}

TEST(Hold, a_release_charges_nothing_and_another_card_may_be_tried_the_same_way) {
  Story story = held();
  story.tell(release());
  EXPECT_EQ(attempt_of(story).state, AttemptState::kReleasing);
  EXPECT_EQ(story.last().calls.at(0).kind, JobKind::kReleaseCharge);
  EXPECT_EQ(story.attempt(capture()).error().code, ErrorCode::kStateConflict);
  story.tell(charge(Outcome::kAuthorized, kPrice));
  EXPECT_EQ(attempt_of(story).state, AttemptState::kReleasing) << "not given up yet";
  story.tell(charge(Outcome::kDeclined));
  EXPECT_EQ(attempt_of(story).decline_reason, "released");
  EXPECT_EQ(story.payment().state, PaymentState::kAwaiting);

  const CardCharge other{id<AttemptId>(4), "cards", "ord-2", "tok_2", ""};
  story.tell(StartAttempt{story.payment().id, other}, kNow + std::chrono::minutes(1));
  EXPECT_EQ(story.payment().attempts.at(1).capture_by, kNow + kHold + std::chrono::minutes(1));
}

TEST(Hold, money_captured_before_the_release_came_pays) {
  Story story = held();
  story.tell(release()).tell(charge(Outcome::kApproved, kPrice));
  EXPECT_EQ(story.payment().state, PaymentState::kPaid);
  Story panel = held();
  panel.tell(charge(Outcome::kApproved, kPrice - Money{100}));
  EXPECT_EQ(std::get<CaptureHeld>(panel.last().events.at(0)).kind, SuspenseKind::kShort);
}

TEST(Hold, what_nobody_asked_to_hold_is_on_its_way_to_be_charged) {
  Story story(create_card());
  story.tell(charge(Outcome::kAuthorized, kPrice));
  EXPECT_EQ(attempt_of(story).state, AttemptState::kPending);
  EXPECT_EQ(story.last().calls.at(0).kind, JobKind::kQueryCharge);
}

}  // namespace
}  // namespace erario::test
