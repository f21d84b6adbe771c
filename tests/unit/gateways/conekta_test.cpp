// Orders by card at Conekta: what is asked for, and what its answers say.
#include <gmock/gmock.h>

#include <set>

#include "gateways/card/conekta/errors.hpp"
#include "gateways/card/conekta/order.hpp"
#include "tests/unit/gateways/conekta_case.hpp"

namespace erario {
namespace {

using namespace testing_support;
using testing::HasSubstr;
using testing::Not;

TEST_F(ConektaTest, AnOrderCarriesCentavosOurReferenceTwiceTheKeyAndTheVersion) {
  Listener listener({http_reply(200, kNothing), http_reply(200, order())});
  const auto result = submit(listener, charge());
  EXPECT_EQ(result.outcome, Outcome::kApproved);
  EXPECT_EQ(result.gateway_id, "ord_1");
  EXPECT_EQ(result.authorization, "867372");
  EXPECT_EQ(result.amount, Money{244'000});
  EXPECT_THAT(listener.requests().at(0), HasSubstr("GET /orders?limit=250&search=att1 HTTP/1.1"));
  const std::string sent = listener.requests().at(1);
  EXPECT_TRUE(sent.starts_with("POST /orders HTTP/1.1\r\n")) << sent;
  EXPECT_THAT(sent, HasSubstr("authorization: Bearer key_ficticia\r\n"));
  EXPECT_THAT(sent, HasSubstr("accept: application/vnd.conekta-v2.3.0+json\r\n"));
  EXPECT_THAT(sent, HasSubstr(R"("charges":[{"amount":244000,"reference_id":"att1",)"
                              R"("payment_method":{"type":"card","token_id":"tok_ficticio"}}])"));
  EXPECT_THAT(sent, HasSubstr(R"("metadata":{"reference":"att1"})"));
  EXPECT_THAT(sent, HasSubstr(R"("line_items":[{"name":"Pasaporte \"10 años\"",)"
                              R"("unit_price":244000,"quantity":1}])"));
  EXPECT_THAT(sent, HasSubstr(R"("email":"pagos@agencia.example.invalid")"));
  EXPECT_THAT(sent, HasSubstr(R"("pre_authorize":false)"));
  EXPECT_THAT(sent, Not(HasSubstr("dempotency")));
  EXPECT_THAT(sent, Not(HasSubstr("return_url")));
}

TEST_F(ConektaTest, ADescriptionTooShortForAnItemIsReplacedByPlainWords) {
  Listener listener({http_reply(200, kNothing), http_reply(200, order())});
  auto request = charge();
  request.description = "P";
  submit(listener, request);
  EXPECT_THAT(listener.requests().at(1), HasSubstr(R"("name":"Pago de derechos")"));
}

TEST_F(ConektaTest, AnIdempotencyHeaderIsSentWhereItIsConfigured) {
  Listener listener({http_reply(200, kNothing), http_reply(200, order())});
  auto configured = options(listener);
  configured.idempotency_header = "Idempotency-Key";
  configured.child_company = "co_ficticia";
  auto adapter = gateway(std::move(configured));
  run_task(io_, adapter->submit(charge()));
  EXPECT_THAT(listener.requests().at(1), HasSubstr("Idempotency-Key: att1\r\n"));
  EXPECT_THAT(listener.requests().at(1), HasSubstr("x-child-company-id: co_ficticia\r\n"));
}

TEST_F(ConektaTest, AnOrderFoundUnderTheReferenceIsToldAndNoSecondOneIsMade) {
  Listener listener({http_reply(200, list_of(order()))});
  const auto result = submit(listener, charge());
  EXPECT_EQ(result.outcome, Outcome::kApproved);
  EXPECT_EQ(listener.requests().size(), 1U);
}

TEST_F(ConektaTest, ASearchThatSaysNothingSendsNoOrder) {
  const std::vector<Reply> answers{
      http_reply(429, "{}"), http_reply(200, "{\"object\":\"li"), http_reply(200, "[]"),
      http_reply(200, R"({"object":"list","data":[]})"),
      http_reply(200, list_of("", "http://127.0.0.1:1/orders?next=1"))};
  for (const auto& answer : answers) {
    Listener listener({answer, answer});
    const auto result = submit(listener, charge());
    EXPECT_EQ(result.outcome, Outcome::kUnknown);
    EXPECT_TRUE(result.not_sent) << result.reason;
    for (const auto& sent : listener.requests())
      EXPECT_TRUE(sent.starts_with("GET ")) << sent;
  }
}

TEST_F(ConektaTest, ATokenUsedBeforeTellsTheFirstOrderOrNothing) {
  {
    Listener listener(
        {http_reply(200, kNothing), http_reply(402, kUsed), http_reply(200, list_of(order()))});
    EXPECT_EQ(submit(listener, charge()).outcome, Outcome::kApproved);
  }
  Listener listener({http_reply(200, kNothing), http_reply(402, kUsed), http_reply(200, kNothing)});
  const auto result = submit(listener, charge());
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_EQ(result.reason, "reference_used");
  EXPECT_FALSE(result.not_sent);
}

TEST_F(ConektaTest, ACardNumberInPlaceOfATokenIsNeverSent) {
  Listener listener({http_reply(200, kNothing)});
  auto request = charge();
  request.token = "4111 1111 1111 1111";
  EXPECT_EQ(submit(listener, request).reason, "card_number_refused");
  EXPECT_EQ(listener.connections(), 0);
}

TEST_F(ConektaTest, InstalmentsAreMonthsOfTheCharge) {
  Listener listener({http_reply(200, kNothing), http_reply(402, "{}")});
  auto request = charge();
  request.instalments = 3;
  submit(listener, request);
  EXPECT_THAT(listener.requests().at(1), HasSubstr(R"("monthly_installments":3)"));
}

TEST_F(ConektaTest, ThreeDSecureIsAskedForStrictlyAndSendsThePayerToAnAddress) {
  const std::string pending =
      order({.payment_status = "pending_payment",
             .charge_status = "pending_payment",
             .more = R"(,"next_action":{"type":"redirect_to_url","redirect_to_url":)"
                     R"({"url":"https://3ds.example.invalid/1","return_url":"x"}})"});
  Listener listener({http_reply(200, kNothing), http_reply(200, pending)});
  auto request = charge();
  request.three_d_secure = true;
  request.capture = false;
  const auto result = submit(listener, request);
  EXPECT_EQ(result.outcome, Outcome::kNeedsAction);
  EXPECT_EQ(result.redirect_url, "https://3ds.example.invalid/1");
  const auto sent = listener.requests().at(1);
  EXPECT_THAT(sent, HasSubstr(R"("three_ds_mode":"strict")"));
  EXPECT_THAT(sent, HasSubstr(R"("return_url":"https://portal.example.invalid/regreso")"));
  EXPECT_THAT(sent, HasSubstr(R"("pre_authorize":true)"));
}

TEST_F(ConektaTest, EachErrorCodeHasItsOutcomeAndReason) {
  struct Case {
    int http;
    std::string code;
    Outcome outcome;
    std::string reason;
  };
  const std::vector<Case> cases{
      {402, "processing.tokenization.used", Outcome::kUnknown, "reference_used"},
      {402, "processing.bank.declined", Outcome::kDeclined, "declined"},
      {402, "card_declined", Outcome::kDeclined, "declined"},
      {402, "processing.bank.stolen_card", Outcome::kDeclined, "declined"},
      {402, "processing.bank.lost_card", Outcome::kDeclined, "declined"},
      {402, "processing.bank.insufficient_funds", Outcome::kDeclined, "insufficient_funds"},
      {402, "processing.bank.call_issuer", Outcome::kDeclined, "bank_authorization_needed"},
      {402, "processing.bank.invalid_card", Outcome::kDeclined, "card_number_invalid"},
      {422, "parameter_validation.card.invalid_number", Outcome::kDeclined, "card_number_invalid"},
      {402, "processing.bank.invalid_card_security_code", Outcome::kDeclined,
       "security_code_invalid"},
      {422, "invalid_cvc", Outcome::kDeclined, "security_code_invalid"},
      {402, "processing.bank.card_not_supported", Outcome::kDeclined, "card_not_supported"},
      {402, "processing.bank.expired_card", Outcome::kDeclined, "card_expired"},
      {422, "parameter_validation.expiration_date.expired", Outcome::kDeclined, "card_expired"},
      {402, "processing.charge.card_payment.suspicious_behaviour", Outcome::kDeclined,
       "risk_rejected"},
      {402, "suspected_fraud", Outcome::kDeclined, "risk_rejected"},
      {402, "processing.charge.card_payment.declined_by_3ds", Outcome::kDeclined,
       "authentication_failed"},
      {422, "parameter_validation.payment_method.token_id.nonexistent_token", Outcome::kDeclined,
       "not_found"},
      {404, "resource_not_found.entity", Outcome::kDeclined, "not_found"},
      {401, "authentication.missing_key", Outcome::kDeclined, "gateway_credentials"},
      {422, "parameter_validation.whitelist", Outcome::kDeclined, "request_invalid"},
      {400, "a.newer.code", Outcome::kDeclined, "request_malformed"},
      {401, "a.newer.code", Outcome::kDeclined, "gateway_credentials"},
      {402, "processing.bank.a_newer_code", Outcome::kDeclined, "declined"},
      {403, "a.newer.code", Outcome::kDeclined, "gateway_credentials"},
      {404, "a.newer.code", Outcome::kDeclined, "not_found"},
      {422, "a.newer.code", Outcome::kDeclined, "request_invalid"},
      {428, "precondition_required_error.combo", Outcome::kDeclined, "operation_not_allowed"},
      {429, "too_many", Outcome::kUnknown, "busy"},
      {418, "a.newer.code", Outcome::kUnknown, "http_418"},
      {500, "processing.bank.declined", Outcome::kUnknown, "http_500"},  // settles nothing
  };
  std::set<std::string_view> seen;
  for (const auto& test : cases) {
    const std::string body = R"({"object":"error","type":"t","log_id":"1","details":[{"code":)"
                             R"("conekta.errors.)" +
                             test.code + R"(","message":"m"}]})";
    const auto result = conekta::result_of_error(test.http, body);
    EXPECT_EQ(result.outcome, test.outcome) << test.code;
    EXPECT_EQ(result.reason, test.reason) << test.code;
    const auto* row = conekta::find_error(test.code);
    if (row != nullptr) seen.insert(row->ending);
    const bool settles_nothing = test.reason.starts_with("http_");
    EXPECT_EQ(result.unlisted_code,
              row != nullptr || settles_nothing ? "" : "conekta.errors." + test.code);
  }
  for (const auto& row : conekta::error_table())
    EXPECT_TRUE(seen.contains(row.ending)) << row.ending << " has no case";
}

TEST_F(ConektaTest, WhatIsNotConektasErrorSettlesNothingWhateverItsStatus) {
  for (const std::string body : {"", "[]", "<html>", R"({"details":[{"code":"bank.declined"}]})",
                                 R"({"object":"error","details":[]})",
                                 R"({"object":"error","details":["bank.declined"]})"}) {
    EXPECT_EQ(conekta::result_of_error(402, body).outcome, Outcome::kUnknown) << body;
    EXPECT_EQ(conekta::result_of_error(402, body).reason, "http_402") << body;
  }
  // A proxy's 404 is no answer about an order.
  Listener listener({http_reply(404, "<html>")});
  auto adapter = gateway(listener);
  ChargeQuery question;
  question.reference = "att1";
  question.gateway_id = "ord_1";
  const auto asked = run_task(io_, adapter->query(question));
  EXPECT_TRUE(asked.found);
  EXPECT_EQ(asked.outcome, Outcome::kUnknown);
}

TEST_F(ConektaTest, EachStatusOfAnOrderHasItsOutcome) {
  struct Case {
    std::string order_status;
    std::string charge_status;
    Outcome outcome;
    std::string reason;
  };
  const std::vector<Case> cases{
      {"paid", "paid", Outcome::kApproved, ""},
      {"partially_refunded", "paid", Outcome::kApproved, "refunded"},
      {"refunded", "refunded", Outcome::kApproved, "refunded"},
      {"charged_back", "charged_back", Outcome::kApproved, "chargeback_pending"},
      {"pre_authorized", "pre_authorized", Outcome::kAuthorized, "authorized"},
      {"", "preauthorized", Outcome::kAuthorized, "authorized"},
      {"pending_payment", "pending_payment", Outcome::kPending, "awaiting_payer"},
      {"pending_payment", "pending_confirmation", Outcome::kPending, "awaiting_payer"},
      {"", "pending_confirmation", Outcome::kPending, "awaiting_payer"},
      {"under_fraud_review", "", Outcome::kPending, "under_review"},
      {"declined", "declined", Outcome::kDeclined, "declined"},
      {"", "declined", Outcome::kDeclined, "declined"},
      {"pending_payment", "declined", Outcome::kDeclined, "declined"},
      {"expired", "expired", Outcome::kDeclined, "expired"},
      {"canceled", "voided", Outcome::kDeclined, "cancelled"},
      {"voided", "", Outcome::kDeclined, "cancelled"},
      {"", "", Outcome::kUnknown, "status_unknown"},
      {"fraudulent", "fraudulent", Outcome::kUnknown, "status_unknown"},
      {"a_new_word", "paid", Outcome::kUnknown, "status_unknown"},
  };
  for (const auto& test : cases) {
    const auto result = conekta::read_order(
        order({.payment_status = test.order_status, .charge_status = test.charge_status}), "att1");
    EXPECT_EQ(result.outcome, test.outcome) << test.order_status << "/" << test.charge_status;
    EXPECT_EQ(result.reason, test.reason) << test.order_status << "/" << test.charge_status;
  }
}

TEST_F(ConektaTest, ADeclinedChargeInsideASuccessfulAnswerTellsWhy) {
  for (const auto& [code, reason] : std::vector<std::pair<std::string, std::string>>{
           {"conekta.errors.processing.bank.insufficient_funds", "insufficient_funds"},
           {"suspected_fraud", "risk_rejected"},
           {"conekta.errors.processing.tokenization.used", "declined"},
           {"", "declined"}}) {
    const std::string declined = order({.payment_status = "declined",
                                        .charge_status = "declined",
                                        .charge_more = R"(,"failure_code":")" + code + "\""});
    Listener listener({http_reply(200, kNothing), http_reply(200, declined)});
    const auto result = submit(listener, charge());
    EXPECT_EQ(result.outcome, Outcome::kDeclined);
    EXPECT_EQ(result.reason, reason) << code;
  }
}

TEST_F(ConektaTest, AnAnswerThatIsNotOurOrderSettlesNothing) {
  struct Case {
    std::string body;
    std::string reason;
  };
  const std::string charge_of = R"({"id":"ord_1","metadata":{"reference":"att1"},)"
                                R"("payment_status":"paid","charges":{"data":[{"amount":)";
  const std::vector<Case> cases{
      {R"({"id":"ord_1","metadata":{"refer)", "malformed_reply"},
      {"", "malformed_reply"},
      {"[]", "malformed_reply"},
      {charge_of + "-1}]}}", "malformed_reply"},
      {charge_of + "1.5}]}}", "malformed_reply"},
      {charge_of + "\"244000\"}]}}", "malformed_reply"},
      {charge_of + "99999999999999}]}}", "malformed_reply"},
      {R"({"metadata":{"reference":"att1"},"amount":1,"payment_status":"paid"})",
       "malformed_reply"},
      {order({.reference = "att2"}), "reference_mismatch"},
      {charge_of + R"(1}]},"currency":"USD"})", "currency_mismatch"},
  };
  for (const auto& test : cases) {
    const auto result = conekta::read_order(test.body, "att1");
    EXPECT_EQ(result.outcome, Outcome::kUnknown) << test.body;
    EXPECT_EQ(result.reason, test.reason) << test.body;
    ASSERT_EQ(result.unread.has_value(), test.reason == "malformed_reply") << test.body;
    if (result.unread) {
      EXPECT_EQ(result.unread->body, test.body);
    }
  }
  const auto large = conekta::read_order(charge_of + "1000000000001}]}}", "att1");
  EXPECT_EQ(large.unread->what, "/amount: must be a whole number of centavos, at most 10^12");
}

TEST_F(ConektaTest, ATimeOutAnErrorAndNonsenseAreUnknownAndOnlyARefusedConnectionIsNotSent) {
  Reply hold;
  hold.hold = true;
  for (const auto& reply : {hold, http_reply(500, order()), http_reply(200, "{\"id\":\"or")}) {
    Listener listener({http_reply(200, kNothing), reply});
    const auto result = submit(listener, charge());
    EXPECT_EQ(result.outcome, Outcome::kUnknown);
    EXPECT_FALSE(result.not_sent);
    EXPECT_EQ(listener.requests().size(), 2U);
  }
  std::unique_ptr<ConektaGateway> adapter;
  {
    Listener gone({});
    adapter = gateway(gone);
  }
  const auto result = run_task(io_, adapter->submit(charge()));
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_EQ(result.reason, "connect");
  EXPECT_TRUE(result.not_sent);
}

}  // namespace
}  // namespace erario
