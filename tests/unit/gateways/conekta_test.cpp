#include "gateways/card/conekta/conekta.hpp"

#include <gmock/gmock.h>

#include <set>

#include "gateways/card/conekta/dispute.hpp"
#include "gateways/card/conekta/errors.hpp"
#include "gateways/card/conekta/order.hpp"
#include "gateways/card/conekta/pages.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario {
namespace {

using namespace testing_support;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kNothing = R"({"object":"list","has_more":false,"data":[]})";
constexpr const char* kUsed =
    R"({"object":"error","type":"processing_error","log_id":"1",)"
    R"("details":[{"code":"conekta.errors.processing.tokenization.used"}]})";

std::string list_of(const std::string& rows, const std::string& next = "") {
  return R"({"object":"list","has_more":)" +
         (next.empty() ? "false" : R"(true,"next_page_url":")" + next + "\"") + R"(,"data":[)" +
         rows + "]}";
}

struct OrderText {
  std::string payment_status = "paid";
  std::string charge_status = "paid";
  std::string reference = "att1";
  std::string refunds = "";
  std::string more = "";         // of the order
  std::string charge_more = "";  // of its charge
};
std::string order(const OrderText& text = {}) {
  return R"({"id":"ord_1","object":"order","amount":244000,"currency":"MXN","payment_status":")" +
         text.payment_status + R"(","metadata":{"reference":")" + text.reference +
         R"("},"charges":{"object":"list","data":[{"id":"ch1","amount":244000,"status":")" +
         text.charge_status + R"(","payment_method":{"auth_code":"867372"},"refunds":{"data":[)" +
         text.refunds + "]}" + text.charge_more + "}]}" + text.more + "}";
}
std::string refund_text(const std::string& id, const std::string& amount,
                        const std::string& status = "refunded") {
  return R"({"id":")" + id + R"(","object":"refund","amount":)" + amount + R"(,"status":")" +
         status + "\"}";
}

class ConektaTest : public testing::Test {
 protected:
  ConektaOptions options(const Listener& listener) {
    ConektaOptions out;
    out.name = "conekta";
    out.base_url = listener.url();
    out.private_key = Secret("key_ficticia");
    out.webhook_keys =
        *RsaPublicKey::all_from_pem_file(folder_.write("keys.pem", other_.public_pem + kVectorKey));
    out.contact_email = "pagos@agencia.example.invalid";
    out.contact_phone = "+525500000000";
    return out;
  }
  std::unique_ptr<ConektaGateway> gateway(ConektaOptions options) {
    HttpClientOptions http;
    http.base_url = options.base_url;
    http.timeout = milliseconds(500);
    auto client = HttpClient::create(http, io_.get_executor());
    return std::make_unique<ConektaGateway>(std::move(options), std::move(*client));
  }
  std::unique_ptr<ConektaGateway> gateway(const Listener& listener) {
    return gateway(options(listener));
  }
  GatewayResult submit(const Listener& listener, ChargeRequest request) {
    auto adapter = gateway(listener);
    return run_task(io_, adapter->submit(std::move(request)));
  }
  Result<InboundMeaning> parse(const std::string& body, const std::string& digest) {
    Listener nobody({});
    auto adapter = gateway(nobody);
    InboundCall call;
    call.route = "webhook";
    call.headers.emplace("digest", digest);
    call.body = body;
    return adapter->parse(call);
  }
  static ChargeRequest charge() {
    ChargeRequest request;
    request.reference = "att1";
    request.amount = Money{244'000};
    request.description = "Pasaporte \"10 años\"";
    request.token = "tok_ficticio";
    request.return_url = "https://portal.example.invalid/regreso";
    request.payer.name = "Ana Loro Ficticia";
    return request;
  }
  static RefundOrder refund() {
    RefundOrder wanted;
    wanted.reference = "ref1";
    wanted.charge_gateway_id = "ord_1";
    wanted.charge_reference = "att1";
    wanted.amount = Money{550};
    wanted.reason = "El trámite no se hizo";
    wanted.other_refunds.emplace();
    return wanted;
  }

  boost::asio::io_context io_;
  TemporaryFolder folder_;
  KeyPair other_ = make_rsa_key();
};

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

TEST_F(ConektaTest, ASearchFollowsItsPagesAndTakesTheOrderThatSucceeded) {
  const std::string foreign = order({.reference = "att10"});
  const std::string declined = order({.payment_status = "declined", .charge_status = "declined"});
  const std::string next = "https://conekta.example.invalid/orders?search=att1&next=";
  const auto query_of = [&](const std::vector<std::string>& pages) {
    std::vector<Reply> replies;
    for (const auto& page : pages)
      replies.push_back(http_reply(200, page));
    Listener listener(std::move(replies));
    auto told = options(listener);
    told.base_url = "https://conekta.example.invalid";
    HttpClientOptions http;
    http.base_url = listener.url();
    http.timeout = milliseconds(500);
    auto client = HttpClient::create(http, io_.get_executor());
    auto adapter = std::make_unique<ConektaGateway>(std::move(told), std::move(*client));
    ChargeQuery question;
    question.reference = "att1";
    auto result = run_task(io_, adapter->query(question));
    EXPECT_EQ(listener.requests().size(), pages.size());
    return result;
  };
  EXPECT_FALSE(query_of({kNothing}).found);
  EXPECT_FALSE(query_of({list_of(foreign)}).found);
  EXPECT_EQ(query_of({list_of(declined + "," + order())}).outcome, Outcome::kApproved);
  EXPECT_EQ(query_of({list_of(order() + "," + declined)}).outcome, Outcome::kApproved);
  EXPECT_EQ(query_of({list_of(declined)}).outcome, Outcome::kDeclined);
  EXPECT_EQ(
      query_of({list_of(foreign, next + "1"), list_of(declined, next + "2"), list_of(order())})
          .outcome,
      Outcome::kApproved);
  // Found, and the rest is not looked at.
  EXPECT_EQ(query_of({list_of(order(), next + "1")}).outcome, Outcome::kApproved);
  // Not found in as many pages as are looked at: nobody can say that it is not there.
  std::vector<std::string> endless;
  for (int i = 0; i < 5; ++i)
    endless.push_back(list_of(foreign, next + std::to_string(i)));
  EXPECT_EQ(query_of(endless).reason, "search_too_long");
  EXPECT_TRUE(query_of(endless).found);
}

TEST_F(ConektaTest, APageElsewhereIsNeverAskedForWithOurKey) {
  const std::string base = "https://api.conekta.example";
  for (const std::string url :
       {"https://api.conekta.example.evil.example/orders?next=1",
        "https://api.conekta.example@evil.example/orders?next=1",
        "http://api.conekta.example/orders?next=1", "https://api.conekta.example:8443/orders",
        "https://api.conekta.example/orders/../transactions", "/orders?next=1", "//evil/orders",
        "https://api.conekta.example/transactions?next=1", "https://api.conekta.example", "",
        "https://api.conekta.example/orders/1/refunds"}) {
    EXPECT_FALSE(conekta::target_of_page(url, base, "/orders").ok()) << url;
  }
  const auto fine = conekta::target_of_page(base + "/orders?limit=2&next=ord_1", base, "/orders");
  ASSERT_TRUE(fine.ok());
  EXPECT_EQ(*fine, "/orders?limit=2&next=ord_1");
  EXPECT_TRUE(conekta::target_of_page(base + "/orders?next=1", base + "/", "/orders").ok());
}

TEST_F(ConektaTest, AReportWhosePageIsElsewhereIsRefusedAndNobodyElseIsAsked) {
  Listener stranger({http_reply(200, kNothing)});
  Listener listener({http_reply(
      200, list_of(R"({"id":"t1","type":"capture","amount":1,"fee":0,"net":1,"currency":"MXN",)"
                   R"("charge":"ch1","created_at":1772467200})",
                   stranger.url() + "/transactions?next=t1"))});
  auto adapter = gateway(listener);
  const auto report = run_task(io_, adapter->report(*parse_date("2026-03-02")));
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, ErrorCode::kStatementMalformed);
  EXPECT_EQ(stranger.connections(), 0);
}

TEST_F(ConektaTest, TheReportHoldsWhatMovedOnTheDayWithItsCommissionAndOurNames) {
  const auto row = [](const std::string& id, const std::string& type, const std::string& money,
                      const std::string& at) {
    return R"({"id":")" + id + R"(","type":")" + type + R"(","currency":"MXN","charge":"ch1",)" +
           R"("status":"available",)" + money + R"(,"created_at":)" + at + "}";
  };
  // 2026-03-02 in Mexico City is 1772431200 to 1772517599.
  const std::string rows =
      row("t5", "capture", R"("amount":1,"fee":0,"net":1)", "1772517600") + "," +
      row("t4", "payout", R"("amount":-9,"fee":0,"net":-9)", "1772517599") + "," +
      row("t3", "refund", R"("amount":-550,"fee":0,"net":-550)", "1772517599") + "," +
      row("t2", "capture", R"("amount":244000,"fee":8498,"net":235502)", "1772431200") + "," +
      row("t1", "capture", R"("amount":1,"fee":0,"net":1)", "1772431199");
  Listener listener({http_reply(200, list_of(rows)),
                     http_reply(200, list_of(order({.refunds = refund_text("re1", "-550")})))});
  auto adapter = gateway(listener);
  const auto report = run_task(io_, adapter->report(*parse_date("2026-03-02")));
  ASSERT_TRUE(report.ok()) << report.error().detail;
  ASSERT_EQ(report->size(), 2U);
  EXPECT_THAT(listener.requests().at(1),
              HasSubstr("GET /orders?limit=250&updated_at.gte=1772431200 "));
  const auto& given_back = report->at(0);
  EXPECT_EQ(given_back.kind, "refund");
  EXPECT_EQ(given_back.amount, Money{-550});
  EXPECT_EQ(given_back.gateway_id, "re1");
  EXPECT_EQ(given_back.reference, "");
  const auto& charged = report->at(1);
  EXPECT_EQ(charged.kind, "charge");
  EXPECT_EQ(charged.reference, "att1");
  EXPECT_EQ(charged.gateway_id, "ord_1");
  EXPECT_EQ(charged.amount, Money{244'000});
  EXPECT_EQ(charged.fee, Money{7'326});
  EXPECT_EQ(charged.fee_vat, Money{1'172});
}

TEST_F(ConektaTest, ATransactionThatDoesNotAddUpOrHasANewWordIsAnError) {
  const std::string end = R"(,"currency":"MXN","charge":"ch1","created_at":1772467200})";
  for (const std::string& row :
       {R"({"id":"t1","type":"capture","amount":100,"fee":10,"net":91)" + end,
        R"({"id":"t1","type":"a_new_word","amount":100,"fee":10,"net":90)" + end,
        R"({"id":"t1","type":"capture","amount":100,"fee":-10,"net":110)" + end,
        R"({"id":"","type":"capture","amount":100,"fee":0,"net":100)" + end,
        R"({"id":"t1","type":"capture","amount":1.0,"fee":0,"net":1)" + end,
        std::string(R"({"id":"t1","type":"capture","amount":1,"fee":0,"net":1,"currency":"USD",)"
                    R"("created_at":1772467200})"),
        std::string(R"({"id":"t1","type":"capture","amount":1,"fee":0,"net":1,"currency":"MXN",)"
                    R"("created_at":99999999999})"),
        std::string("7")}) {
    Listener listener({http_reply(200, list_of(row))});
    auto adapter = gateway(listener);
    const auto report = run_task(io_, adapter->report(*parse_date("2026-03-02")));
    ASSERT_FALSE(report.ok()) << row;
    EXPECT_EQ(report.error().code, ErrorCode::kStatementMalformed) << row;
  }
}

TEST_F(ConektaTest, ARefundIsLookedForBeforeItIsAskedForSoThatTwiceIsOnce) {
  const std::string refunded =
      order({.payment_status = "partially_refunded", .refunds = refund_text("re1", "-550")});
  {
    Listener listener({http_reply(200, order()), http_reply(200, refunded)});
    auto adapter = gateway(listener);
    const auto result = run_task(io_, adapter->refund(refund()));
    EXPECT_EQ(result.outcome, Outcome::kApproved);
    EXPECT_EQ(result.gateway_id, "re1");
    EXPECT_EQ(result.amount, Money{550});
    EXPECT_THAT(listener.requests().at(1), HasSubstr("POST /orders/ord_1/refunds "));
    EXPECT_THAT(listener.requests().at(1),
                HasSubstr(R"({"amount":550,"reason":"requested_by_client"})"));
  }
  {
    Listener listener({http_reply(200, refunded)});
    auto adapter = gateway(listener);
    EXPECT_EQ(run_task(io_, adapter->refund(refund())).outcome, Outcome::kApproved);
    EXPECT_EQ(listener.requests().size(), 1U);
  }
  Listener listener({http_reply(500, "{}"), http_reply(500, "{}")});
  auto adapter = gateway(listener);
  const auto result = run_task(io_, adapter->refund(refund()));
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_TRUE(result.not_sent) << "it was never asked for";
}

TEST_F(ConektaTest, ARefundIsTakenForOursOnlyWhereItCannotBeAnother) {
  struct Case {
    std::string refunds;
    Money wanted;
    std::optional<std::vector<std::string>> others;
    std::string gateway_id;
    std::string expected;  // "found", "none" or a reason
  };
  const std::string one = refund_text("re1", "-550");
  const std::string two = one + "," + refund_text("re2", "-550");
  const std::string large = refund_text("re1", "-200000");
  const std::string failed = refund_text("re1", "-550", "failed");
  const std::vector<std::string> nobody;
  const std::vector<Case> cases{
      {"", Money{550}, std::nullopt, "", "none"},
      {one, Money{551}, std::nullopt, "", "none"},
      {one, Money{550}, nobody, "", "found"},
      {one, Money{550}, std::vector<std::string>{"re1"}, "", "none"},
      {two, Money{550}, std::vector<std::string>{"re1"}, "", "found"},
      {two, Money{550}, nobody, "", "refund_ambiguous"},
      {one, Money{550}, std::nullopt, "", "refund_ambiguous"},
      {large, Money{200'000}, std::nullopt, "", "found"},  // two of them do not fit
      {two, Money{550}, std::nullopt, "re2", "found"},
      {two, Money{550}, std::nullopt, "re3", "none"},
      {failed, Money{550}, nobody, "", "declined"},
      {refund_text("re1", "550", "pending"), Money{550}, nobody, "", ""},
      {refund_text("re1", "550", "a_new_word"), Money{550}, nobody, "", "status_unknown"},
  };
  for (const auto& test : cases) {
    auto wanted = refund();
    wanted.amount = test.wanted;
    wanted.other_refunds = test.others;
    wanted.gateway_id = test.gateway_id;
    const auto result = conekta::read_refund(order({.refunds = test.refunds}), wanted);
    EXPECT_EQ(result.found, test.expected != "none") << test.refunds;
    if (test.expected == "found") {
      EXPECT_EQ(result.outcome, Outcome::kApproved) << test.refunds;
    } else if (test.expected != "none") {
      EXPECT_EQ(result.reason, test.expected) << test.refunds;
      EXPECT_NE(result.outcome, Outcome::kApproved) << test.refunds;
    }
  }
}

TEST_F(ConektaTest, AnOrderSaysHowItsDisputeStands) {
  struct Case {
    std::string status;
    std::string chargeback;
    DisputeStage stage;
    Money amount;
  };
  const Money whole{244'000};
  const std::vector<Case> cases{
      {"paid", "", DisputeStage::kNone, whole},
      {"refunded", "", DisputeStage::kNone, whole},
      {"charged_back", "", DisputeStage::kOpen, whole},
      {"charged_back", R"(,"chargeback":{"status":"pending","amount":1000})", DisputeStage::kOpen,
       Money{1'000}},
      {"charged_back", R"(,"chargeback":{"status":"lost"})", DisputeStage::kLost, whole},
      {"paid", R"(,"chargeback":{"status":"won"})", DisputeStage::kWon, whole},
      {"pending_payment", "", DisputeStage::kUnknown, Money{}},
  };
  for (const Case& it : cases) {
    const std::string body = R"({"id":"ord_1","payment_status":")" + it.status +
                             R"(","metadata":{"reference":"att1"},"charges":{"data":[{"id":"c1",)" +
                             R"("status":"paid","amount":244000)" + it.chargeback + "}]}}";
    const auto news = conekta::read_dispute(body, "att1");
    EXPECT_EQ(news.stage, it.stage) << body;
    EXPECT_EQ(news.amount, it.amount) << body;
    EXPECT_EQ(conekta::read_dispute(body, "att2").reason, "reference_mismatch");
  }
  for (const std::string body : {"", "[]", "{}"})
    EXPECT_EQ(conekta::read_dispute(body, "").stage, DisputeStage::kUnknown) << body;
}

// The vector of the dossier: 116 bytes and the signature Conekta would send with them.
constexpr const char* kVectorBody =
    R"({"data":{"object":{"id":"ord_ficticia_0001","object":"order","amount":244000}},)"
    R"("livemode":false,"type":"order.paid"})";
constexpr const char* kVectorDigest =
    "yayXXEZ07SpzRljaq6C40Pi+OeLqtHsE2bmnc9VHleDK+n4Tk/8bBHX/C67kWxiYEdOgXqBPIfHXwNdZQgh0h9OVZrQe"
    "ZWndjdxh1WD9napTFCWo1wEq4dtJ3ju4/+oEmZkF1cYOFUeE0OhWcUCn45sHwcnkjTh3LKxExyjP/uQb9IK/RArSuv1z"
    "m7gv4SczD8fiI1w+6FV+zBYxij+hRQI6QbsuyRc5nEYj/0M6C8lI6FGM4KdBV7wM901YIgB7nVlIxIfbVb65nL6BhMdG"
    "sNtulbHal/+OYjrYFegI/DtWQNB1gw53i98FpjgfIQkNHr8Gy4Up2B0d7UnPza+D6g==";

TEST_F(ConektaTest, AnEventIsBelievedOnlyWhenOneOfOurKeysSignedItsBytes) {
  const std::string body = kVectorBody;
  ASSERT_EQ(body.size(), 116U);
  const auto meaning = parse(body, kVectorDigest);
  ASSERT_TRUE(meaning.ok()) << meaning.error().detail;
  EXPECT_EQ(meaning->kind, InboundMeaning::Kind::kReadCharge);
  EXPECT_EQ(meaning->gateway_id, "ord_ficticia_0001");

  std::string dearer = body;
  dearer.replace(dearer.find("244000"), 6, "244001");
  std::string cut = kVectorDigest;
  cut.resize(cut.size() / 2);
  for (const auto& [spoiled, digest] :
       std::vector<std::pair<std::string, std::string>>{{dearer, kVectorDigest},
                                                        {body + " ", kVectorDigest},
                                                        {" " + body, kVectorDigest},
                                                        {"", kVectorDigest},
                                                        {body, ""},
                                                        {body, cut},
                                                        {body, "not base64"}}) {
    const auto refused = parse(spoiled, digest);
    ASSERT_FALSE(refused.ok()) << spoiled << digest;
    EXPECT_EQ(refused.error().code, ErrorCode::kSignatureInvalid);
  }
}

TEST_F(ConektaTest, AnEventWithNoSignatureOrTwoIsRefused) {
  Listener nobody({});
  auto adapter = gateway(nobody);
  InboundCall call;
  call.body = kVectorBody;
  EXPECT_EQ(adapter->parse(call).error().code, ErrorCode::kSignatureInvalid);
  call.headers.emplace("digest", kVectorDigest);
  EXPECT_TRUE(adapter->parse(call).ok());
  call.headers.emplace("digest", kVectorDigest);
  EXPECT_EQ(adapter->parse(call).error().code, ErrorCode::kSignatureInvalid);
}

TEST_F(ConektaTest, AnySingleKeyOfTheFileVerifies) {
  const auto signer =
      RsaPrivateKey::from_pem_file(folder_.write("other.pem", other_.private_pem), Secret());
  EXPECT_TRUE(parse(kVectorBody, signer->sign_base64(kVectorBody)).ok());
  const KeyPair stranger = make_rsa_key();
  const auto forger =
      RsaPrivateKey::from_pem_file(folder_.write("stranger.pem", stranger.private_pem), Secret());
  EXPECT_FALSE(parse(kVectorBody, forger->sign_base64(kVectorBody)).ok());
}

TEST_F(ConektaTest, ASignedEventThatCannotBeReadNamesWhatIsWrong) {
  const auto signer =
      RsaPrivateKey::from_pem_file(folder_.write("other.pem", other_.private_pem), Secret());
  struct Case {
    std::string body;
    ErrorCode code;
  };
  const std::vector<Case> cases{
      {R"({"type":"order.pa)", ErrorCode::kMalformedJson},
      {"[]", ErrorCode::kMalformedJson},
      {"\xff\xfe", ErrorCode::kMalformedJson},
      {R"({"data":{}})", ErrorCode::kFieldMissing},
      {R"({"type":"order.paid"})", ErrorCode::kFieldMissing},
      {R"({"type":"order.paid","data":{"object":7}})", ErrorCode::kFieldMissing},
      {R"({"type":"order.paid","data":{"object":{}}})", ErrorCode::kFieldInvalid},
      {R"({"type":"order.paid","data":{"object":{"id":"../x"}}})", ErrorCode::kFieldInvalid},
      {R"({"type":"charge.paid","data":{"object":{"id":"ch1"}}})", ErrorCode::kFieldInvalid},
  };
  for (const auto& test : cases) {
    const auto refused = parse(test.body, signer->sign_base64(test.body));
    ASSERT_FALSE(refused.ok()) << test.body;
    EXPECT_EQ(refused.error().code, test.code) << test.body;
  }
  const std::string of_charge =
      R"({"type":"charge.paid","data":{"object":{"id":"ch1","order_id":"ord_1",)"
      R"("reference_id":"att1"}}})";
  const auto meaning = parse(of_charge, signer->sign_base64(of_charge));
  ASSERT_TRUE(meaning.ok());
  EXPECT_EQ(meaning->gateway_id, "ord_1");
  EXPECT_EQ(meaning->reference, "att1");
  const std::string ping = R"({"type":"webhook_ping","data":{}})";
  EXPECT_EQ(parse(ping, signer->sign_base64(ping))->kind, InboundMeaning::Kind::kIgnore);
}

TEST_F(ConektaTest, TheCallerIsToldToComeAgainUnlessItsCallIsWrong) {
  Listener nobody({});
  auto adapter = gateway(nobody);
  const InboundCall call;
  EXPECT_EQ(adapter->answer(call, true, "").status, 200);
  EXPECT_EQ(adapter->answer(call, false, code_name(ErrorCode::kSignatureInvalid)).status, 401);
  for (const auto code :
       {ErrorCode::kFieldInvalid, ErrorCode::kFieldMissing, ErrorCode::kMalformedJson})
    EXPECT_EQ(adapter->answer(call, false, code_name(code)).status, 400) << code_name(code);
  EXPECT_EQ(adapter->answer(call, false, "busy").status, 503);
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
