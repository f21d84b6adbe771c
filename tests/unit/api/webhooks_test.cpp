// Endpoints of webhooks and the log of deliveries: who may see, make and change what.
#include <gtest/gtest.h>

#include "api/webhook_body.hpp"
#include "engine/runtime/webhook_secret.hpp"
#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

using testing::Answered;
using testing::World;

class AnyUrl final : public WebhookSender {
 public:
  Result<void> check(std::string_view url) const override {
    if (url.starts_with("https://") || url.starts_with("HTTPS://")) return {};
    return field_error("url", "must be https");
  }
  Task<WebhookAnswer> post(WebhookCall) override { co_return WebhookAnswer(); }
};

class Webhooks : public ::testing::Test {
 protected:
  Webhooks() { world.context->webhook_sender = &sender; }

  Answered make(const std::string& key, boost::json::object body = {}) {
    if (!body.contains("url")) body["url"] = "https://portal.example/" + std::to_string(++made_);
    return world.call("POST", "/v1/webhook-endpoints", key, boost::json::serialize(body));
  }
  std::string path_of(const Answered& endpoint) {
    return "/v1/webhook-endpoints/" + std::string(endpoint.json.at("id").as_string());
  }
  std::vector<WebhookDelivery> owed() {
    return world.store->webhooks().deliveries({}, Page{200, ""})->rows;
  }

  AnyUrl sender;
  World world;

 private:
  int made_ = 0;
};

TEST_F(Webhooks, ASecretIsShownOnceAndStoredEncrypted) {
  const Answered made = make(world.portal);
  ASSERT_EQ(made.status(), 201) << made.response.body;
  EXPECT_EQ(made.header("cache-control"), "no-store");
  const std::string secret(made.json.at("secret").as_string());
  const Answered shown = world.get(path_of(made), world.portal);
  EXPECT_EQ(shown.status(), 200);
  EXPECT_EQ(shown.response.body.find("whsec_"), std::string::npos);
  const auto stored = world.store->webhooks().endpoints("portal-norte");
  ASSERT_EQ(stored->size(), 1U);
  const auto keys = signing_keys(stored->front(), world.context->quote_secret, world.clock.now());
  ASSERT_TRUE(keys.ok());
  EXPECT_EQ("whsec_" + to_base64(keys->front().reveal()), secret);
  EXPECT_EQ(stored->front().secrets[0].sealed.find(secret.substr(6)), std::string::npos);
}

