#include "tests/unit/runtime/outbox_world.hpp"

namespace erario::test {
namespace {

// Takes every charge and says nothing until it is told to: then a decline.
class SilentGateway final : public Gateway {
 public:
  std::string_view name() const override { return "slow"; }
  Capabilities capabilities() const override { return {}; }
  Task<GatewayResult> submit(ChargeRequest) override {
    asked_ += 1;
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor);
    timer.expires_at(boost::asio::steady_timer::time_point::max());
    waiting_.push_back(&timer);
    boost::system::error_code cancelled;
    co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    co_return said(Outcome::kDeclined);
  }
  Task<GatewayResult> query(ChargeQuery) override { co_return timed_out(); }
  Result<InboundMeaning> parse(const InboundCall&) override { return InboundMeaning{}; }
  InboundAnswer answer(const InboundCall&, bool, std::string_view) override { return {}; }

  int asked() const { return asked_; }
  void answer_all() {
    for (boost::asio::steady_timer* timer : std::exchange(waiting_, {}))
      timer->cancel();
  }

 private:
  int asked_ = 0;
  std::vector<boost::asio::steady_timer*> waiting_;
};

TEST(Calls, to_a_slow_gateway_leave_room_for_the_others) {
  OutboxWorld world;
  SilentGateway slow;
  world.gateways.rows["slow"] = {.gateway = &slow,
                                 .limits = {.at_once_max = 5, .per_second_max = 0}};
  // More than one look at the store can see.
  for (int i = 0; i < 3 * kOutboxCallsMax; ++i) {
    CreatePayment create = world.card({{"a", kFee}});
    create.charge->gateway = "slow";
    world.created(std::move(create));
  }
  world.pump();
  EXPECT_EQ(slow.asked(), 5);
  world.gateway.script = {approved()};
  const Payment payment = world.pay_by_card();
  world.pump();
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_EQ(slow.asked(), 5);
  EXPECT_GT(world.metrics.counted("erario_gateway_limit_waits_total slow calls_at_once"), 0);
  // What found no room is due as before: not tried, not lost.
  const std::vector<Job> due = *world.reader().jobs_due(world.clock.now(), 1'000);
  EXPECT_EQ(due.size(), std::size_t{3 * kOutboxCallsMax});
  for (const Job& job : due)
    EXPECT_EQ(job.tries, 0);
  slow.answer_all();
  world.pump();
  EXPECT_EQ(slow.asked(), 10);
  for (int round = 0; round < 3 * kOutboxCallsMax; ++round) {
    slow.answer_all();
    world.pump(1);
  }
  EXPECT_EQ(slow.asked(), 3 * kOutboxCallsMax);
}

TEST(Calls, start_no_faster_than_their_gateway_allows) {
  OutboxWorld world;
  world.gateways.rows["cards"].limits = {.at_once_max = 0, .per_second_max = 2};
  world.gateway.script.assign(5, approved());
  for (int i = 0; i < 5; ++i)
    world.pay_by_card();
  world.pump();
  for (std::size_t calls = 1; calls <= 5; ++calls) {
    EXPECT_EQ(world.gateway.calls.size(), calls);
    world.clock.advance(std::chrono::milliseconds(500));
    world.outbox->wake();
    world.pump();
  }
  EXPECT_EQ(world.folios("a").size(), 5U);
  EXPECT_GT(world.metrics.counted("erario_gateway_limit_waits_total cards calls_per_second"), 0);
}

}  // namespace
}  // namespace erario::test
