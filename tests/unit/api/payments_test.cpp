// The way of a payment through the API, on the real lane and store.
#include <gtest/gtest.h>

#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;
using testing::Answered;
using testing::World;

// Other bodies: the same payment with one member replaced, or removed by null.
json::value with(json::value body, std::string_view member, json::value value) {
  body.as_object()[member] = std::move(value);
  return body;
}

class ApiPayments : public ::testing::Test {
 protected:
  World world;
};

TEST_F(ApiPayments, AServiceIsFoundByWordsWithoutAccents) {
  const Answered found = world.get("/v1/services?q=PASAPORTE+10+anos", world.portal);
  ASSERT_EQ(found.status(), 200) << found.response.body;
  ASSERT_GE(found.json.at("data").as_array().size(), 1u);
  const Answered one = world.get("/v1/services/sre.passport.10y", world.portal);
  ASSERT_EQ(one.status(), 200);
  EXPECT_EQ(one.json.at("agency").at("id"), "sre");
  EXPECT_EQ(one.json.at("fees").at(0).at("rate").at("valid_from"), "2023-01-01");
  EXPECT_EQ(world.get("/v1/services/no.such", world.portal).status(), 404);
}

TEST_F(ApiPayments, ServicesComeInPagesThatMeet) {
  std::size_t seen = 0;
  std::string cursor;
  do {
    const std::string on = cursor.empty() ? "" : "&cursor=" + cursor;
    const Answered page = world.get("/v1/services?limit=5" + on, world.portal);
    ASSERT_EQ(page.status(), 200);
    seen += page.json.at("data").as_array().size();
    const auto& next = page.json.at("next");
    cursor = next.is_null() ? "" : std::string(next.as_string());
  } while (!cursor.empty());
  EXPECT_EQ(seen, world.catalogue.get()->services.size());
}

