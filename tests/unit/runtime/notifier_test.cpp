#include "engine/runtime/notifier.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>

#include "engine/runtime/webhook_secret.hpp"
#include "tests/unit/runtime/support.hpp"

namespace erario::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr Money kFee = Money::from_pesos(900);
const Secret kInstallation("an installation's secret, long enough");

WebhookAnswer said(int status) {
  WebhookAnswer answer;
  answer.status = status;
  return answer;
}
WebhookAnswer no_answer() {
  WebhookAnswer answer;
  answer.failure = "timeout";
  return answer;
}

// Answers from a script, else 200; `held`: not before release().
class ScriptedSender final : public WebhookSender {
 public:
  explicit ScriptedSender(boost::asio::io_context& io) : held_(io) {
    held_.expires_at(boost::asio::steady_timer::time_point::max());
  }
  Result<void> check(std::string_view) const override { return {}; }
  Task<WebhookAnswer> post(WebhookCall call) override {
    calls.push_back(call);
    in_flight[call.url] += 1;
    in_flight_max[call.url] = std::max(in_flight_max[call.url], in_flight[call.url]);
    if (held_url == call.url) {
      boost::system::error_code released;
      co_await held_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, released));
    }
    in_flight[call.url] -= 1;
    WebhookAnswer answer = said(200);
    if (!script.empty()) {
      answer = script.front();
      script.pop_front();
    }
    co_return answer;
  }
  void release() {
    held_url.clear();
    held_.cancel();
  }

  std::deque<WebhookAnswer> script;
  std::vector<WebhookCall> calls;
  std::string held_url;
  std::map<std::string, int> in_flight;
  std::map<std::string, int> in_flight_max;

 private:
  boost::asio::steady_timer held_;
};

class NotifierWorld : public World {
 public:
  NotifierWorld() : sender(io) { start(); }
  ~NotifierWorld() {
    stop();
    end_lane();
  }
  void start() {
    NotifierDependencies with;
    with.store = &webhooks();
    with.lane = &lane();
    with.sender = &sender;
    with.body = [](const WebhookDelivery& delivery, const WebhookEndpoint&) -> Result<std::string> {
      return delivery.type + " of " + delivery.subject;
    };
    with.installation_secret = &kInstallation;
    with.clock = &clock;
    with.random = &random;
    with.metrics = &metrics;
    notifier = std::make_unique<Notifier>(std::move(with), io.get_executor());
    lane().on_deliveries([this] { notifier->wake(); });
    boost::asio::co_spawn(io, notifier->run(), boost::asio::detached);
  }
  void stop() {
    sender.release();
    notifier->stop();
    io.restart();
    io.run_for(std::chrono::seconds(5));
    EXPECT_TRUE(io.stopped()) << "the notifier did not end";
  }
  void run_a_little() {
    for (int round = 0; round < 60; ++round) {
      notifier->wake();
      io.restart();
      io.run_for(std::chrono::milliseconds(1));
    }
  }
  void pass(std::chrono::microseconds time) {
    clock.advance(std::chrono::duration_cast<std::chrono::seconds>(time));
    run_a_little();
  }

  WebhookEndpoint endpoint(const std::string& owner, std::vector<std::string> types = {},
                           bool everything = false) {
    WebhookEndpoint made;
    made.subscription = {id<EndpointId>(), owner, everything, std::move(types)};
    made.url = "https://portal.example/" + made.subscription.endpoint.text();
    made.created_at = clock.now();
    auto secret = make_endpoint_secret(made.subscription.endpoint, kInstallation, clock, random);
    made.secrets = {secret.row};
    CHECK(webhooks().add_endpoint(made).ok());
    return made;
  }
  std::vector<WebhookDelivery> log(const DeliveryFilter& filter = {}) {
    return webhooks().deliveries(filter, Page{200, ""})->rows;
  }
  WebhookDelivery only() {
    const auto rows = log();
    CHECK(rows.size() == 1);
    return rows.front();
  }
  std::vector<std::string> types_for(const WebhookEndpoint& endpoint) {
    DeliveryFilter filter;
    filter.endpoint = endpoint.subscription.endpoint;
    std::vector<std::string> types;
    for (const WebhookDelivery& row : log(filter))
      types.push_back(row.type);
    return types;
  }

  boost::asio::io_context io;
  ScriptedSender sender;
  std::unique_ptr<Notifier> notifier;
};

TEST(WebhookSignature, IsTheOneOfStandardWebhooks) {
  // The example of the specification.
  const std::vector<Secret> keys{Secret(*from_base64("plJ3nmyCDGBKInavdOK15jsl"))};
  const std::string body = R"({"event_type":"ping","data":{"success":true}})";
  EXPECT_EQ(sign_webhook(keys, {"msg_loFOjxBNrRLzqYUf", "1731705121"}, body),
            "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=");
  const std::vector<Secret> two{keys[0], Secret("another")};
  const std::string both = sign_webhook(two, {"msg_loFOjxBNrRLzqYUf", "1731705121"}, body);
  EXPECT_TRUE(both.starts_with("v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0= v1,")) << both;
}

