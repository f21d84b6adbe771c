// Calls from gateways: what is acknowledged is durable, what is not authentic leaves no trace.
#include <gtest/gtest.h>

#include "api/render.hpp"
#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

using testing::Answered;
using testing::World;

class ApiGateways : public ::testing::Test {
 protected:
  // A transfer for a SPEI payment made here.
  InboundMeaning deposit_for(const boost::json::value& payment, Money amount) {
    InboundMeaning meaning;
    meaning.kind = InboundMeaning::Kind::kDeposit;
    meaning.deposit.key = {"40012", "CLAVE0001", *parse_date("2026-03-02")};
    meaning.deposit.amount = amount;
    meaning.deposit.clabe = std::string(payment.at("clabe").as_string());
    meaning.deposit.sender = {"012180000000000015", "ANA LORO FICTICIO", ""};
    return meaning;
  }
  Answered abono() { return world.call("POST", "/v1/gateways/stp/abono", "", R"({"id":1})"); }
  boost::json::value spei_payment() {
    return world.post("/v1/payments", world.portal, world.spei_payment_body()).json;
  }
  Money due(const boost::json::value& payment) {
    return Money{payment.at("amount").at("centavos").as_int64()};
  }
  World world;
};

TEST_F(ApiGateways, ADepositPaysItsPaymentOnce) {
  const auto payment = spei_payment();
  world.transfers.meaning = deposit_for(payment, due(payment));
  EXPECT_EQ(abono().status(), 200);
  EXPECT_EQ(abono().response.body, R"({"mensaje":"confirmar"})");  // again: confirmed, not doubled
  const std::string path = "/v1/payments/" + std::string(payment.at("id").as_string());
  EXPECT_EQ(world.get(path, world.portal).json.at("state"), "paid");
  const Answered deposits = world.get("/v1/deposits", world.finance);
  ASSERT_EQ(deposits.json.at("data").as_array().size(), 1u);
  EXPECT_EQ(deposits.json.at("data").at(0).at("state"), "applied");
  for (const char* kind : {"unidentified", "short", "late"}) {
    const Answered held = world.get(std::string("/v1/deposits?suspense=") + kind, world.finance);
    EXPECT_TRUE(held.json.at("data").as_array().empty()) << "it was held for nothing, not " << kind;
  }
}

TEST(ApiDeposits, AllButWhatIsAppliedTellWhyTheyWereHeld) {
  Deposit deposit;
  deposit.suspense = SuspenseKind::kLate;
  for (const DepositState state :
       {DepositState::kHeld, DepositState::kReturning, DepositState::kReturned,
        DepositState::kDisputed, DepositState::kChargedBack}) {
    deposit.state = state;
    EXPECT_EQ(deposit_json(deposit, {}).at("suspense"), "late") << to_text(state);
  }
  deposit.state = DepositState::kApplied;
  EXPECT_TRUE(deposit_json(deposit, {}).at("suspense").is_null());
}

TEST_F(ApiGateways, AShortDepositIsHeldAndGoesBack) {
  const auto payment = spei_payment();
  world.transfers.meaning = deposit_for(payment, due(payment) - Money{1});
  EXPECT_EQ(abono().status(), 200);
  const Answered held = world.get("/v1/deposits?suspense=short", world.finance);
  ASSERT_EQ(held.json.at("data").as_array().size(), 1u) << held.response.body;
  const std::string path =
      "/v1/deposits/" + std::string(held.json.at("data").at(0).at("id").as_string());
  const boost::json::value ours{{"clabe", payment.at("clabe")}, {"holder", "ANA LORO FICTICIO"}};
  const Answered refused = world.post(path + "/return", world.finance,
                                      {{"reason", "importe distinto"}, {"destination", ours}});
  EXPECT_EQ(refused.status(), 422);
  EXPECT_EQ(refused.json.at("errors").at(0).at("pointer"), "/destination/clabe");
  const Answered going =
      world.post(path + "/return", world.finance, {{"reason", "importe distinto"}});
  ASSERT_EQ(going.status(), 201) << going.response.body;
  EXPECT_EQ(going.json.at("state"), "returning");
  EXPECT_EQ(world.get(path, world.finance).json, going.json);
  const auto& order = going.json.at("return_order");
  EXPECT_EQ(order.at("destination").at("clabe"), going.json.at("sender").at("clabe"));
  EXPECT_TRUE(order.at("named_by").is_null()) << "it goes back as it came";
}

TEST(ApiDeposits, WhereADepositGoesBackToIsToldToWhoNamedItAndToWhoSeesAccounts) {
  Deposit deposit;
  deposit.state = DepositState::kReturning;
  deposit.return_order = Refund{};
  deposit.return_order->destination = {"072691004495711499", "LUIS GATO FICTICIO", ""};
  deposit.return_order->named_by = "finanzas";
  for (const Viewer& viewer : {Viewer{true, "auditoria"}, Viewer{false, "finanzas"}}) {
    const auto order = deposit_json(deposit, viewer).at("return_order");
    EXPECT_EQ(order.at("destination").at("clabe"), "072691004495711499");
    EXPECT_EQ(order.at("destination").at("holder"), "LUIS GATO FICTICIO");
    EXPECT_EQ(order.at("named_by"), "finanzas");
  }
  const auto order = deposit_json(deposit, {false, "portal-norte"}).at("return_order");
  EXPECT_EQ(order.at("destination").at("clabe"), "**************1499");
  EXPECT_TRUE(order.at("destination").at("holder").is_null());
  EXPECT_TRUE(order.at("named_by").is_null());
}

