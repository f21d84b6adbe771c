// Where a refund may go, and who is told of whose account.
#include <gtest/gtest.h>

#include "api/webhook_body.hpp"
#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;
using testing::Answered;
using testing::World;

const BankAccount kPayers{"012180000000000015", "LUZ MIRLO FICTICIA", "MIFL850505MDFRCZ07"};
constexpr const char* kOther = "072691004495711499";
constexpr const char* kMasked = "**************0015";

Capabilities paying_out() {
  Capabilities can;
  can.deposits = can.refunds = can.pays_out = true;
  return can;
}

class RefundAccounts : public ::testing::Test {
 protected:
  RefundAccounts() { world.gateways.rows["stp"] = {.gateway = &payer, .refunds = &payer}; }

  // Paid by a transfer from the payer's account.
  std::string paid() {
    const Answered made = world.post("/v1/payments", world.portal, world.spei_payment_body());
    CHECK(made.status() == 201);
    Deposit deposit;
    deposit.id = new_id<DepositId>(world.clock, world.random);
    deposit.key = {"40012", "RASTREO" + std::to_string(++paid_),
                   to_mexico_city(world.clock.now()).date};
    deposit.amount = Money{made.json.at("amount").at("centavos").as_int64()};
    deposit.clabe = std::string(made.json.at("clabe").as_string());
    deposit.gateway = "stp";
    deposit.sender = kPayers;
    deposit.received_at = world.clock.now();
    Command command;
    command.id = new_id<CommandId>(world.clock, world.random);
    command.body = DepositCommand{RecordDeposit{std::move(deposit)}};
    world.run(std::move(command));
    return "/v1/payments/" + std::string(made.json.at("id").as_string());
  }
  Answered refund(const std::string& path, const std::string& key, json::object more = {}) {
    more["reason"] = "error";
    return world.post(path + "/refunds", key, std::move(more));
  }
  // Everything that is told of the payment over HTTP.
  std::string told(const std::string& path, const std::string& key) {
    std::string all;
    for (const char* what : {"", "/refunds", "/events"})
      all += world.get(path + what, key).response.body;
    return all + world.get("/v1/payments", key).response.body;
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  const json::object other{{"destination", {{"clabe", kOther}, {"holder", "LUIS GATO FICTICIO"}}}};
  testing::FakeGateway payer{"stp", paying_out()};
  World world;

 private:
  int paid_ = 0;
};

TEST_F(RefundAccounts, APortalSeesFourDigitsOfWhereTheMoneyCameFromAndFinanceTheAccount) {
  const std::string path = paid();
  const Answered made = refund(path, world.portal);
  ASSERT_EQ(made.status(), 201) << made.response.body;
  EXPECT_EQ(made.json.at("destination").at("clabe"), kMasked);
  EXPECT_TRUE(made.json.at("destination").at("holder").is_null());
  const std::string seen = told(path, world.portal);
  EXPECT_TRUE(has(seen, kMasked));
  for (const std::string& secret : {kPayers.clabe, kPayers.holder, kPayers.rfc_curp})
    EXPECT_FALSE(has(seen, secret)) << secret;
  for (const std::string& key : {world.finance, world.auditor}) {
    EXPECT_TRUE(has(told(path, key), kPayers.clabe));
    EXPECT_TRUE(has(told(path, key), kPayers.holder));
  }
}

TEST_F(RefundAccounts, APortalMayNotNameWhereItGoes) {
  const std::string path = paid();
  const Answered refused = refund(path, world.portal, other);
  EXPECT_EQ(refused.status(), 403);
  EXPECT_EQ(refused.code(), "key.forbidden");
  EXPECT_EQ(refused.json.at("errors").at(0).at("pointer"), "/destination");
  EXPECT_TRUE(world.get(path + "/refunds", world.portal).json.at("data").as_array().empty());
  EXPECT_EQ(refund(path, world.portal).status(), 201) << "back to where it came from";
}

TEST_F(RefundAccounts, WhatFinanceNamesIsHiddenFromThePortal) {
  const std::string path = paid();
  const Answered made = refund(path, world.finance, other);
  ASSERT_EQ(made.status(), 201) << made.response.body;
  EXPECT_EQ(made.json.at("destination").at("clabe"), kOther);
  EXPECT_EQ(made.json.at("destination").at("holder"), "LUIS GATO FICTICIO");
  EXPECT_FALSE(has(told(path, world.portal), kOther));
  EXPECT_FALSE(has(told(path, world.portal), "LUIS GATO"));
}

TEST_F(RefundAccounts, AnAnswerForFinanceIsNotGivenAgainToAPortalOfTheSameOwner) {
  const std::string finance = world.add_key("portal-norte", {Scope::kPortal, Scope::kFinance});
  for (const bool finance_first : {true, false}) {
    const std::string path = paid() + "/refunds";
    const json::object body{{"reason", "error"}};
    const std::string once = finance_first ? "una-vez-1" : "una-vez-2";
    const std::string& first = finance_first ? finance : world.portal;
    const std::string& second = finance_first ? world.portal : finance;
    const Answered made = world.post(path, first, body, once);
    ASSERT_EQ(made.status(), 201) << made.response.body;
    EXPECT_EQ(has(made.response.body, kPayers.clabe), finance_first);
    const Answered refused = world.post(path, second, body, once);
    EXPECT_EQ(refused.status(), 422);
    EXPECT_EQ(refused.code(), "idempotency_key.reused");
    EXPECT_FALSE(has(refused.response.body, kPayers.clabe));
    EXPECT_EQ(world.post(path, first, body, once).response.body, made.response.body);
    EXPECT_EQ(world.get(path, world.finance).json.at("data").as_array().size(), 1U);
  }
}

TEST_F(RefundAccounts, AKeyThatMayPayOutNamesAnAccountAndReadsItAgain) {
  const std::string path = paid();
  const std::string key = world.add_key("portal-norte", {Scope::kPortal, Scope::kPayout});
  const Answered made = refund(path, key, other);
  ASSERT_EQ(made.status(), 201) << made.response.body;
  EXPECT_EQ(made.json.at("destination").at("clabe"), kOther);
  const std::string seen = told(path, world.portal);
  EXPECT_TRUE(has(seen, kOther)) << "the owner told us";
  EXPECT_TRUE(has(seen, "LUIS GATO FICTICIO"));
  EXPECT_FALSE(has(seen, kPayers.clabe)) << "and not of the payer";
  const std::string alone = world.add_key("portal-norte", {Scope::kPayout});
  EXPECT_EQ(refund(path, alone).status(), 403) << "beside the scope portal";
}

TEST_F(RefundAccounts, NoMoneyGoesBackToAnAccountOfOurs) {
  const std::string common = "646180110400000010";  // under the prefix of all
  const std::string orders = "646180999900000016";
  world.context->settings.clabe_prefix_of_agency["sre"] = "6461801105";
  world.gateways.rows["stp"].account = orders;
  const std::string path = paid();
  const std::string own(world.get(path, world.portal).json.at("clabe").as_string());
  for (const std::string& clabe : {own, common, orders}) {
    const json::object there{{"destination", {{"clabe", clabe}, {"holder", "DEPENDENCIA"}}}};
    const Answered refused = refund(path, world.finance, there);
    EXPECT_EQ(refused.status(), 422) << clabe;
    EXPECT_EQ(refused.json.at("errors").at(0).at("pointer"), "/destination/clabe") << clabe;
    EXPECT_TRUE(has(refused.response.body, "must not be an account of this installation")) << clabe;
  }
  EXPECT_TRUE(world.get(path + "/refunds", world.finance).json.at("data").as_array().empty());
  EXPECT_EQ(refund(path, world.finance, other).status(), 201);
}

TEST_F(RefundAccounts, WebhooksTellWhatTheirEndpointMaySee) {
  const std::string path = paid();
  ASSERT_EQ(refund(path, world.portal).status(), 201);
  const auto payment =
      world.store->reader().payment(*PaymentId::parse(path.substr(path.rfind('/') + 1)));
  ASSERT_TRUE(payment.ok());
  WebhookDelivery delivery;
  delivery.subject = payment->id.text();
  delivery.part = payment->refunds.at(0).id.text();
  WebhookEndpoint endpoint;
  endpoint.subscription.owner = "portal-norte";
  const auto to_portal = webhook_body(*world.context, delivery, endpoint);
  endpoint.subscription.everything = true;
  const auto to_finance = webhook_body(*world.context, delivery, endpoint);
  ASSERT_TRUE(to_portal.ok() && to_finance.ok());
  EXPECT_FALSE(has(*to_portal, kPayers.clabe) || has(*to_portal, kPayers.holder));
  EXPECT_TRUE(has(*to_portal, kMasked));
  EXPECT_TRUE(has(*to_finance, kPayers.clabe) && has(*to_finance, kPayers.holder));
}

}  // namespace
}  // namespace erario::api
