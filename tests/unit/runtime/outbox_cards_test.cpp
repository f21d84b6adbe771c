// What the outbox does with a card beyond one charge: what a decline is followed by.
#include <gmock/gmock.h>

#include "tests/unit/runtime/outbox_world.hpp"

namespace erario::test {
namespace {

using ::testing::ElementsAre;

TEST(Charges, a_code_that_no_table_lists_declines_and_is_counted) {
  OutboxWorld world;
  GatewayResult newer = said(Outcome::kDeclined);
  newer.reason = "declined";
  newer.unlisted_code = "3777";
  world.gateway.script = {newer};
  const Payment payment = world.pay_by_card();
  world.settle();
  EXPECT_EQ(world.attempt(payment).decline_reason, "declined");
  EXPECT_EQ(world.metrics.counted("erario_gateway_unlisted_codes_total cards submit_charge"), 1);
}

TEST(Charges, an_answer_that_cannot_be_read_is_kept_once_and_decides_nothing) {
  OutboxWorld world;
  std::vector<Inbound> kept;
  world.script.commit = [&](LaneStore& real, const Changes& changes) {
    kept.insert(kept.end(), changes.inbound.begin(), changes.inbound.end());
    return real.commit(changes);
  };
  GatewayResult nonsense = said(Outcome::kUnknown);
  nonsense.reason = "malformed_reply";
  nonsense.unread = Unread{"/amount: must be a whole number of centavos",
                           R"({"amount":9e99,"card":"4111111111111111"})"};
  world.gateway.script = {timed_out(), nonsense, nonsense, nonsense, approved()};
  const Payment payment = world.pay_by_card();
  world.settle();
  for (int tries = 0; tries < 3; ++tries) {
    EXPECT_EQ(world.now(payment).state, PaymentState::kProcessing);
    world.pass(std::chrono::minutes(1));
  }
  ASSERT_EQ(kept.size(), 1U) << "the same nonsense again is counted only";
  EXPECT_EQ(kept[0].gateway, "cards");
  EXPECT_EQ(kept[0].route, "query_charge");
  EXPECT_EQ(kept[0].body, R"({"amount":9e99,"card":"************1111"})");
  EXPECT_EQ(world.metrics.counted("erario_gateway_unreadable_answers_total cards query_charge"), 3);
  world.pass(std::chrono::minutes(5));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
}

GatewayResult taken_for_a_risk() {
  GatewayResult result = said(Outcome::kDeclined);
  result.reason = "risk_rejected";
  result.three_d_secure_helps = true;
  return result;
}

TEST(Charges, a_card_taken_for_a_risk_goes_out_again_with_three_d_secure_and_never_a_third_time) {
  OutboxWorld world;
  world.gateway.script = {taken_for_a_risk(), taken_for_a_risk()};
  CreatePayment create = world.card({{"a", kFee}});
  create.return_url = "https://portal.example.invalid/";
  create.charge->instalments = 9;
  const Payment payment = world.created(create);
  world.settle_for_good();
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit", "submit"));
  EXPECT_NE(world.gateway.references[0], world.gateway.references[1]);
  EXPECT_TRUE(world.gateway.last_charge.three_d_secure);
  EXPECT_EQ(world.gateway.last_charge.token, "tok_1");
  EXPECT_EQ(world.gateway.last_charge.instalments, 9);
  EXPECT_EQ(world.now(payment).attempts.size(), 2U);
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
}

TEST(Charges, without_a_way_back_or_after_no_answer_no_card_goes_out_again) {
  OutboxWorld world;
  world.gateway.script = {taken_for_a_risk()};
  const Payment no_way_back = world.pay_by_card();
  world.settle_for_good();
  world.gateway.script = {timed_out(), taken_for_a_risk()};
  CreatePayment create = world.card({{"a", kFee}});
  create.return_url = "https://portal.example.invalid/";
  const Payment unknown = world.created(create);
  world.settle_for_good();
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit", "submit", "query"));
  EXPECT_EQ(world.now(no_way_back).attempts.size(), 1U);
  EXPECT_EQ(world.now(unknown).attempts.size(), 1U);
  EXPECT_EQ(world.attempt(unknown).decline_reason, "risk_rejected");
}

// ---- What a card holds ----

GatewayResult authorized() {
  return said(Outcome::kAuthorized, kFee);
}
Payment pay_held(OutboxWorld& world) {
  world.gateway.script = {authorized()};
  CreatePayment create = world.card({{"a", kFee}});
  create.charge->hold = std::chrono::hours(120);
  const Payment payment = world.created(create);
  world.settle();
  EXPECT_FALSE(world.gateway.last_charge.capture);
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kAuthorized);
  world.gateway.calls.clear();
  return payment;
}
void capture(OutboxWorld& world, const Payment& payment) {
  const Reply reply = world.ask(PaymentCommand{CapturePayment{payment.id, std::nullopt}});
  ASSERT_TRUE(reply.outcome.ok());
}
void release(OutboxWorld& world, const Payment& payment) {
  const Reply reply = world.ask(PaymentCommand{ReleasePayment{payment.id, "ya no"}});
  ASSERT_TRUE(reply.outcome.ok());
}

TEST(Holds, a_capture_collects_the_whole_amount_once_and_only_then_is_it_paid) {
  OutboxWorld world;
  const Payment payment = pay_held(world);
  EXPECT_EQ(world.balance("assets:clearing:cards"), Money{});
  capture(world, payment);
  world.gateway.script = {approved()};
  world.settle();
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_EQ(world.gateway.last_captured, kFee);
  EXPECT_EQ(world.balance("assets:clearing:cards"), kFee);
  world.pass(std::chrono::hours(121));
  EXPECT_THAT(world.gateway.calls, ElementsAre("capture"));
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
}

TEST(Holds, a_capture_without_an_answer_is_asked_about_and_sent_again_only_when_it_never_arrived) {
  OutboxWorld world;
  const Payment payment = pay_held(world);
  capture(world, payment);
  world.gateway.script = {timed_out()};
  world.settle();
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kCapturing);
  world.gateway.script = {timed_out(), authorized(), timed_out(), approved()};
  while (!world.gateway.script.empty())
    world.pass(std::chrono::minutes(1));
  EXPECT_THAT(world.gateway.calls, ElementsAre("capture", "query", "query", "capture", "query"));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_EQ(world.balance("assets:clearing:cards"), kFee);
}