TEST_F(Webhooks, ABodyThatBreaksARuleNamesTheFieldAndStoresNothing) {
  struct Case {
    std::string body;
    std::string pointer;
  };
  const std::vector<Case> cases{
      {"{}", "/url"},
      {R"({"url":"http://portal.example/"})", "/url"},
      {R"({"url":"https://a.example/","events":["payment.captured","no.such"]})", "/events/1"},
      {R"({"url":"https://a.example/","events":["attempt.started"]})", "/events/0"},
      {R"({"url":"https://a.example/","events":[]})", "/events"},
      {R"({"url":"https://a.example/","events":"payment.captured"})", "/events"},
      {R"({"url":"https://a.example/","everything":true})", "/everything"},
      {R"({"url":"https://a.example/","secret":"whsec_x"})", "/secret"},
  };
  for (const Case& row : cases) {
    const Answered told = world.call("POST", "/v1/webhook-endpoints", world.portal, row.body);
    EXPECT_EQ(told.status(), 422) << row.body;
    EXPECT_EQ(told.json.at("errors").at(0).at("pointer").as_string(), row.pointer) << row.body;
  }
  EXPECT_EQ(make(world.finance, {{"everything", true}}).status(), 201);
  EXPECT_EQ(world.store->webhooks().endpoints("")->size(), 1U);
}

TEST_F(Webhooks, AnOwnerHasAUrlOnceAndNotTooManyOfThem) {
  const boost::json::object same{{"url", "https://portal.example/same"}};
  EXPECT_EQ(make(world.portal, same).json.at("url").as_string(), "https://portal.example/same");
  EXPECT_EQ(make(world.portal, same).code(), "state.conflict");
  for (const char* alike : {"HTTPS://portal.example/same", "https://PORTAL.example:443/same"})
    EXPECT_EQ(make(world.portal, {{"url", alike}}).code(), "state.conflict") << alike;
  EXPECT_EQ(make(world.other_portal, {{"url", "https://Portal.Example/same"}}).json.at("url"),
            "https://portal.example/same");
  for (int number = 1; number < 16; ++number)
    EXPECT_EQ(make(world.portal).status(), 201) << number;
  const Answered refused = make(world.portal);
  EXPECT_EQ(refused.status(), 409);
  EXPECT_TRUE(refused.json.at("detail").as_string().ends_with(": 16")) << refused.response.body;
  EXPECT_EQ(make(world.other_portal).status(), 201);
}

TEST_F(Webhooks, AnotherPortalsEndpointsAndDeliveriesDoNotExist) {
  const std::string path = path_of(make(world.portal));
  world.paid_payment();
  ASSERT_FALSE(owed().empty());
  const std::string delivery = "/v1/webhook-deliveries/" + owed().front().id.text();
  const auto rows = [](const Answered& list) { return list.json.at("data").as_array().size(); };
  for (const std::string_view method : {"GET", "DELETE"})
    EXPECT_EQ(world.call(method, path, world.other_portal).status(), 404) << method;
  EXPECT_EQ(world.call("POST", path + "/rotate", world.other_portal, "{}").status(), 404);
  EXPECT_EQ(world.call("POST", path + "/enable", world.other_portal).status(), 404);
  EXPECT_EQ(world.get(delivery, world.other_portal).status(), 404);
  EXPECT_EQ(world.call("POST", delivery + "/resend", world.other_portal).status(), 404);
  EXPECT_EQ(rows(world.get("/v1/webhook-endpoints", world.other_portal)), 0U);
  EXPECT_EQ(rows(world.get("/v1/webhook-deliveries", world.other_portal)), 0U);
  EXPECT_EQ(rows(world.get("/v1/webhook-endpoints", world.finance)), 1U);
  EXPECT_EQ(rows(world.get("/v1/webhook-deliveries?state=due", world.portal)), owed().size());
  EXPECT_EQ(rows(world.get("/v1/webhook-deliveries?state=dead", world.portal)), 0U);
  EXPECT_EQ(world.get("/v1/webhook-deliveries?state=lost", world.portal).code(), "field.invalid");
  EXPECT_EQ(world.get("/v1/webhook-deliveries?endpoint=x", world.portal).code(), "field.invalid");
}

TEST_F(Webhooks, RotatedSecretsSignBesideEachOtherUntilTheyExpire) {
  const std::string path = path_of(make(world.portal));
  const auto rotate = [&](const std::string& body) {
    return world.call("POST", path + "/rotate", world.portal, body);
  };
  const auto signing = [&] {
    const auto endpoint = world.store->webhooks().endpoints("portal-norte")->front();
    return signing_keys(endpoint, world.context->quote_secret, world.clock.now())->size();
  };
  EXPECT_EQ(rotate(R"({"overlap_hours":200})").status(), 422);
  EXPECT_EQ(rotate(R"({"overlap_hours":2})").status(), 200);
  EXPECT_EQ(signing(), 2U);
  EXPECT_EQ(rotate("").status(), 200) << "nothing need be said";
  EXPECT_EQ(signing(), 3U);
  world.clock.advance(std::chrono::hours(2));
  EXPECT_EQ(signing(), 2U);
  EXPECT_EQ(rotate(R"({"overlap_hours":0})").status(), 200);
  EXPECT_EQ(signing(), 1U);
  for (int times = 0; times < 3; ++times)
    EXPECT_EQ(rotate("{}").status(), 200);
  EXPECT_EQ(rotate("{}").code(), "state.conflict");
}

TEST_F(Webhooks, ADeliveryIsSentAgainOnlyWhileItsEndpointWantsIt) {
  const std::string path = path_of(make(world.portal));
  world.paid_payment();
  WebhookDelivery dead = owed().front();
  dead.state = DeliveryState::kDead;
  dead.tries = 17;
  Command command;
  command.id = new_id<CommandId>(world.clock, world.random);
  command.body = UpdateJobs{};
  command.delivery_updates = {dead};
  world.run(std::move(command));
  const std::string resend = "/v1/webhook-deliveries/" + dead.id.text() + "/resend";
  const Answered again = world.call("POST", resend, world.portal);
  EXPECT_EQ(again.status(), 202) << again.response.body;
  EXPECT_EQ(again.json.at("state").as_string(), "due");
  EXPECT_EQ(world.store->webhooks().delivery(dead.id)->tries, 0);
  const Answered pruned = world.call(
      "POST", "/v1/webhook-deliveries/whd_" + std::string(32, '0') + "/resend", world.portal);
  EXPECT_EQ(pruned.status(), 404);
  EXPECT_TRUE(pruned.json.at("detail").as_string().ends_with("is kept for 30 days"));
  EXPECT_EQ(world.call("DELETE", path, world.portal).status(), 200);
  EXPECT_EQ(world.call("POST", resend, world.portal).code(), "state.conflict");
  EXPECT_EQ(world.get(path, world.portal).status(), 404);
}

TEST_F(Webhooks, ADeliveryThatIsPrunedMeanwhileIsNotSaidToBeSent) {
  make(world.portal);
  world.paid_payment();
  WebhookDelivery ended = owed().front();
  ended.state = DeliveryState::kDelivered;
  ended.tried_at = world.clock.now();
  Command command;
  command.id = new_id<CommandId>(world.clock, world.random);
  command.body = UpdateJobs{};
  command.delivery_updates = {ended};
  world.run(std::move(command));
  int pruned = 0;
  // Between the look at it and the commit.
  world.context->submit = [&](Command resend) {
    pruned = *world.store->webhooks().prune(world.clock.now() + std::chrono::hours(1), 1'000);
    return submit(*world.lane, std::move(resend));
  };
  const Answered told =
      world.call("POST", "/v1/webhook-deliveries/" + ended.id.text() + "/resend", world.portal);
  EXPECT_EQ(pruned, 1);
  EXPECT_EQ(told.status(), 404) << told.response.body;
  EXPECT_TRUE(told.json.at("detail").as_string().ends_with("is kept for 30 days"));
}

TEST_F(Webhooks, ABodyShowsThePaymentAndThePartItIsAbout) {
  make(world.portal);
  const std::string payment = world.paid_payment();
  const auto endpoint = world.store->webhooks().endpoints("portal-norte")->front();
  std::map<std::string, boost::json::value> by_type;
  for (const WebhookDelivery& delivery : owed()) {
    const auto body = webhook_body(*world.context, delivery, endpoint);
    ASSERT_TRUE(body.ok());
    const auto json = *parse_json(*body);
    EXPECT_EQ(json.at("id").as_string(), delivery.event.text());
    EXPECT_EQ(json.at("data").at("payment"),
              world.get("/v1/payments/" + payment, world.portal).json);
    by_type[delivery.type] = json.at("data");
  }
  EXPECT_EQ(by_type.size(), 3U);
  EXPECT_EQ(by_type.at("payment.captured").at("attempt").at("state").as_string(), "succeeded");
  EXPECT_EQ(by_type.at("receipt.issued").at("receipt").at("receipt").at("payment").as_string(),
            payment);
  WebhookDelivery lost = owed().front();
  lost.subject = "pay_" + std::string(32, '0');
  EXPECT_EQ(webhook_body(*world.context, lost, endpoint).error().code, ErrorCode::kNotFound);
}

TEST(WebhooksOff, AnInstallationThatSendsNoneSaysSo) {
  World world;
  const Answered told = world.call("POST", "/v1/webhook-endpoints", world.portal,
                                   R"({"url":"https://portal.example/"})");
  EXPECT_EQ(told.code(), "state.conflict");
}

}  // namespace
}  // namespace erario::api
