// The log must be readable for as long as auditors exist: what is written comes back the same.
#include "engine/payment/event_json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>
#include <set>

#include "engine/base/json.hpp"

namespace erario {
namespace {

template <class IdType>
IdType id(std::uint8_t number) {
  IdType made;
  made.bytes.fill(number);
  return made;
}

const Instant kNoon = *parse_rfc3339("2026-03-02T12:00:00.123456-06:00");

template <class T>
boost::json::value tree_of(const T& value) {
  return parse_json(canonical_json(value)).value();
}

Attempt attempt() {
  return {id<AttemptId>(1),
          2,
          "openpay",
          "ORD1",
          AttemptState::kNeedsAction,
          Money{244'000},
          true,
          12,
          "trx1",
          "123456",
          "https://banco.example/3ds",
          "declined",
          kNoon,
          kNoon + std::chrono::microseconds(1),
          kNoon + std::chrono::hours(120),
          TransferAccount{"646180999900000016", "STP", kNoon},
          BankAccount{"012180000000000015", "ANA LORO FICTICIO", "XAXX010101000"}};
}

Refund refund() {
  return {id<RefundId>(2),
          "stp",
          "CLAVE1",
          RefundState::kReturned,
          Money{100},
          {{"sre", "sre.pasaporte.10", "104000500", "0401800101001", Money{100}}},
          "«no» \"realizado\"\n",
          {"646180157000000004", "ANA LORO FICTICIO", "XAXX010101000"},
          "77",
          "account_blocked",
          kNoon,
          Instant{}};
}

Deposit deposit(bool full) {
  Deposit it;
  it.id = id<DepositId>(3);
  it.key = {"40012", "CLAVE9", *parse_date("2026-12-31")};
  it.state = DepositState::kReturning;
  it.suspense = SuspenseKind::kDuplicate;
  it.amount = Money{1};
  it.clabe = "646180157000000004";
  it.sender = {"012180001234567899", "LUIS GATO FICTICIO", "XAXX010101000"};
  it.concept_text = "pago ñandú";
  it.gateway = "stp";
  it.gateway_id = "9";
  if (full) {
    it.payment = id<PaymentId>(4);
    it.attempt = id<AttemptId>(1);
    it.return_order = refund();
  }
  it.received_at = kNoon;
  it.version = 5;
  return it;
}

Dispute dispute() {
  Dispute it;
  it.id = id<DisputeId>(6);
  it.payment = id<PaymentId>(4);
  it.attempt = id<AttemptId>(1);
  it.gateway = "openpay";
  it.reference = "ORD1";
  it.gateway_id = "trx1";
  it.state = DisputeState::kLost;
  it.amount = Money{15};
  it.reason = "no reconocido";
  it.held = SuspenseKind::kLate;
  it.allocations = {{"sre", "a", "1", "2", Money{15}}};
  it.evidence = "el recibo firmado";
  it.opened_at = kNoon;
  it.version = 3;
  return it;
}

// One of every body, in the order of the variant.
std::vector<EventBody> every_body() {
  const std::vector<Allocation> allocations{{"sre", "a", "1", "2", Money{7}},
                                            {"inm", "b", "", "", Money{8}}};
  return {
      PaymentCreated{Money{15}, Method::kSpei},
      PaymentExpired{},
      PaymentCancelled{"el portal lo pidió"},
      AttemptStarted{attempt()},
      AttemptNeedsAction{id<AttemptId>(1), "trx", "https://banco.example",
                         TransferAccount{"646180999900000016", "STP", kNoon}},
      AttemptPending{id<AttemptId>(1), "trx"},
      AttemptUnknown{id<AttemptId>(1), "timeout"},
      AttemptDeclined{id<AttemptId>(1), "trx", "insufficient_funds"},
      AttemptAuthorized{id<AttemptId>(1), "trx", "123456", "busy"},
      CaptureRequested{id<AttemptId>(1), Money{15}},
      ReleaseRequested{id<AttemptId>(1), "ya no"},
      PaymentCaptured{id<AttemptId>(1), "openpay", "trx", "ORD1", "123456", Money{15}, allocations,
                      BankAccount{"012180000000000015", "ANA LORO FICTICIO", ""}},
      CaptureHeld{id<AttemptId>(1), "openpay", "trx", "ORD1", SuspenseKind::kLate, Money{15},
                  BankAccount{"012180000000000015", "ANA LORO FICTICIO", ""}},
      DepositApplied{deposit(true), id<PaymentId>(4), allocations},
      DepositHeld{deposit(false)},
      DepositReturnRequested{id<DepositId>(3), SuspenseKind::kShort, refund()},
      DepositReturnSettled{id<DepositId>(3), refund()},
      DepositReturnFailed{id<DepositId>(3), SuspenseKind::kOver, refund(), true},
      RefundRequested{refund()},
      RefundPending{id<RefundId>(2), "77"},
      RefundUnknown{id<RefundId>(2), "http_503"},
      RefundSettled{refund(), true},
      RefundFailed{refund()},
      RefundReturned{refund()},
      ReceiptIssued{id<ReceiptId>(5), "SRE", 1'001, Money{15}},
      SettlementMatched{"openpay", "treasury", "ORD1", "line-1", Money{-15},
                        *parse_date("2026-02-28")},
      DisputeOpened{dispute()},
      DisputeEvidenceSent{id<DisputeId>(6), "el recibo firmado"},
      DisputeWon{dispute()},
      DisputeLost{dispute(), true},
      ReceiptSuperseded{id<ReceiptId>(5), id<ReceiptId>(7)},
      DepositsCombined{id<PaymentId>(4), "stp", {id<DepositId>(3)}, Money{15}, allocations},
  };
}

TEST(EventJson, EveryBodyComesBackTheSameThroughItsText) {
  const auto bodies = every_body();
  ASSERT_EQ(bodies.size(), std::variant_size_v<EventBody>);
  std::set<std::string_view> names;
  for (std::size_t index = 0; index < bodies.size(); ++index) {
    ASSERT_EQ(bodies[index].index(), index);
    const std::string_view name = event_name(bodies[index]);
    SCOPED_TRACE(name);
    EXPECT_TRUE(names.insert(name).second) << "names are unique";
    const std::string text = canonical_json(bodies[index]);
    const auto parsed = parse_json(text);
    ASSERT_TRUE(parsed.ok()) << parsed.error().detail;
    const auto back = event_from_json(name, *parsed);
    ASSERT_TRUE(back.ok()) << back.error().detail;
    EXPECT_EQ(back->index(), index);
    EXPECT_EQ(canonical_json(*back), text);
  }
}

TEST(EventJson, TheTextOfACaptureIsWrittenInStone) {
  const PaymentCaptured captured{
      id<AttemptId>(0xAB),
      "openpay",
      "trx1",
      "ORD1",
      "123456",
      Money{244'000},
      {{"sre", "sre.pasaporte.10", "104000500", "0401800101001", Money{244'000}}}};
  EXPECT_EQ(event_name(captured), "payment.captured");
  EXPECT_EQ(canonical_json(EventBody(captured)),
            R"({"allocations":[{"agency":"sre","amount":244000,)"
            R"("cadena_dependencia":"0401800101001","clave_referencia":"104000500",)"
            R"("fee":"sre.pasaporte.10"}],"amount":244000,)"
            R"("attempt":"att_abababababababababababababababab","authorization":"123456",)"
            R"("gateway":"openpay","gateway_id":"trx1","reference":"ORD1"})");
}

TEST(EventJson, ADisputeThatAnOlderVersionLostWasOfWhatHadNotGoneBack) {
  auto json = tree_of(EventBody(DisputeLost{dispute(), true}));
  json.as_object().erase("sent_back");
  const auto back = event_from_json("dispute.lost", json);
  ASSERT_TRUE(back.ok()) << back.error().detail;
  EXPECT_FALSE(std::get<DisputeLost>(*back).sent_back);
}

TEST(EventJson, AnAttemptOfAnOlderVersionHasTheTermsThatWereAllThereWas) {
  auto json = tree_of(EventBody(AttemptStarted{attempt()}));
  json.at("attempt").as_object().erase("three_d_secure");
  json.at("attempt").as_object().erase("instalments");
  json.at("attempt").as_object().erase("capture_by");
  json.at("attempt").as_object().erase("pay_to");
  json.at("attempt").as_object().erase("paid_from");
  const auto back = event_from_json("attempt.started", json);
  ASSERT_TRUE(back.ok()) << back.error().detail;
  EXPECT_FALSE(std::get<AttemptStarted>(*back).attempt.three_d_secure);
  EXPECT_EQ(std::get<AttemptStarted>(*back).attempt.instalments, 0);
  EXPECT_FALSE(std::get<AttemptStarted>(*back).attempt.capture_by);
  EXPECT_FALSE(std::get<AttemptStarted>(*back).attempt.pay_to);
  EXPECT_FALSE(std::get<AttemptStarted>(*back).attempt.paid_from);
}

// Nothing is said of accounts where there are none, so that cards are logged as they ever were.
TEST(EventJson, OnlyChargesThatArePaidByTransferSpeakOfAccounts) {
  const AttemptNeedsAction by_card{id<AttemptId>(1), "trx", "https://banco.example"};
  EXPECT_EQ(canonical_json(EventBody(by_card)),
            R"({"attempt":"att_01010101010101010101010101010101","gateway_id":"trx",)"
            R"("redirect_url":"https://banco.example"})");
  const AttemptNeedsAction by_transfer{id<AttemptId>(1), "trx", "",
                                       TransferAccount{"646180999900000016", "STP", {}}};
  EXPECT_EQ(canonical_json(EventBody(by_transfer)),
            R"({"attempt":"att_01010101010101010101010101010101","gateway_id":"trx","pay_to":)"
            R"({"bank":"STP","clabe":"646180999900000016","expires_at":null},"redirect_url":""})");
}

TEST(EventJson, ARefundSaysWhoNamedItsDestinationWhereSomebodyDid) {
  RefundRequested requested{refund()};
  EXPECT_EQ(canonical_json(EventBody(requested)).find("named_by"), std::string::npos);
  requested.refund.named_by = "finanzas";
  const auto back = event_from_json("refund.requested", tree_of(EventBody(requested)));
  ASSERT_TRUE(back.ok()) << back.error().detail;
  EXPECT_EQ(std::get<RefundRequested>(*back).refund.named_by, "finanzas");
}

TEST(EventJson, InstantsKeepTheirMicroseconds) {
  const auto json = tree_of(EventBody(AttemptStarted{attempt()}));
  EXPECT_EQ(json.at("attempt").at("created_at").as_string(), "2026-03-02T18:00:00.123456Z");
  const auto back = event_from_json("attempt.started", json);
  EXPECT_EQ(std::get<AttemptStarted>(*back).attempt.created_at, kNoon);
}

TEST(EventJson, WhatWasTamperedWithIsNamedAndNotRead) {
  struct Case {
    const char* what;
    std::string name;
    std::function<void(boost::json::object&)> change;
    ErrorCode code;
    std::string pointer;
  };
  const std::vector<Case> cases{
      {"another name", "payment.made", [](auto&) {}, ErrorCode::kFieldInvalid, ""},
      {"a field is gone", "payment.captured", [](auto& it) { it.erase("amount"); },
       ErrorCode::kFieldMissing, "/amount"},
      {"a field is new", "payment.captured", [](auto& it) { it["note"] = "x"; },
       ErrorCode::kFieldUnknown, ""},
      {"an amount is text", "payment.captured", [](auto& it) { it["amount"] = "15"; },
       ErrorCode::kFieldInvalid, "/amount"},
      {"an id is foreign", "payment.captured", [](auto& it) { it["attempt"] = "pay_00"; },
       ErrorCode::kFieldInvalid, "/attempt"},
      {"a list is an object", "payment.captured",
       [](auto& it) { it["allocations"] = boost::json::object(); }, ErrorCode::kFieldInvalid,
       "/allocations"},
      {"an element is broken", "payment.captured",
       [](auto& it) { it["allocations"].as_array()[1].as_object()["fee"] = 5; },
       ErrorCode::kFieldInvalid, "/allocations/1/fee"},
      {"a member is text", "payment.captured", [](auto& it) { it["allocations"] = {"x"}; },
       ErrorCode::kFieldInvalid, "/allocations/0"},
  };
  for (const Case& it : cases) {
    SCOPED_TRACE(it.what);
    auto json = tree_of(every_body()[11]);
    it.change(json.as_object());
    const auto read = event_from_json(it.name, json);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, it.code);
    if (!it.pointer.empty()) {
      ASSERT_FALSE(read.error().fields.empty());
      EXPECT_EQ(read.error().fields[0].pointer, it.pointer);
    }
  }
  auto started = tree_of(EventBody(AttemptStarted{attempt()}));
  started.as_object()["attempt"].as_object()["ordinal"] = std::int64_t{1} << 40;
  EXPECT_FALSE(event_from_json("attempt.started", started).ok()) << "out of range for an int";
  EXPECT_FALSE(event_from_json("attempt.started", boost::json::value(3)).ok());
}

TEST(EventJson, RefundsAndAllocationsStandAlone) {
  const std::string json = canonical_json(refund());
  const auto back = refund_from_json(parse_json(json).value());
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(canonical_json(*back), json);
  const auto list = allocations_from_json(tree_of(refund().allocations));
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(*list, refund().allocations);
  EXPECT_FALSE(allocations_from_json(boost::json::value("x")).ok());
}

}  // namespace
}  // namespace erario