TEST(WebhookSecret, OpensForItsEndpointAndInstallationAlone) {
  TestClock clock;
  TestRandom random;
  WebhookEndpoint endpoint;
  endpoint.subscription.endpoint = new_id<EndpointId>(clock, random);
  const auto made =
      make_endpoint_secret(endpoint.subscription.endpoint, kInstallation, clock, random);
  EXPECT_TRUE(made.text.reveal().starts_with("whsec_"));
  endpoint.secrets = {made.row};
  const auto keys = signing_keys(endpoint, kInstallation, clock.now());
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ("whsec_" + to_base64(keys->at(0).reveal()), made.text.reveal());
  EXPECT_EQ(signing_keys(endpoint, Secret("another"), clock.now()).error().code,
            ErrorCode::kSignatureInvalid);
  endpoint.secrets[0].expires_at = clock.now() + std::chrono::seconds(1);
  EXPECT_EQ(signing_keys(endpoint, kInstallation, clock.now())->size(), 1U);
  clock.advance(std::chrono::seconds(1));
  EXPECT_THAT(*signing_keys(endpoint, kInstallation, clock.now()), IsEmpty());
  endpoint.subscription.endpoint = new_id<EndpointId>(clock, random);
  endpoint.secrets[0].expires_at.reset();
  EXPECT_FALSE(signing_keys(endpoint, kInstallation, clock.now()).ok());
}

TEST(Notifier, every_event_is_owed_once_to_each_endpoint_that_hears_it) {
  NotifierWorld world;
  const auto own = world.endpoint("portal");
  const auto some = world.endpoint("portal", {"receipt.issued"});
  const auto stranger = world.endpoint("another portal");
  const auto treasury = world.endpoint("finance", {}, true);
  const Payment payment = world.paid({{"a", kFee}});
  world.run_a_little();
  EXPECT_THAT(world.types_for(own),
              UnorderedElementsAre("payment.created", "deposit.applied", "receipt.issued"));
  EXPECT_THAT(world.types_for(some), ElementsAre("receipt.issued"));
  EXPECT_THAT(world.types_for(stranger), IsEmpty());
  EXPECT_EQ(world.types_for(treasury).size(), 3U);
  EXPECT_EQ(world.sender.calls.size(), 7U);
  const auto events = *world.reader().events(payment.id.text());
  for (const WebhookDelivery& row : world.log()) {
    EXPECT_EQ(row.state, DeliveryState::kDelivered);
    EXPECT_EQ(row.payment, payment.id);
    EXPECT_TRUE(std::any_of(events.begin(), events.end(),
                            [&](const EventRow& event) { return event.id == row.event; }));
  }
}

TEST(Notifier, what_goes_back_of_a_deposit_is_told_to_the_owner_of_its_payment) {
  NotifierWorld world;
  const auto own = world.endpoint("portal", {"deposit.held", "deposit.return_requested"});
  const auto treasury = world.endpoint("finance", {"deposit.held"}, true);
  const Payment payment = world.created(world.spei({{"a", kFee}}));
  const Deposit held = world.deposit(payment.clabe, Money{100});
  ASSERT_TRUE(world.ask_deposit(held).outcome.ok());
  ASSERT_TRUE(world.ask_deposit(world.deposit("646180123400000999", Money{100})).outcome.ok());
  ReturnDeposit back{held.id, world.id<RefundId>(), "ED1", "short"};
  ASSERT_TRUE(world.ask(DepositCommand{back}).outcome.ok());
  EXPECT_THAT(world.types_for(own),
              UnorderedElementsAre("deposit.held", "deposit.return_requested"));
  EXPECT_EQ(world.types_for(treasury).size(), 2U);
}

TEST(Notifier, tries_again_with_growing_pauses_under_the_same_id_until_it_is_heard) {
  NotifierWorld world;
  world.endpoint("portal", {"payment.created"});
  world.sender.script = {said(500), no_answer(), said(302), said(204)};
  world.created(world.spei({{"a", kFee}}));
  world.run_a_little();
  EXPECT_EQ(world.only().state, DeliveryState::kDue);
  EXPECT_EQ(world.only().failure, "http_500");
  for (const auto pause : {std::chrono::seconds(7), std::chrono::seconds(38)}) {
    const std::size_t before = world.sender.calls.size();
    world.pass(std::chrono::seconds(3));
    EXPECT_EQ(world.sender.calls.size(), before);
    world.pass(pause - std::chrono::seconds(3));
    EXPECT_EQ(world.sender.calls.size(), before + 1);
  }
  EXPECT_EQ(world.only().failure, "http_302");
  world.pass(std::chrono::minutes(3));
  EXPECT_EQ(world.only().state, DeliveryState::kDelivered);
  EXPECT_EQ(world.only().tries, 4);
  EXPECT_EQ(world.only().status, 204);
  for (const WebhookCall& call : world.sender.calls) {
    EXPECT_EQ(call.id, world.only().event.text());
    EXPECT_NE(call.signature, "");
  }
  world.pass(std::chrono::hours(24));
  EXPECT_EQ(world.sender.calls.size(), 4U);
}

