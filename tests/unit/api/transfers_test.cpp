// SPEI payments whose gateway names the account, through the API: which way a payment goes, what a
// portal is told, and where a refund leaves from.
#include <gtest/gtest.h>

#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;
using testing::Answered;
using testing::World;

constexpr const char* kClabe = "646180999900000016";

Capabilities account_capabilities(bool refunds_transfers) {
  Capabilities can;
  can.transfers = can.refunds = true;
  can.refunds_transfers = refunds_transfers;
  return can;
}
RoutingTable transfers_to(const std::string& gateway) {
  RoutingRule rule;
  rule.name = "transfers";
  rule.method = Method::kSpei;
  rule.gateways = {{gateway, 1}};
  return {rule};
}

class ApiTransfers : public ::testing::Test {
 protected:
  ApiTransfers() { world.gateways.rows["named"] = {.gateway = &named, .refunds = &named}; }

  Answered pay() { return world.post("/v1/payments", world.portal, world.spei_payment_body()); }
  json::value read(const Answered& made) { return world.get(path_of(made), world.portal).json; }
  static std::string path_of(const Answered& made) {
    return "/v1/payments/" + std::string(made.json.at("id").as_string());
  }
  void tell(const Answered& made, GatewayResult result) {
    const auto id = *PaymentId::parse(std::string(made.json.at("id").as_string()));
    const Payment payment = *world.store->reader().payment(id);
    Command command;
    command.id = new_id<CommandId>(world.clock, world.random);
    command.body = PaymentCommand{RecordCharge{id, payment.attempts.back().id, std::move(result)}};
    world.run(std::move(command));
  }
  static GatewayResult account() {
    GatewayResult result;
    result.outcome = Outcome::kNeedsAction;
    result.gateway_id = "ord_1";
    result.pay_to = TransferAccount{kClabe, "STP", *parse_rfc3339("2026-03-03T10:00:00-06:00")};
    return result;
  }
  static GatewayResult transferred(std::optional<BankAccount> from) {
    GatewayResult result;
    result.outcome = Outcome::kApproved;
    result.gateway_id = "ord_1";
    result.authorization = "RASTREO1";
    result.amount = Money{428'000};
    result.paid_from = std::move(from);
    return result;
  }
  Answered paid(std::optional<BankAccount> from) {
    CHECK(world.router.replace(transfers_to("named")).ok());
    const Answered made = pay();
    tell(made, account());
    tell(made, transferred(std::move(from)));
    return made;
  }
  Answered refund(const Answered& made, json::object more = {}) {
    more["reason"] = "error";
    return world.post(path_of(made) + "/refunds", world.finance, more);
  }

  testing::FakeGateway named{"named", account_capabilities(false)};
  testing::FakeGateway giving_back{"named", account_capabilities(true)};
  World world;
};

TEST_F(ApiTransfers, AnAccountIsGivenUpOnceItIsKnown) {
  ASSERT_TRUE(world.router.replace(transfers_to("named")).ok());
  const Answered made = pay();
  const auto release = [&] {
    return world.post(path_of(made) + "/release", world.portal, {{"reason", "ya no"}});
  };
  const Answered early = release();
  EXPECT_EQ(early.status(), 409);
  EXPECT_EQ(early.json.at("detail"),
            "a release is not possible: no account of a gateway waits for a transfer");
  tell(made, account());
  EXPECT_EQ(release().status(), 200);
}

TEST_F(ApiTransfers, ClabesOfItsOwnComeFirstAndARuleSaysOtherwise) {
  EXPECT_TRUE(pay().json.at("clabe").is_string());
  ASSERT_TRUE(world.router.replace(transfers_to("named")).ok());
  const Answered charged = pay();
  ASSERT_EQ(charged.status(), 201) << charged.response.body;
  EXPECT_EQ(charged.json.at("state"), "processing");
  EXPECT_TRUE(charged.json.at("clabe").is_null());
  EXPECT_EQ(charged.json.at("attempts").at(0).at("gateway"), "named");
  ASSERT_TRUE(world.router.replace(transfers_to("stp")).ok());
  EXPECT_TRUE(pay().json.at("clabe").is_string());
}

TEST_F(ApiTransfers, WithoutClabesOfItsOwnTheGatewayThatNamesAccountsTakesThem) {
  world.context->settings.clabe_prefix.clear();
  EXPECT_EQ(pay().json.at("attempts").at(0).at("gateway"), "named");
  world.gateways.rows.erase("named");
  const Answered nobody = pay();
  EXPECT_EQ(nobody.status(), 422);
  EXPECT_EQ(nobody.json.at("errors").at(0).at("pointer"), "/method");
}

TEST_F(ApiTransfers, APortalSeesTheAccountAsTheClabeOfThePayment) {
  ASSERT_TRUE(world.router.replace(transfers_to("named")).ok());
  const Answered made = pay();
  tell(made, account());
  json::value seen = read(made);
  EXPECT_EQ(seen.at("clabe"), kClabe);
  const json::value& pay_to = seen.at("attempts").at(0).at("pay_to");
  EXPECT_EQ(pay_to.at("clabe"), kClabe);
  EXPECT_EQ(pay_to.at("bank"), "STP");
  EXPECT_EQ(pay_to.at("expires_at"), "2026-03-03T10:00:00.000-06:00");
  tell(made, transferred(BankAccount{"012180000000000015", "ANA LORO FICTICIO", ""}));
  seen = read(made);
  EXPECT_EQ(seen.at("state"), "paid");
  EXPECT_TRUE(seen.at("clabe").is_null()) << "nobody should pay to it again";
  EXPECT_EQ(json::serialize(seen).find("012180000000000015"), std::string::npos)
      << "whose account it came from is nothing of the portal's";
}

TEST_F(ApiTransfers, AnotherAttemptAsksForAnotherAccountAndNoCard) {
  ASSERT_TRUE(world.router.replace(transfers_to("named")).ok());
  const Answered made = pay();
  const std::string attempts = path_of(made) + "/attempts";
  EXPECT_EQ(world.post(attempts, world.portal, json::object{}).status(), 409) << "one at a time";
  GatewayResult refused;
  refused.outcome = Outcome::kDeclined;
  refused.reason = "expired";
  tell(made, refused);
  const Answered card = world.post(attempts, world.portal, {{"card", {{"token", "tok_ficticio"}}}});
  EXPECT_EQ(card.json.at("errors").at(0).at("pointer"), "/card");
  const Answered again = world.post(attempts, world.portal, json::object{});
  ASSERT_EQ(again.status(), 201) << again.response.body;
  EXPECT_EQ(again.json.at("attempts").as_array().size(), 2u);
  const Answered route = world.post("/v1/routes", world.portal, {{"payment", made.json.at("id")}});
  EXPECT_EQ(route.json.at("errors").at(0).at("pointer"), "/payment") << "no card goes anywhere";
}

TEST_F(ApiTransfers, ARefundIsAnOrderToWhereTheMoneyCameFromUnlessTheGatewayGivesItBack) {
  Capabilities pays_out = testing::transfer_capabilities();
  pays_out.pays_out = true;
  testing::FakeGateway payer{"stp", pays_out};
  world.gateways.rows["stp"] = {.gateway = &payer, .refunds = &payer};
  const BankAccount theirs{"012180000000000015", "ANA LORO FICTICIO", ""};
  const Answered sent = refund(paid(theirs));
  ASSERT_EQ(sent.status(), 201) << sent.response.body;
  EXPECT_EQ(sent.json.at("gateway"), "stp");
  EXPECT_EQ(sent.json.at("destination").at("clabe").as_string(), theirs.clabe);

  const Answered unnamed = paid(BankAccount{"", "ANA LORO FICTICIO", ""});
  EXPECT_EQ(refund(unnamed).json.at("errors").at(0).at("pointer"), "/destination");
  const json::object other{{"clabe", "072691004495711499"}, {"holder", "ANA LORO FICTICIO"}};
  EXPECT_EQ(refund(unnamed, {{"destination", other}}).status(), 201);

  const Answered given_back = paid(theirs);
  world.gateways.rows["named"] = {.gateway = &giving_back, .refunds = &giving_back};
  EXPECT_EQ(refund(given_back, {{"destination", other}}).json.at("errors").at(0).at("pointer"),
            "/destination");
  const Answered back = refund(given_back);
  ASSERT_EQ(back.status(), 201) << back.response.body;
  EXPECT_EQ(back.json.at("gateway"), "named");
  EXPECT_TRUE(back.json.at("destination").is_null());
}

TEST_F(ApiTransfers, WhereNobodyPaysOutARefundIsRefusedWithTheReason) {
  const Answered refused = refund(paid(BankAccount{"012180000000000015", "ANA LORO", ""}));
  EXPECT_EQ(refused.status(), 409);
  EXPECT_EQ(refused.code(), "state.conflict");
  EXPECT_NE(refused.response.body.find("gives none back, and no other"), std::string::npos)
      << refused.response.body;
}

}  // namespace
}  // namespace erario::api