TEST_F(ApiGateways, ACallThatIsNotAuthenticLeavesNothing) {
  world.transfers.meaning = Error{ErrorCode::kSignatureInvalid, "the password is wrong"};
  const Answered refused = abono();
  EXPECT_EQ(refused.status(), 503);
  EXPECT_EQ(refused.response.body, R"({"why":"signature.invalid"})");
  EXPECT_EQ(world.get("/v1/deposits", world.finance).json.at("data").as_array().size(), 0u);
}

TEST_F(ApiGateways, AWebhookMakesUsAskTheGateway) {
  const auto payment = world.post("/v1/payments", world.portal, world.card_payment_body()).json;
  const auto before = world.store->reader().jobs_due(world.clock.now(), 10)->size();
  InboundMeaning meaning;
  meaning.kind = InboundMeaning::Kind::kReadCharge;
  meaning.reference = std::string(payment.at("attempts").at(0).at("reference").as_string());
  world.card.meaning = meaning;
  EXPECT_EQ(world.call("POST", "/v1/gateways/openpay/webhook", "", "{}").status(), 200);
  const auto jobs = *world.store->reader().jobs_due(world.clock.now(), 10);
  ASSERT_EQ(jobs.size(), before + 1);
  EXPECT_TRUE(std::any_of(jobs.begin(), jobs.end(),
                          [](const Job& job) { return job.kind == JobKind::kQueryCharge; }));
  // Its word alone pays nothing.
  const std::string path = "/v1/payments/" + std::string(payment.at("id").as_string());
  EXPECT_EQ(world.get(path, world.portal).json.at("state"), "processing");
}

TEST_F(ApiGateways, AWebhookAboutADisputeMakesUsAskAboutItAndMovesNothing) {
  const std::string path = "/v1/payments/" + world.paid_payment();
  const auto attempt = world.get(path, world.portal).json.at("attempts").at(0);
  InboundMeaning meaning;
  meaning.kind = InboundMeaning::Kind::kReadDispute;
  meaning.reference = std::string(attempt.at("reference").as_string());
  world.card.meaning = meaning;
  EXPECT_EQ(world.call("POST", "/v1/gateways/openpay/webhook", "", "{}").status(), 200);
  const auto jobs = *world.store->reader().jobs_due(world.clock.now(), 10);
  EXPECT_TRUE(std::any_of(jobs.begin(), jobs.end(),
                          [](const Job& job) { return job.kind == JobKind::kQueryDispute; }));
  EXPECT_EQ(world.get(path, world.portal).json.at("state"), "paid");
  EXPECT_EQ(world.get("/v1/disputes", world.finance).json.at("data").as_array().size(), 0u);
}

TEST_F(ApiGateways, AClaimedDepositCountsForNothingAndMakesUsAsk) {
  const auto payment = spei_payment();
  InboundMeaning meaning = deposit_for(payment, due(payment));
  meaning.kind = InboundMeaning::Kind::kClaimedDeposit;
  world.transfers.meaning = meaning;
  EXPECT_EQ(abono().response.body, R"({"mensaje":"confirmar"})");
  const std::string path = "/v1/payments/" + std::string(payment.at("id").as_string());
  EXPECT_EQ(world.get(path, world.portal).json.at("state"), "awaiting");
  EXPECT_EQ(world.get("/v1/deposits", world.finance).json.at("data").as_array().size(), 0u);
  world.clock.advance(std::chrono::seconds(2));
  const auto jobs = *world.store->reader().jobs_due(world.clock.now(), 10);
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].kind, JobKind::kConfirmDeposit);
  EXPECT_EQ(jobs[0].target, "40012/CLAVE0001/2026-03-02");
}

TEST_F(ApiGateways, AnUnknownReferenceIsKeptAndAcknowledged) {
  InboundMeaning meaning;
  meaning.kind = InboundMeaning::Kind::kRefundChanged;
  meaning.reference = "NADIE";
  world.transfers.meaning = meaning;
  EXPECT_EQ(world.call("POST", "/v1/gateways/stp/cambio-estado", "", "{}").status(), 200);
}

TEST_F(ApiGateways, ACardNumberOfATransferIsNotKept) {
  const auto payment = spei_payment();
  InboundMeaning meaning = deposit_for(payment, due(payment));
  meaning.deposit.sender.clabe = "4111111111111111";
  world.transfers.meaning = meaning;
  EXPECT_EQ(
      world.call("POST", "/v1/gateways/stp/abono", "", R"({"cuentaOrdenante":"4111111111111111"})")
          .status(),
      200);
  const Answered deposits = world.get("/v1/deposits", world.finance);
  EXPECT_EQ(deposits.response.body.find("411111111111"), std::string::npos);
}

TEST_F(ApiGateways, NoSuchGateway) {
  EXPECT_EQ(world.call("POST", "/v1/gateways/nobody/abono", "", "{}").status(), 404);
}

}  // namespace
}  // namespace erario::api