TEST_F(ApiPayments, AQuoteIsExplainedAndProtected) {
  const json::value quote = world.quote();
  EXPECT_EQ(quote.at("total"), 428'000);  // published for 2026
  EXPECT_FALSE(quote.at("items").at(0).at("lines").as_array().empty());
  EXPECT_TRUE(std::string(quote.at("digest").as_string()).starts_with("hmac-sha256:"));
}

TEST_F(ApiPayments, ACardPaymentIsMadeAndRead) {
  const Answered made = world.post("/v1/payments", world.portal, world.card_payment_body());
  ASSERT_EQ(made.status(), 201) << made.response.body;
  EXPECT_EQ(made.json.at("state"), "processing");
  EXPECT_EQ(made.json.at("attempts").at(0).at("gateway"), "openpay");
  EXPECT_TRUE(made.json.at("clabe").is_null());
  const std::string path = "/v1/payments/" + std::string(made.json.at("id").as_string());
  const Answered read = world.get(path, world.portal);
  ASSERT_EQ(read.status(), 200);
  EXPECT_EQ(read.json, made.json);
  // Made, and its attempt started: the version counts events.
  EXPECT_EQ(read.header("etag"), "\"2\"");
  const Answered unchanged =
      world.call("GET", path, world.portal, "", {{"If-None-Match", "\"2\""}});
  EXPECT_EQ(unchanged.status(), 304);
  EXPECT_TRUE(unchanged.response.body.empty());
  const Answered quote = world.get(path + "/quote", world.portal);
  EXPECT_EQ(quote.json.at("id"), made.json.at("quote"));
}

TEST_F(ApiPayments, ASpeiPaymentOwnsAClabe) {
  const Answered made = world.post("/v1/payments", world.portal, world.spei_payment_body());
  ASSERT_EQ(made.status(), 201) << made.response.body;
  EXPECT_EQ(made.json.at("state"), "awaiting");
  const std::string clabe(made.json.at("clabe").as_string());
  EXPECT_EQ(clabe.size(), 18u);
  EXPECT_TRUE(clabe.starts_with("6461801104"));
  EXPECT_NE(world.metrics.text().find("erario_clabes_left{prefix=\"6461801104\"} 9999998"),
            std::string::npos);
  EXPECT_EQ(made.json.at("expires_at"), "2026-03-03T10:00:00.000-06:00");
}

TEST_F(ApiPayments, AnAgencyWithARangeOfItsOwnHasItsClabesFromThere) {
  world.context->settings.clabe_prefix_of_agency["sre"] = "6461801105";
  const Answered made = world.post("/v1/payments", world.portal, world.spei_payment_body());
  ASSERT_EQ(made.status(), 201) << made.response.body;
  EXPECT_TRUE(made.json.at("clabe").as_string().starts_with("6461801105"));
  json::value other = world.spei_payment_body();
  other.as_object()["quote"] = world.quote("inm.card.replacement");
  const Answered common = world.post("/v1/payments", world.portal, other);
  ASSERT_EQ(common.status(), 201) << common.response.body;
  EXPECT_TRUE(common.json.at("clabe").as_string().starts_with("6461801104"));
}

TEST_F(ApiPayments, TheSameKeyGivesTheSameAnswerByteForByte) {
  const json::value body = world.card_payment_body();
  const Answered first = world.post("/v1/payments", world.portal, body, "orden-1");
  ASSERT_EQ(first.status(), 201);
  world.clock.advance(std::chrono::hours(3));  // the quote has long expired
  const Answered again = world.post("/v1/payments", world.portal, body, "orden-1");
  EXPECT_EQ(again.status(), 201);
  EXPECT_EQ(again.response.body, first.response.body);
  EXPECT_EQ(again.header("idempotency-replayed"), "true");
  const Answered other =
      world.post("/v1/payments", world.portal, with(body, "reference", "otra"), "orden-1");
  EXPECT_EQ(other.status(), 422);
  EXPECT_EQ(other.code(), "idempotency_key.reused");
}

TEST_F(ApiPayments, ARefusedRequestDoesNotBurnItsKey) {
  json::value body = world.card_payment_body();
  EXPECT_EQ(world.post("/v1/payments", world.portal, with(body, "method", "cash"), "k").status(),
            422);
  EXPECT_EQ(world.post("/v1/payments", world.portal, body, "k").status(), 201);
}

TEST_F(ApiPayments, AChangeNeedsAnIdempotencyKey) {
  const Answered answered =
      world.call("POST", "/v1/payments", world.portal, json::serialize(world.card_payment_body()));
  EXPECT_EQ(answered.status(), 400);
  EXPECT_EQ(answered.code(), "idempotency_key.missing");
}

TEST_F(ApiPayments, QuotesAreRefusedWhenExpiredTamperedOrUsed) {
  const json::value body = world.card_payment_body();
  json::value cheaper = body;
  cheaper.at("quote").as_object()["total"] = 1;
  EXPECT_EQ(world.post("/v1/payments", world.portal, cheaper).code(), "quote.tampered");
  ASSERT_EQ(world.post("/v1/payments", world.portal, body).status(), 201);
  EXPECT_EQ(world.post("/v1/payments", world.portal, body).code(), "quote.used");
  const json::value late = world.card_payment_body();
  world.clock.advance(std::chrono::minutes(61));
  EXPECT_EQ(world.post("/v1/payments", world.portal, late).code(), "quote.expired");
}

struct BadBody {
  const char* name;
  std::string_view member;
  json::value value;
  std::string_view code;
  std::string_view pointer;
};

TEST_F(ApiPayments, EveryBrokenFieldIsNamed) {
  const json::value good = world.card_payment_body();
  const json::object payer{{"name", "ANA LORO FICTICIO"}};
  const auto payer_with = [&](std::string_view key, std::string_view text) {
    json::object broken = payer;
    broken[key] = text;
    return json::value(broken);
  };
  const BadBody table[] = {
      {"no quote", "quote", nullptr, "field.missing", "/quote"},
      {"a quote that is none", "quote", 1, "field.invalid", "/quote"},
      {"no method", "method", nullptr, "field.missing", "/method"},
      {"another method", "method", "cash", "field.invalid", "/method"},
      {"no payer", "payer", nullptr, "field.missing", "/payer"},
      {"a payer that is a text", "payer", "ANA", "field.invalid", "/payer"},
      {"an empty name", "payer", payer_with("name", " "), "field.invalid", "/payer/name"},
      {"a name with a line end", "payer", payer_with("name", "A\nB"), "field.invalid",
       "/payer/name"},
      {"an e-mail that is none", "payer", payer_with("email", "ana"), "field.invalid",
       "/payer/email"},
      {"an RFC that is none", "payer", payer_with("rfc", "NO VALE"), "field.invalid", "/payer/rfc"},
      {"a CURP that is none", "payer", payer_with("curp", "NO VALE"), "field.invalid",
       "/payer/curp"},
      {"an unknown field of the payer", "payer", payer_with("age", "3"), "field.unknown",
       "/payer/age"},
      {"an unknown field", "discount", 100, "field.unknown", "/discount"},
      {"too long a reference", "reference", json::value(std::string(256, 'a')), "field.invalid",
       "/reference"},
      {"plain http", "return_url", "http://portal.example/", "field.invalid", "/return_url"},
      {"no URL", "return_url", "javascript:alert(1)", "field.invalid", "/return_url"},
      {"a URL with a password", "return_url", "https://ana:word@portal.example/", "field.invalid",
       "/return_url"},
      {"a URL with a loopback address for a name", "return_url", "http://127.0.0.1.example/",
       "field.invalid", "/return_url"},
      {"an expiry too soon", "expires_in_seconds", 4, "field.invalid", "/expires_in_seconds"},
      {"a negative expiry", "expires_in_seconds", -1, "field.invalid", "/expires_in_seconds"},
      {"an unknown gateway", "card", json::object{{"gateway", "nobody"}}, "field.invalid",
       "/card/gateway"},
      {"a gateway of transfers", "card", json::object{{"gateway", "stp"}}, "field.invalid",
       "/card/gateway"},
      {"months nobody offers", "card", json::object{{"token", "tok"}, {"instalments", 7}},
       "field.invalid", "/card/instalments"},
      {"months that are no number", "card", json::object{{"token", "tok"}, {"instalments", "6"}},
       "field.invalid", "/card/instalments"},
      {"a token that is empty", "card", json::object{{"token", ""}}, "field.invalid",
       "/card/token"},
      {"months at a gateway without them", "card",
       json::object{{"token", "tok"}, {"instalments", 6}}, "field.invalid", "/card/instalments"},
      {"a capture nobody knows", "capture", "later", "field.invalid", "/capture"},
      {"a hold at a gateway without captures", "capture", "manual", "field.invalid",
       "/card/gateway"},
      {"a page without a way back", "card", nullptr, "field.missing", "/return_url"},
      {"a card number as token", "card", json::object{{"token", "4111111111111111"}},
       "card_number.refused", "/card/token"},
      {"a card number beside the token", "card", json::object{{"number", "4111111111111111"}},
       "card_number.refused", "/card/number"},
  };
  for (const BadBody& row : table) {
    const Answered answered =
        world.post("/v1/payments", world.portal, with(good, row.member, row.value));
    EXPECT_EQ(answered.status(), 422) << row.name << answered.response.body;
    EXPECT_EQ(answered.code(), row.code) << row.name << answered.response.body;
    bool named = false;
    for (const auto& error : answered.json.at("errors").as_array())
      named = named || error.at("pointer") == json::value(row.pointer);
    EXPECT_TRUE(named) << row.name << ": " << answered.response.body;
  }
  EXPECT_EQ(world.store->reader().payments({}, {})->rows.size(), 0u);  // nothing stored
}

TEST_F(ApiPayments, AllErrorsOfABodyComeAtOnce) {
  const Answered answered =
      world.post("/v1/payments", world.portal, {{"method", "cash"}, {"payer", 1}, {"x", 2}});
  EXPECT_EQ(answered.json.at("errors").as_array().size(), 4u) << answered.response.body;
}

TEST_F(ApiPayments, ACardNumberIsRefusedWhereverItHides) {
  const std::string card = "4111 1111 1111 1111";
  for (const std::string_view member : {"reference", "return_url", "x"}) {
    const Answered answered = world.post(
        "/v1/payments", world.portal, with(world.card_payment_body(), member, json::value(card)));
    EXPECT_EQ(answered.code(), "card_number.refused") << member;
    EXPECT_EQ(answered.json.at("errors").at(0).at("pointer").as_string(),
              "/" + std::string(member));
    EXPECT_EQ(answered.response.body.find("1111"), std::string::npos);
  }
  const Answered as_key = world.post("/v1/quotes", world.portal, {{card, 1}});
  EXPECT_EQ(as_key.code(), "card_number.refused");
  const Answered in_query = world.get("/v1/payments?reference=4111111111111111", world.portal);
  EXPECT_EQ(in_query.code(), "card_number.refused");
  const Answered in_header =
      world.call("GET", "/v1/payments", world.portal, "", {{"X-Note", card}});
  EXPECT_EQ(in_header.code(), "card_number.refused");
}

TEST_F(ApiPayments, MalformedJsonIsRefusedWithItsRule) {
  for (const std::string_view body :
       {"{", "{\"a\":1,\"a\":2}", "{\"a\":1.5}", "{\"a\":1e3}", "[]x"}) {
    const Answered answered = world.call("POST", "/v1/quotes", world.portal, std::string(body));
    EXPECT_EQ(answered.status(), 400) << body;
    EXPECT_EQ(answered.code(), "json.malformed") << body;
  }
}

TEST_F(ApiPayments, AnotherCardIsTriedAfterADecline) {
  const Answered made = world.post("/v1/payments", world.portal, world.card_payment_body());
  const PaymentId id = *PaymentId::parse(std::string(made.json.at("id").as_string()));
  GatewayResult declined;
  declined.outcome = Outcome::kDeclined;
  declined.reason = "insufficient_funds";
  Command command;
  command.id = new_id<CommandId>(world.clock, world.random);
  command.body =
      PaymentCommand{RecordCharge{id, world.store->reader().payment(id)->attempts[0].id, declined}};
  world.run(std::move(command));
  const std::string path = "/v1/payments/" + id.text();
  const Answered again =
      world.post(path + "/attempts", world.portal, {{"card", {{"token", "kqmlv4tk9a0ficticio2"}}}});
  ASSERT_EQ(again.status(), 201) << again.response.body;
  EXPECT_EQ(again.json.at("attempts").as_array().size(), 2u);
  EXPECT_EQ(again.json.at("attempts").at(0).at("decline_reason"), "insufficient_funds");
  const Answered third =
      world.post(path + "/attempts", world.portal, {{"card", {{"token", "kqmlv4tk9a0ficticio3"}}}});
  EXPECT_EQ(third.code(), "state.conflict");
}

TEST_F(ApiPayments, APaymentIsCancelled) {
  const Answered made = world.post("/v1/payments", world.portal, world.spei_payment_body());
  const std::string path = "/v1/payments/" + std::string(made.json.at("id").as_string());
  const Answered cancelled =
      world.post(path + "/cancel", world.portal, {{"reason", "ya no se necesita"}});
  ASSERT_EQ(cancelled.status(), 200) << cancelled.response.body;
  EXPECT_EQ(cancelled.json.at("state"), "cancelled");
  EXPECT_EQ(cancelled.json.at("finished"), true);
}

TEST_F(ApiPayments, APaidPaymentHasEventsEntriesAndAReceiptThatVerifies) {
  const std::string path = "/v1/payments/" + world.paid_payment();
  EXPECT_EQ(world.get(path, world.portal).json.at("state"), "paid");
  const Answered events = world.get(path + "/events", world.portal);
  EXPECT_EQ(events.json.at("data").at(0).at("name"), "payment.created");
  const Answered entries = world.get("/v1/ledger/entries", world.finance);
  ASSERT_EQ(entries.json.at("data").as_array().size(), 1u) << entries.response.body;
  const Answered accounts = world.get("/v1/ledger/accounts", world.auditor);
  EXPECT_EQ(accounts.json.at("data").at(0).at("account"), "assets:clearing:openpay");
  EXPECT_EQ(world.get("/v1/ledger/accounts/assets:clearing:openpay/entries", world.auditor)
                .json.at("data")
                .as_array()
                .size(),
            1u);
  for (const char* account : {"nope", "assets:clearing:nobody", "expenses:losses"}) {
    const Answered none =
        world.get(std::string("/v1/ledger/accounts/") + account + "/entries", world.auditor);
    EXPECT_EQ(none.status(), 404) << account;
    EXPECT_NE(none.response.body.find("no entry touches such an account"), std::string::npos);
  }

  const Answered receipts = world.get(path + "/receipts", world.portal);
  ASSERT_EQ(receipts.json.at("data").as_array().size(), 1u);
  json::value document = receipts.json.at("data").at(0);
  const std::string id(document.at("receipt").at("id").as_string());
  EXPECT_EQ(world.get("/v1/receipts/" + id, world.portal).json, document);

  const Answered page = world.get("/verify/" + id, "");
  EXPECT_EQ(page.status(), 200);
  EXPECT_NE(page.response.body.find("Recibo auténtico"), std::string::npos);
  EXPECT_EQ(page.response.body.find("LORO"), std::string::npos);  // not the payer's whole name
  EXPECT_EQ(page.response.body.find("<script"), std::string::npos);
  EXPECT_EQ(world.get("/verify/" + id + ".json", "").json.at("valid"), true);

  const auto verdict = [&] {
    return world.call("POST", "/v1/receipts/verify", "", json::serialize(document));
  };
  EXPECT_EQ(verdict().json.at("valid"), true) << verdict().response.body;
  json::value more = document;
  more.at("receipt").as_object()["folios"] = 1;
  const Answered unknown = world.call("POST", "/v1/receipts/verify", "", json::serialize(more));
  EXPECT_EQ(unknown.code(), "field.unknown");
  EXPECT_EQ(unknown.json.at("errors").at(0).at("pointer"), "/receipt/folios");
  document.at("receipt").as_object()["folio"] = 2;
  EXPECT_EQ(verdict().json.at("valid"), false);
  EXPECT_EQ(verdict().json.at("authentic"), false);
  EXPECT_FALSE(verdict().json.at("wrong").is_null());
}

TEST_F(ApiPayments, AReceiptThatWasNeverIssuedIsSaidSo) {
  const Answered page = world.get("/verify/rec_00000000000000000000000000000000", "");
  EXPECT_EQ(page.status(), 404);
  EXPECT_NE(page.response.body.find("No encontramos"), std::string::npos);
  EXPECT_EQ(world.get("/verify/nonsense", "").status(), 404);
  EXPECT_EQ(world.get("/keys/receipts.pem", "").status(), 200);
}

TEST_F(ApiPayments, RefundsAreAskedForAndBounded) {
  const std::string path = "/v1/payments/" + world.paid_payment();
  const json::value total = world.get(path, world.portal).json.at("amount");
  json::value more = total;
  more.as_object()["centavos"] = total.at("centavos").as_int64() + 1;
  EXPECT_EQ(
      world.post(path + "/refunds", world.portal, {{"amount", more}, {"reason", "error"}}).code(),
      "refund.exceeds_paid");
  const Answered made = world.post(
      path + "/refunds", world.finance,
      {{"amount", {{"centavos", 100}, {"currency", "MXN"}}}, {"reason", "cobro de más"}});
  ASSERT_EQ(made.status(), 201) << made.response.body;
  EXPECT_EQ(made.json.at("state"), "submitting");
  const std::string id(made.json.at("id").as_string());
  EXPECT_EQ(world.get(path + "/refunds/" + id, world.portal).json, made.json);
  EXPECT_EQ(world.get(path + "/refunds", world.portal).json.at("data").as_array().size(), 1u);
  EXPECT_EQ(world.post(path + "/refunds", world.portal, {{"reason", "todo"}}).code(),
            "refund.in_progress");
  const Answered fraction = world.call(
      "POST", path + "/refunds", world.portal,
      R"({"amount":{"centavos":1.5,"currency":"MXN"},"reason":"x"})", {{"Idempotency-Key", "f"}});
  EXPECT_EQ(fraction.code(), "json.malformed");
}

}  // namespace
}  // namespace erario::api