TEST(Notifier, gives_up_after_three_days_and_sends_again_what_somebody_asks_for) {
  NotifierWorld world;
  world.endpoint("portal", {"payment.created"});
  world.sender.script.assign(kNotifierTriesMax, said(503));
  world.created(world.spei({{"a", kFee}}));
  const Instant start = world.clock.now();
  world.run_a_little();
  while (world.only().state == DeliveryState::kDue)
    world.pass(world.only().due_at - world.clock.now() + std::chrono::seconds(1));
  EXPECT_EQ(world.only().state, DeliveryState::kDead);
  EXPECT_EQ(world.only().tries, kNotifierTriesMax);
  EXPECT_GT(world.clock.now() - start, std::chrono::hours(71 - 8));
  EXPECT_LT(world.clock.now() - start, std::chrono::hours(92));
  EXPECT_EQ(world.reader().stats()->deliveries_dead, 1);
  WebhookDelivery again = world.only();
  again.state = DeliveryState::kDue;
  again.due_at = world.clock.now();
  again.tries = 0;
  Command command = world.command(UpdateJobs{});
  command.delivery_updates = {again};
  ASSERT_TRUE(world.ask(std::move(command)).outcome.ok());
  world.run_a_little();
  EXPECT_EQ(world.only().state, DeliveryState::kDelivered);
  EXPECT_EQ(world.sender.calls.back().id, world.sender.calls.front().id);
}

TEST(Notifier, a_410_disables_the_endpoint_and_what_is_owed_to_it_is_dead) {
  NotifierWorld world;
  const auto endpoint = world.endpoint("portal");
  world.sender.script = {said(410), said(410), said(410)};
  world.paid({{"a", kFee}});
  world.run_a_little();
  EXPECT_EQ(world.webhooks().endpoint(endpoint.subscription.endpoint)->state,
            EndpointState::kDisabled);
  for (const WebhookDelivery& row : world.log())
    EXPECT_EQ(row.state, DeliveryState::kDead);
  world.paid({{"a", kFee}});
  EXPECT_EQ(world.log().size(), 3U);
}

TEST(Notifier, a_slow_portal_has_few_calls_in_flight_and_keeps_nobody_waiting) {
  NotifierWorld world;
  const auto slow = world.endpoint("portal");
  const auto fast = world.endpoint("portal");
  world.sender.held_url = slow.url;
  for (int i = 0; i < 5; ++i)
    world.paid({{"a", kFee}});
  world.run_a_little();
  DeliveryFilter filter;
  filter.endpoint = fast.subscription.endpoint;
  filter.state = DeliveryState::kDelivered;
  EXPECT_EQ(world.log(filter).size(), 15U);
  EXPECT_EQ(world.sender.in_flight[slow.url], static_cast<int>(kEndpointCallsMax));
  world.sender.release();
  world.run_a_little();
  filter.endpoint = slow.subscription.endpoint;
  EXPECT_EQ(world.log(filter).size(), 15U);
  EXPECT_LE(world.sender.in_flight_max[slow.url], static_cast<int>(kEndpointCallsMax));
}

TEST(Notifier, what_was_sent_and_could_not_be_recorded_is_sent_again_under_the_same_id) {
  NotifierWorld world;
  world.endpoint("portal", {"payment.created"});
  world.script.commit = [](LaneStore& real, const Changes& changes) {
    if (changes.updated_deliveries.empty()) return real.commit(changes);
    real.rollback();
    return CommitStatus::kBroken;
  };
  world.created(world.spei({{"a", kFee}}));
  world.run_a_little();
  ASSERT_FALSE(world.lane().healthy());
  EXPECT_EQ(world.sender.calls.size(), 1U);
  world.stop();
  world.script.commit = nullptr;
  world.close();
  world.open();
  world.start();
  world.run_a_little();
  EXPECT_EQ(world.only().state, DeliveryState::kDelivered);
  EXPECT_EQ(world.sender.calls.size(), 2U);
  EXPECT_EQ(world.sender.calls[0].id, world.sender.calls[1].id);
}

TEST(Notifier, a_secret_that_cannot_be_opened_signs_nothing) {
  NotifierWorld world;
  WebhookEndpoint endpoint = world.endpoint("portal", {"payment.created"});
  endpoint.secrets[0].sealed = to_base64("was made elsewhere, long enough");
  ASSERT_TRUE(world.webhooks().change_endpoint(endpoint).ok());
  world.created(world.spei({{"a", kFee}}));
  world.run_a_little();
  EXPECT_THAT(world.sender.calls, IsEmpty());
  EXPECT_EQ(world.only().failure, "secret_unreadable");
}

}  // namespace
}  // namespace erario::test
