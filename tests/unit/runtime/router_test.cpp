#include "engine/runtime/router.hpp"

#include "tests/unit/runtime/outbox_world.hpp"

namespace erario::test {
namespace {

using std::chrono::seconds;

TEST(GatewayHealth, is_silent_while_most_of_the_last_calls_go_unanswered) {
  RecentOutcomes outcomes;
  Instant now = kStart;
  EXPECT_FALSE(outcomes.silent(now)) << "nothing is known";
  outcomes.add(false, now);
  outcomes.add(false, now);
  EXPECT_FALSE(outcomes.silent(now)) << "two may be chance";
  outcomes.add(false, now);
  EXPECT_TRUE(outcomes.silent(now));
  EXPECT_FALSE(outcomes.silent(now + RecentOutcomes::kRest + seconds(1))) << "another chance";
  for (int i = 0; i < 3; ++i)
    outcomes.add(true, now);
  EXPECT_FALSE(outcomes.silent(now)) << "half of them were answered";
  now += RecentOutcomes::kAgeMax + seconds(1);
  for (int i = 0; i < 3; ++i)
    outcomes.add(false, now);
  EXPECT_TRUE(outcomes.silent(now)) << "old answers do not count";
  for (std::size_t i = 0; i < RecentOutcomes::kKept; ++i)
    outcomes.add(true, now);
  EXPECT_FALSE(outcomes.silent(now)) << "only the last are kept";
}

class Switch final : public Circuit {
 public:
  bool is_open() const override { return open; }
  bool open = false;
};

class PageGateway final : public Gateway {
 public:
  explicit PageGateway(std::string name, Method method = Method::kCard)
      : name_(std::move(name)), method_(method) {}
  std::string_view name() const override { return name_; }
  Capabilities capabilities() const override {
    Capabilities can;
    can.cards = method_ == Method::kCard;
    can.transfers = method_ == Method::kSpei;
    can.hosted_page = page;
    return can;
  }
  Task<GatewayResult> submit(ChargeRequest request) override {
    references.push_back(request.reference);
    co_return answer_;
  }
  Task<GatewayResult> query(ChargeQuery) override { co_return timed_out(); }
  Result<InboundMeaning> parse(const InboundCall&) override { return InboundMeaning{}; }
  InboundAnswer answer(const InboundCall&, bool, std::string_view) override { return {}; }
  void says(GatewayResult result) { answer_ = std::move(result); }

  bool page = true;
  std::vector<std::string> references;

