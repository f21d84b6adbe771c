// Which gateway a card goes to, through the API: asked before a token is made, and chosen without
// one.
#include <gtest/gtest.h>

#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;
using testing::Answered;
using testing::World;

RoutingRule to(std::string name, std::vector<WeightedGateway> gateways) {
  RoutingRule rule;
  rule.name = std::move(name);
  rule.gateways = std::move(gateways);
  return rule;
}

class ApiRoutes : public ::testing::Test {
 protected:
  ApiRoutes() {
    world.gateways.rows["second"] = {.gateway = &second};
    RoutingTable rules{to("amex", {{"openpay"}}), to("passports", {{"second"}})};
    rules[0].card_brands = {CardBrand::kAmex};
    rules[1].agencies = {"sre"};
    CHECK(world.router.replace(rules).ok());
  }
  Answered ask(json::value body) {
    return world.call("POST", "/v1/routes", world.portal, json::serialize(body));
  }
  std::string asked(json::value body) {
    const Answered answered = ask(std::move(body));
    EXPECT_EQ(answered.status(), 200) << answered.response.body;
    return std::string(answered.json.at("gateway").as_string());
  }
  json::value payment_body(json::value card) {
    json::value body = world.card_payment_body();
    body.as_object()["card"] = std::move(card);
    body.as_object()["return_url"] = "https://portal.example/vuelta";
    return body;
  }
  std::string chosen(json::value card) {
    const Answered made = world.post("/v1/payments", world.portal, payment_body(std::move(card)));
    EXPECT_EQ(made.status(), 201) << made.response.body;
    return std::string(made.json.at("attempts").at(0).at("gateway").as_string());
  }

  testing::FakeGateway second{"second", testing::card_capabilities()};
  World world;
};

TEST_F(ApiRoutes, TheRulesAnswerBeforeATokenIsMade) {
  EXPECT_EQ(asked({{"quote", world.quote()}}), "second");
  EXPECT_EQ(asked({{"quote", world.quote()}, {"card", {{"brand", "amex"}}}}), "openpay");
  EXPECT_EQ(asked({{"quote", world.quote("inm.card.replacement")}}), "openpay")
      << "no rule decides: the default";
  const Answered answered = ask({{"quote", world.quote()}});
  EXPECT_TRUE(answered.json.at("healthy").as_bool());
  EXPECT_TRUE(answered.json.at("hosted_page").as_bool());
}

TEST_F(ApiRoutes, AChargeWithoutATokenIsRoutedAndATokenGoesWhereThePortalSays) {
  EXPECT_EQ(chosen(json::object{}), "second");
  EXPECT_EQ(chosen({{"brand", "amex"}}), "openpay");
  EXPECT_EQ(chosen({{"token", "tok_ficticio"}}), "openpay") << "the default, as ever";
  EXPECT_EQ(chosen({{"token", "tok_ficticio"}, {"gateway", "second"}}), "second");
  EXPECT_EQ(chosen({{"gateway", "openpay"}}), "openpay");
}

TEST_F(ApiRoutes, ACardWithoutATokenGoesWhereThereIsAPage) {
  Capabilities tokens_only = testing::card_capabilities();
  tokens_only.hosted_page = false;
  testing::FakeGateway other{"other", tokens_only};
  world.gateways.rows["other"] = {.gateway = &other};
  world.context->settings.default_card_gateway = "other";
  ASSERT_TRUE(world.router.replace({to("all", {{"other", 1'000}, {"second", 1}})}).ok());
  EXPECT_EQ(asked({{"quote", world.quote()}}), "other");
  EXPECT_EQ(asked({{"quote", world.quote()}, {"card", {{"hosted_page", true}}}}), "second");
  EXPECT_EQ(chosen(json::object{}), "second");
  ASSERT_TRUE(world.router.replace({to("all", {{"other", 1}})}).ok());
  EXPECT_EQ(chosen(json::object{}), "openpay") << "no rule has a page, nor has the default";
  EXPECT_EQ(chosen({{"token", "tok_ficticio"}}), "other");
  world.gateways.rows.erase("other");
}

TEST_F(ApiRoutes, AGatewayThatDoesNotAnswerGetsNothingNewWhileAnotherCan) {
  RoutingTable rules{to("both", {{"second", 1'000}, {"openpay", 1}})};
  ASSERT_TRUE(world.router.replace(rules).ok());
  for (int i = 0; i < 3; ++i)
    world.router.record("second", false);
  EXPECT_EQ(asked({{"quote", world.quote()}}), "openpay");
  EXPECT_EQ(chosen(json::object{}), "openpay");
}

TEST_F(ApiRoutes, AfterARefusalBeforeTheBankAnotherAttemptIsSentElsewhere) {
  RoutingTable rules{to("both", {{"second", 1'000}, {"openpay", 1}})};
  ASSERT_TRUE(world.router.replace(rules).ok());
  json::value body = payment_body({{"token", "tok_ficticio"}, {"gateway", "second"}});
  const Answered made = world.post("/v1/payments", world.portal, std::move(body));
  const std::string id(made.json.at("id").as_string());
  const Payment payment = *world.store->reader().payment(*PaymentId::parse(id));
  GatewayResult refused;
  refused.outcome = Outcome::kDeclined;
  refused.reason = "not_sent";
  Command command;
  command.id = new_id<CommandId>(world.clock, world.random);
  command.body = PaymentCommand{RecordCharge{payment.id, payment.attempts[0].id, refused}};
  world.run(std::move(command));
  EXPECT_EQ(asked({{"payment", id}}), "openpay");
  const Answered again =
      world.post("/v1/payments/" + id + "/attempts", world.portal, {{"card", json::object{}}});
  ASSERT_EQ(again.status(), 201) << again.response.body;
  EXPECT_EQ(again.json.at("attempts").at(1).at("gateway"), "openpay");
  EXPECT_EQ(again.json.at("attempts").at(0).at("decline_reason"), "not_sent");
}

TEST_F(ApiRoutes, WhatIsNotAQuestionIsRefusedByField) {
  const auto pointer = [&](json::value body) {
    const Answered answered = ask(std::move(body));
    EXPECT_GE(answered.status(), 400) << answered.response.body;
    const auto* errors = answered.json.as_object().if_contains("errors");
    return errors == nullptr ? answered.code()
                             : std::string(errors->at(0).at("pointer").as_string());
  };
  const json::value quote = world.quote();
  const std::string foreign(
      world.post("/v1/payments", world.other_portal, world.card_payment_body())
          .json.at("id")
          .as_string());
  EXPECT_EQ(pointer(json::object{}), "/quote");
  EXPECT_EQ(pointer({{"quote", quote}, {"payment", foreign}}), "/quote");
  EXPECT_EQ(pointer({{"payment", "pay_1"}}), "/payment");
  EXPECT_EQ(pointer({{"payment", foreign}}), "not_found");
  EXPECT_EQ(pointer({{"quote", quote}, {"card", {{"brand", "diners"}}}}), "/card/brand");
  EXPECT_EQ(pointer({{"quote", quote}, {"cards", 1}}), "/cards");
}

}  // namespace
}  // namespace erario::api
