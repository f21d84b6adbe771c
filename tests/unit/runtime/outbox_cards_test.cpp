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

}  // namespace
}  // namespace erario::test
