#include "gateways/card/openpay/openpay.hpp"

#include <gmock/gmock.h>

#include <set>

#include "engine/base/digest.hpp"
#include "gateways/card/openpay/charge.hpp"
#include "gateways/card/openpay/dispute.hpp"
#include "gateways/card/openpay/errors.hpp"
#include "tests/unit/gateways/adapter_case.hpp"

namespace erario {
namespace {

using namespace testing_support;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kCompleted =
    R"({"id":"trficticio1","order_id":"att1","amount":2440.00,"currency":"MXN",)"
    R"("status":"completed","authorization":"801585","creation_date":"2026-03-02T23:30:00-06:00",)"
    R"("fee":{"amount":73.26,"tax":11.72,"currency":"MXN"}})";

std::string charge_with(const std::string& status, const std::string& more = "") {
  return R"({"id":"tr1","order_id":"att1","amount":10,"currency":"MXN","status":")" + status +
         "\"" + more + "}";
}

class OpenpayTest : public AdapterCase {
 protected:
  std::unique_ptr<OpenpayGateway> gateway(const Listener& listener) {
    OpenpayOptions options;
    options.name = "openpay";
    options.merchant = "mficticio";
    options.private_key = Secret("sk_ficticia");
    return std::make_unique<OpenpayGateway>(std::move(options), client_of(listener.url()));
  }
  GatewayResult submit(const Listener& listener, ChargeRequest request) {
    auto adapter = gateway(listener);
    return run_task(io_, adapter->submit(std::move(request)));
  }
  static ChargeRequest charge() {
    ChargeRequest request;
    request.reference = "att1";
    request.amount = Money{244'000};
    request.description = "Pasaporte \"10 años\"";
    request.token = "tok_ficticio";
    request.return_url = "https://portal.example.invalid/regreso";
    request.payer.name = "Ana Loro Ficticia";
    request.payer.email = "ana@example.invalid";
    return request;
  }
};

TEST_F(OpenpayTest, AChargeByTokenCarriesExactPesosOurReferenceAndTheKey) {
  Listener listener({http_reply(200, kCompleted)});
  const auto result = submit(listener, charge());
  EXPECT_EQ(result.outcome, Outcome::kApproved);
  EXPECT_EQ(result.gateway_id, "trficticio1");
  EXPECT_EQ(result.authorization, "801585");
  EXPECT_EQ(result.amount, Money{244'000});
  const std::string sent = listener.requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST /v1/mficticio/charges HTTP/1.1\r\n")) << sent;
  EXPECT_THAT(sent, HasSubstr("authorization: Basic " + to_base64("sk_ficticia:") + "\r\n"));
  EXPECT_THAT(sent, HasSubstr(R"("amount":2440.00,)"));
  EXPECT_THAT(sent, HasSubstr(R"("order_id":"att1")"));
  EXPECT_THAT(sent, HasSubstr(R"("source_id":"tok_ficticio")"));
  EXPECT_THAT(sent, HasSubstr(R"("description":"Pasaporte \"10 años\"")"));
  EXPECT_THAT(sent, HasSubstr(R"("capture":true)"));
  EXPECT_THAT(sent, Not(HasSubstr("redirect_url")));
}

TEST_F(OpenpayTest, ThreeDSecureAndTheHostedPageSendThePayerToAnAddress) {
  const std::string pending =
      charge_with("charge_pending",
                  R"(,"payment_method":{"type":"redirect","url":"https://psp.example.invalid/1"})");
  Listener listener({http_reply(200, pending), http_reply(200, pending)});
  ChargeRequest request = charge();
  request.three_d_secure = true;
  auto result = submit(listener, request);
  EXPECT_EQ(result.outcome, Outcome::kNeedsAction);
  EXPECT_EQ(result.redirect_url, "https://psp.example.invalid/1");
  EXPECT_THAT(listener.requests().at(0), HasSubstr(R"("use_3d_secure":true)"));
  EXPECT_THAT(listener.requests().at(0),
              HasSubstr(R"("redirect_url":"https://portal.example.invalid/regreso")"));

  request = charge();
  request.token.clear();
  result = submit(listener, request);
  EXPECT_EQ(result.outcome, Outcome::kNeedsAction);
  EXPECT_THAT(listener.requests().at(1), HasSubstr(R"("confirm":false)"));
  EXPECT_THAT(listener.requests().at(1), Not(HasSubstr("source_id")));
}

TEST_F(OpenpayTest, InstalmentsAreAPaymentPlan) {
  Listener listener({http_reply(200, kCompleted), http_reply(200, kCompleted)});
  ChargeRequest request = charge();
  request.instalments = 18;
  submit(listener, request);
  EXPECT_THAT(listener.requests().at(0), HasSubstr(R"("payment_plan":{"payments":18})"));
  submit(listener, charge());
  EXPECT_THAT(listener.requests().at(1), Not(HasSubstr("payment_plan")));
}

TEST_F(OpenpayTest, OnlyACardTakenForFraudMayBeHelpedByThreeDSecure) {
  for (const auto& row : openpay::error_table()) {
    const std::string body = R"({"error_code":)" + std::to_string(row.code) + "}";
    EXPECT_EQ(openpay::result_of_error(402, body).three_d_secure_helps, row.code == 3005);
    const std::string code = R"(,"error_code":)" + std::to_string(row.code);
    EXPECT_EQ(openpay::read_charge(charge_with("failed", code), "att1").three_d_secure_helps,
              row.code == 3005)
        << row.code;
  }
}

TEST_F(OpenpayTest, ACardNumberInPlaceOfATokenIsNeverSent) {
  Listener listener({http_reply(200, kCompleted)});
  ChargeRequest request = charge();
  request.token = "4111 1111 1111 1111";
  const auto result = submit(listener, request);
  EXPECT_EQ(result.outcome, Outcome::kDeclined);
  EXPECT_EQ(result.reason, "card_number_refused");
  EXPECT_EQ(listener.connections(), 0);
}

TEST_F(OpenpayTest, EachErrorCodeHasItsOutcomeAndReason) {
  struct Case {
    int http;
    int code;
    Outcome outcome;
    std::string reason;
  };
  const std::vector<Case> cases{
      {500, 1000, Outcome::kUnknown, "http_500"},
      {400, 1001, Outcome::kDeclined, "request_malformed"},
      {401, 1002, Outcome::kDeclined, "gateway_credentials"},
      {422, 1003, Outcome::kDeclined, "request_invalid"},
      {503, 1004, Outcome::kUnknown, "http_503"},
      {404, 1005, Outcome::kDeclined, "not_found"},
      {409, 1006, Outcome::kUnknown, "reference_used"},
      {402, 1007, Outcome::kDeclined, "transfer_refused"},
      {423, 1008, Outcome::kDeclined, "account_inactive"},
      {413, 1009, Outcome::kDeclined, "request_too_large"},
      {412, 1017, Outcome::kUnknown, "gateway_unavailable"},
      {412, 1018, Outcome::kDeclined, "too_many_attempts"},
      {400, 1020, Outcome::kDeclined, "amount_invalid"},
      {422, 2004, Outcome::kDeclined, "card_number_invalid"},
      {400, 2005, Outcome::kDeclined, "card_expired"},
      {400, 2006, Outcome::kDeclined, "security_code_missing"},
      {412, 2007, Outcome::kDeclined, "test_card"},
      {400, 2008, Outcome::kDeclined, "points_not_allowed"},
      {400, 2009, Outcome::kDeclined, "security_code_invalid"},
      {400, 2010, Outcome::kDeclined, "authentication_failed"},
      {400, 2011, Outcome::kDeclined, "card_not_supported"},
      {402, 3001, Outcome::kDeclined, "declined"},
      {402, 3002, Outcome::kDeclined, "card_expired"},
      {402, 3003, Outcome::kDeclined, "insufficient_funds"},
      {402, 3004, Outcome::kDeclined, "declined"},
      {402, 3005, Outcome::kDeclined, "risk_rejected"},
      {402, 3006, Outcome::kDeclined, "operation_not_allowed"},
      {402, 3008, Outcome::kDeclined, "online_not_supported"},
      {402, 3009, Outcome::kDeclined, "declined"},
      {402, 3010, Outcome::kDeclined, "card_restricted"},
      {402, 3011, Outcome::kDeclined, "declined"},
      {402, 3012, Outcome::kDeclined, "bank_authorization_needed"},
      {402, 3201, Outcome::kDeclined, "plan_not_allowed"},
      {402, 3202, Outcome::kDeclined, "plan_not_allowed"},
      {402, 3203, Outcome::kDeclined, "plan_not_allowed"},
      {402, 3204, Outcome::kDeclined, "plan_not_allowed"},
      {402, 3205, Outcome::kDeclined, "plan_not_allowed"},
      {402, 4001, Outcome::kDeclined, "merchant_funds_missing"},
      {402, 4002, Outcome::kDeclined, "merchant_fees_pending"},
      {402, 3999, Outcome::kDeclined, "declined"},  // newer than the table
      {418, 9999, Outcome::kUnknown, "http_418"},   // not even Openpay's
      {500, 3001, Outcome::kUnknown, "http_500"},   // a 5xx settles nothing
  };
  std::set<int> seen;
  for (const auto& test : cases) {
    const std::string body =
        R"({"category":"gateway","error_code":)" + std::to_string(test.code) + "}";
    const auto result = openpay::result_of_error(test.http, body);
    EXPECT_EQ(result.outcome, test.outcome) << test.code;
    EXPECT_EQ(result.reason, test.reason) << test.code;
    EXPECT_FALSE(result.not_sent) << test.code;
    EXPECT_EQ(result.unlisted_code, test.code == 3999 ? "3999" : "") << test.code;
    seen.insert(test.code);
  }
  for (const auto& row : openpay::error_table())
    EXPECT_TRUE(seen.contains(row.code)) << row.code << " has no case";
}

TEST_F(OpenpayTest, StolenLostAndRetainedCardsReadLikeAnyDecline) {
  for (const int code : {3004, 3009, 3011})
    EXPECT_EQ(openpay::find_error(code)->reason, openpay::find_error(3001)->reason);
  EXPECT_EQ(openpay::read_charge(charge_with("failed", R"(,"error_code":3004)"), "att1").reason,
            "declined");
}

TEST_F(OpenpayTest, ANewCodeOfAFailedChargeIsADeclineThatNamesTheCode) {
  const auto listed = openpay::read_charge(charge_with("failed", R"(,"error_code":3005)"), "att1");
  EXPECT_EQ(listed.reason, "risk_rejected");
  EXPECT_EQ(listed.unlisted_code, "");
  const auto newer = openpay::read_charge(charge_with("failed", R"(,"error_code":3777)"), "att1");
  EXPECT_EQ(newer.reason, "declined");
  EXPECT_EQ(newer.unlisted_code, "3777");
  const auto odd = openpay::read_charge(charge_with("failed", R"(,"error_code":"a b")"), "att1");
  EXPECT_EQ(odd.unlisted_code, "unreadable");
}

TEST_F(OpenpayTest, EachStatusOfAChargeHasItsOutcome) {
  struct Case {
    std::string status;
    Outcome outcome;
    std::string reason;
  };
  const std::vector<Case> cases{
      {"completed", Outcome::kApproved, ""},
      {"refunded", Outcome::kApproved, "refunded"},
      {"chargeback_pending", Outcome::kApproved, "chargeback_pending"},
      {"chargeback_accepted", Outcome::kApproved, "chargeback_accepted"},
      {"chargeback_adjustment", Outcome::kApproved, "chargeback_adjustment"},
      {"in_progress", Outcome::kAuthorized, "authorized"},
      {"charge_pending", Outcome::kPending, "awaiting_payer"},
      {"cancelled", Outcome::kDeclined, "cancelled"},
      {"failed", Outcome::kDeclined, "declined"},
      {"a_new_word", Outcome::kUnknown, "status_unknown"},
  };
  for (const auto& test : cases) {
    const auto result = openpay::read_charge(charge_with(test.status), "att1");
    EXPECT_EQ(result.outcome, test.outcome) << test.status;
    EXPECT_EQ(result.reason, test.reason) << test.status;
  }
}

TEST_F(OpenpayTest, AnAnswerThatIsNotOurChargeSettlesNothing) {
  struct Case {
    std::string body;
    std::string reason;
  };
  const std::vector<Case> cases{
      {R"({"id":"tr1","order_id":"att1","amo)", "malformed_reply"},
      {"", "malformed_reply"},
      {"[]", "malformed_reply"},
      {R"({"order_id":"att1","amount":10,"status":"completed"})", "malformed_reply"},
      {R"({"id":"tr1","order_id":"att1","status":"completed"})", "malformed_reply"},
      {R"({"id":"tr1","order_id":"att1","amount":10.001,"status":"completed"})", "malformed_reply"},
      {R"({"id":"tr1","order_id":"att1","amount":1e3,"status":"completed"})", "malformed_reply"},
      {R"({"id":"tr1","order_id":"att1","amount":-10,"status":"completed"})", "malformed_reply"},
      {R"({"id":"tr1","order_id":"att1","amount":10000000000.01,"status":"completed"})",
       "malformed_reply"},
      {R"({"id":"tr1","order_id":"att2","amount":10,"status":"completed"})", "reference_mismatch"},
      {R"({"id":"tr1","order_id":"att1","amount":10,"currency":"USD","status":"completed"})",
       "currency_mismatch"},
  };
  for (const auto& test : cases) {
    const auto result = openpay::read_charge(test.body, "att1");
    EXPECT_EQ(result.outcome, Outcome::kUnknown) << test.body;
    EXPECT_EQ(result.reason, test.reason) << test.body;
    ASSERT_EQ(result.unread.has_value(), test.reason == "malformed_reply") << test.body;
    if (result.unread) {
      EXPECT_EQ(result.unread->body, test.body);
    }
  }
}

TEST_F(OpenpayTest, ATimeOutAnErrorAndNonsenseAreUnknownAndOnlyARefusedConnectionIsNotSent) {
  Reply hold;
  hold.hold = true;
  for (const auto& reply : {hold, http_reply(500, kCompleted), http_reply(200, "{\"id\":\"tr")}) {
    Listener listener({reply});
    const auto result = submit(listener, charge());
    EXPECT_EQ(result.outcome, Outcome::kUnknown);
    EXPECT_FALSE(result.not_sent);
    EXPECT_EQ(listener.requests().size(), 1U);
  }
  std::unique_ptr<OpenpayGateway> adapter;
  {
    Listener gone({});
    adapter = gateway(gone);
  }
  const auto result = run_task(io_, adapter->submit(charge()));
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_EQ(result.reason, "connect");
  EXPECT_TRUE(result.not_sent);
}

TEST_F(OpenpayTest, AReferenceUsedBeforeTellsTheFirstCharge) {
  const std::string used = R"({"category":"request","error_code":1006,"http_code":409})";
  {
    Listener listener(
        {http_reply(409, used), http_reply(200, "[" + std::string(kCompleted) + "]")});
    const auto result = submit(listener, charge());
    EXPECT_EQ(result.outcome, Outcome::kApproved);
    EXPECT_EQ(result.gateway_id, "trficticio1");
    EXPECT_THAT(listener.requests().at(1), HasSubstr("GET /v1/mficticio/charges?order_id=att1&"));
  }
  Listener listener({http_reply(409, used), http_reply(200, "[]")});
  const auto result = submit(listener, charge());
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_EQ(result.reason, "reference_used");
}

TEST_F(OpenpayTest, ASearchTakesTheChargeThatSucceededAndNeverAForeignOne) {
  const std::string failed = charge_with("failed", R"(,"error_code":3003)");
  const std::string foreign = R"({"id":"tr9","order_id":"att9","amount":10,"status":"completed"})";
  EXPECT_FALSE(openpay::read_search("[]", "att1").found);
  EXPECT_FALSE(openpay::read_search("[" + foreign + "]", "att1").found);
  EXPECT_EQ(openpay::read_search("[" + failed + "]", "att1").reason, "insufficient_funds");
  EXPECT_EQ(openpay::read_search("[" + failed + "," + kCompleted + "]", "att1").outcome,
            Outcome::kApproved);
  EXPECT_EQ(openpay::read_search("{}", "att1").reason, "malformed_reply");
}

TEST_F(OpenpayTest, ARefundIsLookedForBeforeItIsAskedForSoThatTwiceIsOnce) {
  const std::string refund =
      R"({"id":"trr","status":"completed","amount":5.50,)"
      R"("description":"ref1","operation_date":"2026-03-03T10:00:00-06:00"})";
  const std::string with_refund = charge_with("completed", R"(,"refunds":[)" + refund + "]");
  RefundOrder order;
  order.reference = "ref1";
  order.charge_gateway_id = "tr1";
  order.amount = Money{550};
  order.reason = "El trámite no se hizo";
  {
    Listener listener({http_reply(200, charge_with("completed")), http_reply(200, with_refund)});
    auto adapter = gateway(listener);
    const auto result = run_task(io_, adapter->refund(order));
    EXPECT_EQ(result.outcome, Outcome::kApproved);
    EXPECT_EQ(result.gateway_id, "trr");
    EXPECT_EQ(result.amount, Money{550});
    EXPECT_THAT(listener.requests().at(1), HasSubstr("POST /v1/mficticio/charges/tr1/refund "));
    EXPECT_THAT(listener.requests().at(1), HasSubstr(R"({"description":"ref1","amount":5.50})"));
  }
  {
    Listener listener({http_reply(200, with_refund)});
    auto adapter = gateway(listener);
    EXPECT_EQ(run_task(io_, adapter->refund(order)).outcome, Outcome::kApproved);
    EXPECT_EQ(listener.requests().size(), 1U);
  }
  Listener listener({http_reply(404, "{}"), http_reply(404, "{}")});
  auto adapter = gateway(listener);
  const auto result = run_task(io_, adapter->refund(order));
  EXPECT_EQ(result.outcome, Outcome::kUnknown);
  EXPECT_TRUE(result.not_sent) << "it was never asked for";
}

TEST_F(OpenpayTest, TheReportHoldsTheChargesAndRefundsOfTheDayAndNothingElse) {
  const std::string older =
      R"({"id":"tr2","order_id":"att2","amount":100.00,"status":"completed",)"
      R"("creation_date":"2026-02-27T10:00:00-06:00","refund":{"id":"trr2","status":"completed",)"
      R"("amount":40.00,"description":"ref2","operation_date":"2026-03-02T09:00:00-06:00"}})";
  const std::string failed = R"({"id":"tr3","order_id":"att3","amount":7,"status":"failed",)"
                             R"("creation_date":"2026-03-02T10:00:00-06:00"})";
  const std::string page = "[" + std::string(kCompleted) + "," + older + "," + failed + "]";
  Listener listener({http_reply(200, page)});
  auto adapter = gateway(listener);
  const auto report = run_task(io_, adapter->report(*parse_date("2026-03-02")));
  ASSERT_TRUE(report.ok()) << report.error().detail;
  ASSERT_EQ(report->size(), 2U);
  const auto& charge_line = report->at(0);
  EXPECT_EQ(charge_line.reference, "att1");
  EXPECT_EQ(charge_line.kind, "charge");
  EXPECT_EQ(charge_line.amount, Money{244'000});
  EXPECT_EQ(charge_line.fee, Money{7'326});
  EXPECT_EQ(charge_line.fee_vat, Money{1'172});
  EXPECT_EQ(to_text(charge_line.operating_date), "2026-03-02");
  const auto& refund_line = report->at(1);
  EXPECT_EQ(refund_line.reference, "ref2");
  EXPECT_EQ(refund_line.kind, "refund");
  EXPECT_EQ(refund_line.amount, Money{-4'000});
  EXPECT_EQ(refund_line.fee, Money{});
  EXPECT_THAT(listener.requests().at(0), HasSubstr("creation%5Bgte%5D=2026-01-30&"));
  EXPECT_THAT(listener.requests().at(0), HasSubstr("creation%5Blte%5D=2026-03-02&"));
}

TEST_F(OpenpayTest, TheStatusOfAChargeSaysHowItsDisputeStands) {
  struct Case {
    std::string status;
    DisputeStage stage;
  };
  for (const Case& it : std::vector<Case>{{"completed", DisputeStage::kNone},
                                          {"refunded", DisputeStage::kNone},
                                          {"chargeback_pending", DisputeStage::kOpen},
                                          {"chargeback_adjustment", DisputeStage::kOpen},
                                          {"chargeback_accepted", DisputeStage::kLost},
                                          {"failed", DisputeStage::kUnknown},
                                          {"new_word", DisputeStage::kUnknown}}) {
    const auto news = openpay::read_dispute(charge_with(it.status, ""), "att1");
    EXPECT_EQ(news.stage, it.stage) << it.status;
  }
  EXPECT_EQ(openpay::read_dispute(charge_with("chargeback_pending", ""), "other").reason,
            "reference_mismatch");
  for (const std::string body : {"", "[]", "{}", R"({"order_id":"att1","status":"completed"})"})
    EXPECT_EQ(openpay::read_dispute(body, "att1").stage, DisputeStage::kUnknown) << body;
}

TEST_F(OpenpayTest, AReportIsReadPageByPageAndARowSeenTwiceCountsOnce) {
  const auto row = [](int number) {
    return R"({"id":"tr)" + std::to_string(number) + R"(","order_id":"att","amount":1,)" +
           R"("status":"completed","creation_date":"2026-03-02T10:00:00-06:00"})";
  };
  std::string full;
  for (int i = 0; i < 100; ++i)
    full += (i == 0 ? "[" : ",") + row(i);
  Listener listener(
      {http_reply(200, full + "]"), http_reply(200, "[" + row(99) + "," + row(100) + "]")});
  auto adapter = gateway(listener);
  const auto report = run_task(io_, adapter->report(*parse_date("2026-03-02")));
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->size(), 101U);
  EXPECT_THAT(listener.requests().at(1), HasSubstr("&limit=100&offset=100 "));
}

TEST_F(OpenpayTest, AReportThatCannotBeReadIsAnErrorAndNeverAShortReport) {
  for (const auto& reply : {http_reply(500, ""), http_reply(200, "{}"), http_reply(200, "[1]"),
                            http_reply(200, R"([{"id":"tr1","status":"new","amount":1}])"),
                            http_reply(200, R"([{"id":"tr1","status":"completed","amount":1}])")}) {
    Listener listener({reply, reply});
    auto adapter = gateway(listener);
    EXPECT_FALSE(run_task(io_, adapter->report(*parse_date("2026-03-02"))).ok()) << reply.bytes;
  }
}

TEST_F(OpenpayTest, AWebhookIsOnlyEverAReasonToAsk) {
  Listener listener({});
  auto adapter = gateway(listener);
  InboundCall call;
  call.route = "webhook";
  call.body = R"({"type":"charge.succeeded","event_date":"2026-03-02T10:00:00-06:00","new":1.5,)"
              R"("transaction":)" +
              std::string(kCompleted) + "}";
  auto meaning = adapter->parse(call);
  ASSERT_TRUE(meaning.ok()) << meaning.error().detail;
  EXPECT_EQ(meaning->kind, InboundMeaning::Kind::kReadCharge);
  EXPECT_EQ(meaning->gateway_id, "trficticio1");
  EXPECT_EQ(meaning->reference, "att1");
  for (const std::string type :
       {"verification", "spei.received", "payout.created", "fee.succeeded"}) {
    call.body = R"({"type":")" + type + R"(","verification_code":"UY1qqrxw"})";
    EXPECT_EQ(adapter->parse(call)->kind, InboundMeaning::Kind::kIgnore) << type;
  }
  for (const std::string body : {"", "[]", "{}", R"({"type":"charge.failed"})",
                                 R"({"type":"charge.failed","transaction":{}})",
                                 R"({"type":"charge.failed","transaction":{"id":"../../x"}})",
                                 R"({"type":"charge.failed","type":"x"})"}) {
    call.body = body;
    EXPECT_FALSE(adapter->parse(call).ok()) << body;
  }
}

TEST_F(OpenpayTest, WebhookCredentialsAreDemandedWhereTheyAreSetUp) {
  Listener listener({});
  OpenpayOptions options;
  options.name = "openpay";
  options.inbound.credentials = BasicCredentials{"openpay", Secret("ficticia")};
  OpenpayGateway adapter(std::move(options), client_of(listener.url()));
  InboundCall call;
  call.body = R"({"type":"verification"})";
  EXPECT_EQ(adapter.parse(call).error().code, ErrorCode::kSignatureInvalid);
  call.headers.emplace("authorization", "Basic " + to_base64("openpay:other"));
  EXPECT_EQ(adapter.parse(call).error().code, ErrorCode::kSignatureInvalid);
  call.headers.clear();
  call.headers.emplace("authorization", "basic " + to_base64("openpay:ficticia"));
  EXPECT_TRUE(adapter.parse(call).ok());
  call.headers.emplace("authorization", "basic " + to_base64("openpay:ficticia"));
  EXPECT_FALSE(adapter.parse(call).ok()) << "twice is a mistake somewhere";
  EXPECT_EQ(adapter.answer(call, true, "").status, 200);
  EXPECT_EQ(adapter.answer(call, false, "signature.invalid").status, 401);
  EXPECT_EQ(adapter.answer(call, false, "queue.full").status, 503);
  for (const char* why : {"field.invalid", "field.missing", "json.malformed"})
    EXPECT_EQ(adapter.answer(call, false, why).status, 400) << why;
}

}  // namespace
}  // namespace erario