TEST(Holds, a_refused_capture_can_be_asked_for_again_and_the_end_still_releases) {
  OutboxWorld world;
  const Payment payment = pay_held(world);
  capture(world, payment);
  world.gateway.script = {authorized()};
  world.settle();
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kAuthorized);
  GatewayResult released = said(Outcome::kDeclined);
  released.reason = "cancelled";
  world.gateway.script = {released};
  world.pass(std::chrono::hours(120));
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kDeclined);
  EXPECT_EQ(world.attempt(payment).decline_reason, "released");
  EXPECT_THAT(world.gateway.calls, ElementsAre("capture", "release"));
  EXPECT_EQ(world.balance("assets:clearing:cards"), Money{});
}

TEST(Holds, a_release_is_repeated_until_the_card_holds_nothing) {
  OutboxWorld world;
  const Payment payment = pay_held(world);
  release(world, payment);
  world.gateway.script = {timed_out(), authorized(), said(Outcome::kDeclined)};
  world.settle();
  while (!world.gateway.script.empty())
    world.pass(std::chrono::minutes(1));
  EXPECT_THAT(world.gateway.calls, ElementsAre("release", "query", "release"));
  EXPECT_EQ(world.attempt(payment).decline_reason, "released");
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
}

TEST(Holds, a_gateway_without_a_release_is_asked_once_and_never_captures_it_again) {
  OutboxWorld world;
  world.gateways.rows["cards"].release = nullptr;
  const Payment payment = pay_held(world);
  release(world, payment);
  world.gateway.script = {authorized()};
  world.settle_for_good();
  EXPECT_THAT(world.gateway.calls, ElementsAre("query"));
  EXPECT_EQ(world.attempt(payment).decline_reason, "released");
  // Somebody captured it at the gateway first: the money counts.
  const Payment captured = pay_held(world);
  release(world, captured);
  world.gateway.script = {approved()};
  world.settle();
  EXPECT_EQ(world.now(captured).state, PaymentState::kPaid);
}

}  // namespace
}  // namespace erario::test
