// What Conekta holds: searches and their pages, reports, refunds, disputes.
#include <gmock/gmock.h>

#include "gateways/card/conekta/dispute.hpp"
#include "gateways/card/conekta/order.hpp"
#include "gateways/card/conekta/pages.hpp"
#include "tests/unit/gateways/conekta_case.hpp"

namespace erario {
namespace {

using namespace testing_support;
using testing::HasSubstr;

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
    auto adapter = std::make_unique<ConektaGateway>(std::move(told), client_of(listener.url()));
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

}  // namespace
}  // namespace erario