 private:
  std::string name_;
  Method method_;
  GatewayResult answer_ = timed_out();
};

RoutingTable both() {
  RoutingRule rule;
  rule.name = "both";
  rule.gateways = {{"cards", 1}, {"second", 1'000}};
  return {rule};
}

class RouterTest : public ::testing::Test {
 protected:
  RouterTest() {
    gateways_.rows["cards"] = {.gateway = &first_, .circuit = &circuit_};
    gateways_.rows["second"] = {.gateway = &second_};
    gateways_.rows["spei"] = {.gateway = &transfers_};
  }
  std::string chosen(RouteNeeds needs = {}) {
    const auto route = router_.route(RouteRequest{}, needs);
    return route ? route->gateway : "none";
  }

  TestClock clock_;
  TestMetrics metrics_;
  PageGateway first_{"cards"};
  PageGateway second_{"second"};
  PageGateway transfers_{"spei", Method::kSpei};
  Switch circuit_;
  GatewaySet gateways_;
  Router router_{gateways_, clock_, metrics_};
};

TEST_F(RouterTest, refuses_rules_that_name_what_takes_no_cards_and_keeps_those_in_force) {
  ASSERT_TRUE(router_.replace(both()).ok());
  EXPECT_EQ(chosen(), "second");
  for (const std::string gateway : {"third", "spei"}) {
    RoutingTable wrong = both();
    wrong[0].gateways = {{gateway, 1}};
    const auto refused = router_.replace(wrong);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kConfigInvalid);
    EXPECT_EQ(refused.error().fields.at(0).pointer, "route.both.gateways." + gateway);
    EXPECT_EQ(chosen(), "second");
  }
  EXPECT_GT(metrics_.counted("erario_routes_total both second"), 0);
}

TEST_F(RouterTest, looks_at_what_a_gateway_can_do_and_how_it_fares) {
  ASSERT_TRUE(router_.replace(both()).ok());
  second_.page = false;
  EXPECT_EQ(chosen({.hosted_page = true}), "cards");
  EXPECT_EQ(chosen({.instalments = true}), "none");
  EXPECT_EQ(chosen({.without = {"second"}}), "cards");
  circuit_.open = true;
  EXPECT_EQ(chosen({.hosted_page = true}), "cards") << "no other has a page";
  EXPECT_EQ(chosen({.hosted_page = true, .healthy = true}), "none");
  circuit_.open = false;
  for (int i = 0; i < 3; ++i)
    router_.record("second", false);
  EXPECT_FALSE(router_.healthy("second"));
  EXPECT_EQ(chosen(), "cards");
}

TEST_F(RouterTest, sends_transfers_by_rules_of_their_own) {
  RouteRequest asked;
  asked.method = Method::kSpei;
  ASSERT_TRUE(router_.replace(both()).ok());
  EXPECT_FALSE(router_.route(asked, {})) << "those rules are about cards";
  RoutingTable table = both();
  table[0].method = Method::kSpei;
  EXPECT_FALSE(router_.replace(table).ok()) << "they name what takes no transfers";
  table[0].gateways = {{"spei", 1}};
  ASSERT_TRUE(router_.replace(table).ok());
  EXPECT_EQ(router_.route(asked, {})->gateway, "spei");
  EXPECT_EQ(router_.route(asked, {.charge = true})->gateway, "spei");
  EXPECT_EQ(chosen(), "none") << "and this one is not about cards";
  EXPECT_EQ(router_.gateway_for_transfers(), "spei");
}

// ---- Failover by the outbox ----

class FailoverWorld : public OutboxWorld {
 public:
  FailoverWorld() {
    stop();
    gateways.rows["cards"] = {.gateway = &first};
    gateways.rows["second"] = {.gateway = &second};
    CHECK(router.replace(both()).ok());
    second.says(approved());
    OutboxDependencies with{&reader(), &lane(), &gateways, &clock, &random, &metrics};
    with.router = &router;
    outbox = std::make_unique<Outbox>(with, io.get_executor());
    lane().on_new_jobs([this] { outbox->wake(); });
    boost::asio::co_spawn(io, outbox->run(), boost::asio::detached);
  }

  ~FailoverWorld() { stop(); }

  Payment pay(std::string token) {
    CreatePayment create = card({{"a", kFee}});
    create.charge->token = std::move(token);
    return created(std::move(create));
  }

  PageGateway first{"cards"};
  PageGateway second{"second"};
  Router router{gateways, clock, metrics};
};

TEST(Failover, pays_on_the_other_page_what_never_reached_the_first) {
  FailoverWorld world;
  world.first.says(not_sent());
  const Payment payment = world.pay("");
  world.settle();
  const Payment paid = world.now(payment);
  EXPECT_EQ(paid.state, PaymentState::kPaid);
  ASSERT_EQ(paid.attempts.size(), 2U);
  EXPECT_EQ(paid.attempts[0].decline_reason, "not_sent");
  EXPECT_EQ(paid.attempts[1].gateway, "second");
  EXPECT_NE(paid.attempts[0].reference, paid.attempts[1].reference);
  EXPECT_EQ(world.metrics.counted("erario_failovers_total cards second"), 1);
  world.settle_for_good();
  EXPECT_EQ(world.first.references.size(), 1U);
  EXPECT_EQ(world.second.references.size(), 1U);
}

TEST(Failover, leaves_a_charge_alone_that_an_earlier_process_may_have_made) {
  FailoverWorld world;
  // The first call's answer is lost with the process that made it.
  world.first.says(approved());
  world.script.commit = [](LaneStore& real, const Changes& changes) {
    if (changes.updated_jobs.empty()) return real.commit(changes);
    real.rollback();
    return CommitStatus::kFailed;
  };
  const Payment payment = world.pay("");
  world.outbox->wake();
  world.pump();
  EXPECT_EQ(world.first.references.size(), 1U);
  world.stop();
  world.script.commit = nullptr;
  // The next process cannot reach the gateway: it must not go elsewhere.
  world.first.says(not_sent());
  OutboxDependencies with{&world.reader(), &world.lane(), &world.gateways,
                          &world.clock,    &world.random, &world.metrics};
  with.router = &world.router;
  world.outbox = std::make_unique<Outbox>(with, world.io.get_executor());
  boost::asio::co_spawn(world.io, world.outbox->run(), boost::asio::detached);
  world.pass(std::chrono::minutes(5));
  EXPECT_EQ(world.second.references.size(), 0U);
  EXPECT_EQ(world.now(payment).attempts.size(), 1U);
  world.first.says(approved());
  world.pass(std::chrono::minutes(10));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
}

TEST(Failover, lets_a_token_try_its_own_gateway_thrice_and_then_leaves_it_to_the_portal) {
  FailoverWorld world;
  world.first.says(not_sent());
  const Payment payment = world.pay("tok_1");
  world.settle();
  EXPECT_EQ(world.now(payment).state, PaymentState::kProcessing);
  world.pass(std::chrono::seconds(10));
  world.pass(std::chrono::seconds(30));
  const Payment left = world.now(payment);
  EXPECT_EQ(world.first.references.size(), 3U);
  EXPECT_EQ(left.state, PaymentState::kAwaiting);
  ASSERT_EQ(left.attempts.size(), 1U);
  EXPECT_EQ(left.attempts[0].decline_reason, "not_sent");
  EXPECT_EQ(world.second.references.size(), 0U) << "the token is not the second's";
}

TEST(Failover, waits_for_the_only_gateway_there_is) {
  FailoverWorld world;
  RoutingTable only = both();
  only[0].gateways = {{"cards", 1}};
  ASSERT_TRUE(world.router.replace(only).ok());
  world.first.says(not_sent());
  const Payment payment = world.pay("");
  world.settle();
  world.pass(std::chrono::seconds(60));
  EXPECT_EQ(world.now(payment).state, PaymentState::kProcessing);
  world.first.says(approved());
  world.pass(std::chrono::minutes(2));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_EQ(world.now(payment).attempts.size(), 1U);
}

}  // namespace
}  // namespace erario::test
