// What the outbox does with a charge that is paid by transfer: it waits as long as the payer may.
#include <gmock/gmock.h>

#include "tests/unit/runtime/outbox_world.hpp"

namespace erario::test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::ElementsAre;

GatewayResult named() {
  GatewayResult result = said(Outcome::kNeedsAction);
  result.pay_to = TransferAccount{"646180999900000016", "STP"};
  return result;
}
GatewayResult expired() {
  GatewayResult result = said(Outcome::kDeclined);
  result.reason = "expired";
  return result;
}

class TransferWorld : public OutboxWorld {
 public:
  Payment pay_by_transfer(hours life) {
    gateway.script = {named()};
    CreatePayment create = card({{"a", kFee}});
    create.method = Method::kSpei;
    create.charge->token.clear();
    create.expires_at = clock.now() + life;
    const Payment payment = created(create);
    settle();
    gateway.calls.clear();
    return now(payment);
  }
  // Lets time pass, a quarter of an hour at a step; every question is answered by `answer`.
  void wait_out(hours time, const GatewayResult& answer) {
    for (hours::rep quarter = 0; quarter < time.count() * 4; ++quarter) {
      gateway.script.assign(4, answer);
      pass(minutes(15));
    }
    gateway.script.clear();
  }
};

TEST(Transfers, the_gateway_hears_of_the_method_and_of_the_payments_expiry) {
  TransferWorld world;
  const Payment payment = world.pay_by_transfer(hours(24));
  EXPECT_EQ(world.gateway.last_charge.method, Method::kSpei);
  EXPECT_EQ(world.gateway.last_charge.expires_at, payment.expires_at);
  EXPECT_EQ(clabe_to_pay(payment), "646180999900000016");
}

TEST(Transfers, a_payer_has_days_and_the_question_outlives_them) {
  TransferWorld world;
  const Payment payment = world.pay_by_transfer(hours(6 * 24));
  world.wait_out(hours(5 * 24), named());
  EXPECT_LT(world.gateway.calls.size(), 3U * 24 * 6) << "seldom";
  EXPECT_EQ(world.reader().stats()->jobs_due, 1) << "nobody gave up";
  world.gateway.script = {approved()};
  world.pass(minutes(30));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_EQ(world.balance("assets:clearing:cards"), kFee);
}

TEST(Transfers, the_gateway_is_asked_as_soon_as_the_time_is_over) {
  TransferWorld world;
  const Payment payment = world.pay_by_transfer(hours(24));
  world.wait_out(hours(23), named());
  world.gateway.script.assign(9, named());
  using std::chrono::seconds;
  world.pass(std::chrono::floor<seconds>(payment.expires_at - world.clock.now()) - seconds(1));
  world.gateway.calls.clear();
  world.gateway.script = {named(), expired()};
  world.pass(std::chrono::seconds(3));
  EXPECT_THAT(world.gateway.calls, ElementsAre("query")) << "a gateway's clock may be slow";
  world.pass(std::chrono::seconds(4));
  EXPECT_THAT(world.gateway.calls, ElementsAre("query", "query"));
  EXPECT_EQ(world.attempt(payment).decline_reason, "expired");
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting) << "which now may expire";
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
}

TEST(Transfers, a_gateway_that_never_tells_the_end_is_left_to_a_person) {
  TransferWorld world;
  const Payment payment = world.pay_by_transfer(hours(24));
  world.wait_out(hours(24 + 40), named());
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
  EXPECT_EQ(world.reader().stats()->jobs_dead, 1);
  EXPECT_EQ(world.now(payment).state, PaymentState::kProcessing);
}

TEST(Transfers, an_account_is_given_up_until_the_gateway_says_so) {
  TransferWorld world;
  const Payment payment = world.pay_by_transfer(hours(24));
  ASSERT_TRUE(world.ask(PaymentCommand{ReleasePayment{payment.id, "ya no"}}).outcome.ok());
  GatewayResult cancelled = said(Outcome::kDeclined);
  cancelled.reason = "cancelled";
  world.gateway.script = {timed_out(), named(), cancelled};
  world.settle();
  while (!world.gateway.script.empty())
    world.pass(minutes(1));
  EXPECT_EQ(world.attempt(payment).decline_reason, "released");
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
}

}  // namespace
}  // namespace erario::test
