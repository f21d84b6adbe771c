// The checkout's links, states and page, and the templates they are written with.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "api/checkout/find.hpp"
#include "api/checkout/page.hpp"
#include "engine/base/card_number.hpp"
#include "engine/base/json.hpp"
#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;
using checkout::Checkout;
using checkout::Phase;
using testing::Answered;
using testing::World;
using namespace std::chrono_literals;

const Secret kSecret("a secret of the test's own");

class ApiCheckout : public ::testing::Test {
 protected:
  Quote quote() { return *quote_from_json(world.quote()); }

  checkout::OpenCheckout open_checkout() {
    checkout::OpenCheckout made;
    made.owner = "portal-norte";
    made.quote = quote();
    made.payer = {"Ana Loro Ficticia", "ana@example.invalid", "", ""};
    made.reference = "orden 1";
    made.terms = {"https://portal.example/vuelta", "en", true, true};
    return made;
  }

  std::string made_link(json::value more = json::object()) {
    json::object body{{"quote", world.quote()},
                      {"payer", json::object{{"name", "Ana Loro Ficticia"}}},
                      {"return_url", "https://portal.example/vuelta"}};
    for (const auto& member : more.as_object())
      body[member.key()] = member.value();
    const Answered made = world.post("/v1/checkouts", world.portal, body);
    EXPECT_EQ(made.status(), 201) << made.response.body;
    return made.status() == 201 ? std::string(made.json.at("id").as_string()) : "";
  }

  // A click of the payer on the page as it is now.
  Answered click(const std::string& link, const std::string& step) {
    const Answered status = world.get("/checkout/" + link + "/status", "");
    const std::string stamp(status.json.at("stamp").as_string());
    return world.call("POST", "/checkout/" + link + "/" + step + "?stamp=" + stamp, "");
  }

  World world;
};

TEST_F(ApiCheckout, ALinkGivesBackWhatItCarriesAndIsTheSameEveryTime) {
  const checkout::OpenCheckout made = open_checkout();
  const std::string text = checkout::seal(made, kSecret);
  EXPECT_EQ(text, checkout::seal(made, kSecret));
  EXPECT_FALSE(contains_card_number(text));
  const auto opened = checkout::open(text, kSecret);
  ASSERT_TRUE(opened.ok());
  const auto& read = std::get<checkout::OpenCheckout>(*opened);
  EXPECT_EQ(read.quote, made.quote);
  EXPECT_EQ(read.owner, made.owner);
  EXPECT_EQ(read.payer.email, made.payer.email);
  EXPECT_EQ(read.terms, made.terms);

  const checkout::ChosenCheckout chosen{made.quote.id, made.terms};
  const auto again = checkout::open(checkout::seal(chosen, kSecret), kSecret);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(std::get<checkout::ChosenCheckout>(*again).quote, made.quote.id);
  EXPECT_EQ(std::get<checkout::ChosenCheckout>(*again).terms, made.terms);
}

TEST_F(ApiCheckout, NothingOfThePayerCanBeReadInALink) {
  const std::string text = checkout::seal(open_checkout(), kSecret);
  for (const std::string_view word : {"Ana", "Loro", "portal", "orden"})
    EXPECT_EQ(text.find(word), std::string::npos);
}

TEST_F(ApiCheckout, ALinkThatWasChangedAnywhereIsNone) {
  const checkout::PaymentLink made{checkout::ids_of_turn(quote().id, 1, kSecret).payment};
  const std::string text = checkout::seal(made, kSecret);
  ASSERT_TRUE(checkout::open(text, kSecret).ok());
  EXPECT_FALSE(checkout::open(text, Secret("another secret")).ok());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = changed[at] == 'A' ? 'B' : 'A';
    const auto opened = checkout::open(changed, kSecret);
    ASSERT_FALSE(opened.ok()) << at;
    EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
    EXPECT_FALSE(checkout::open(text.substr(0, at), kSecret).ok());
  }
  EXPECT_FALSE(checkout::open(text + "A", kSecret).ok());
  EXPECT_FALSE(checkout::open(text + "=", kSecret).ok());
  EXPECT_FALSE(checkout::open(std::string(checkout::kLinkBytesMax + 1, 'A'), kSecret).ok());
}

RC_GTEST_PROP(ApiCheckoutProperty, AnyTextIsALinkOrNotFound, (const std::string& text)) {
  RC_ASSERT(!checkout::open(text, kSecret).ok());
}

TEST_F(ApiCheckout, TurnsHaveIdsOfTheirOwnAndTheFirstCollectsThePortalsQuote) {
  const QuoteId first = quote().id;
  EXPECT_EQ(checkout::ids_of_turn(first, 1, kSecret).quote, first);
  std::set<PaymentId> payments;
  std::set<QuoteId> quotes;
  for (int turn = 1; turn <= checkout::kTurnsMax; ++turn) {
    const checkout::TurnIds ids = checkout::ids_of_turn(first, turn, kSecret);
    payments.insert(ids.payment);
    quotes.insert(ids.quote);
    EXPECT_TRUE(PaymentId::parse(ids.payment.text()).ok());
    EXPECT_EQ(ids.payment.bytes[6] >> 4, 7) << "a UUIDv7";
  }
  EXPECT_EQ(payments.size(), std::size_t{checkout::kTurnsMax});
  EXPECT_EQ(quotes.size(), std::size_t{checkout::kTurnsMax});
  EXPECT_NE(checkout::ids_of_turn(first, 1, Secret("another")).payment, *payments.begin());
}

TEST_F(ApiCheckout, ACheckoutStoresNothingUntilThePayerChooses) {
  const std::string link = made_link();
  EXPECT_EQ(world.get("/checkout/" + link, "").status(), 200);
  const Answered payments = world.get("/v1/payments", world.portal);
  EXPECT_TRUE(payments.json.at("data").as_array().empty());
  const Answered click_without_page = world.call("POST", "/checkout/" + link + "/spei", "");
  EXPECT_EQ(click_without_page.status(), 303);
  EXPECT_TRUE(world.get("/v1/payments", world.portal).json.at("data").as_array().empty());
}

TEST_F(ApiCheckout, TwoClicksMakeOnePayment) {
  const std::string link = made_link();
  const Answered status = world.get("/checkout/" + link + "/status", "");
  const std::string stamp(status.json.at("stamp").as_string());
  const std::string path = "/checkout/" + link;
  for (const std::string_view step : {"/spei", "/card", "/spei"})
    EXPECT_EQ(world.call("POST", path + std::string(step) + "?stamp=" + stamp, "").status(), 303);
  const Answered payments = world.get("/v1/payments", world.portal);
  ASSERT_EQ(payments.json.at("data").as_array().size(), 1u);
  const json::value& payment = payments.json.at("data").at(0);
  EXPECT_EQ(payment.at("method"), "spei");
  EXPECT_EQ(payment.at("checkout_url"), payment.at("return_url"));
  // The long link leads on to the short one, which names nobody.
  const Answered page = world.get(path, "");
  EXPECT_EQ(page.status(), 303);
  const std::string url(payment.at("checkout_url").as_string());
  const auto location = find_pair(page.response.headers, "location");
  ASSERT_TRUE(location);
  EXPECT_TRUE(url.ends_with("/" + std::string(*location))) << url;
}

TEST_F(ApiCheckout, ThePortalMayAllowOneMethodOnly) {
  const std::string link = made_link(json::object{{"methods", json::array{"card"}}});
  EXPECT_EQ(click(link, "spei").status(), 303);
  EXPECT_TRUE(world.get("/v1/checkouts/" + link, world.portal).json.at("payment").is_null());
  EXPECT_EQ(click(link, "card").status(), 303);
  const Answered chosen = world.get("/v1/checkouts/" + link, world.portal);
  EXPECT_EQ(chosen.json.at("payment").at("method"), "card");
  EXPECT_EQ(world.get("/v1/checkouts/" + link, world.other_portal).status(), 404);
}

TEST_F(ApiCheckout, APortalsCancellingEndsTheCheckoutAPayersDoesNot) {
  const std::string link = made_link();
  click(link, "spei");
  click(link, "change");
  EXPECT_EQ(world.get("/checkout/" + link + "/status", "").json.at("phase"), "choose");
  click(link, "spei");
  const Answered chosen = world.get("/v1/checkouts/" + link, world.portal);
  const std::string id(chosen.json.at("payment").at("id").as_string());
  EXPECT_EQ(
      world.post("/v1/payments/" + id + "/cancel", world.portal, json::object{{"reason", "ya no"}})
          .status(),
      200);
  EXPECT_EQ(world.get("/checkout/" + link + "/status", "").json.at("phase"), "cancelled");
  click(link, "card");
  EXPECT_EQ(world.get("/checkout/" + link + "/status", "").json.at("phase"), "cancelled");
}

TEST_F(ApiCheckout, WhatIsWrongWithACheckoutIsNamed) {
  const json::object good{{"quote", world.quote()},
                          {"payer", json::object{{"name", "Ana Loro Ficticia"}}},
                          {"return_url", "https://portal.example/vuelta"}};
  struct Row {
    std::string_view member;
    json::value value;
    std::string_view pointer;
  };
  const Row rows[] = {
      {"return_url", nullptr, "/return_url"},
      {"return_url", "javascript:alert(1)", "/return_url"},
      {"methods", json::array{}, "/methods"},
      {"methods", json::array{"cash"}, "/methods/0"},
      {"methods", json::array{"card", 1}, "/methods/1"},
      {"language", "fr", "/language"},
      {"quote", json::object{}, "/quote"},
      {"extra", 1, "/extra"},
  };
  for (const Row& row : rows) {
    json::object body = good;
    body[row.member] = row.value;
    const Answered told = world.post("/v1/checkouts", world.portal, body);
    EXPECT_EQ(told.status(), 422) << row.member;
    EXPECT_NE(told.response.body.find("\"" + std::string(row.pointer)), std::string::npos)
        << told.response.body;
  }
}

// ---- Phases ----

TEST_F(ApiCheckout, EveryStateOfAPaymentHasItsPhase) {
  Checkout it;
  it.quote = quote();
  const Instant now = it.quote.issued_at;
  it.terms = {"", "", true, true};
  it.first_quote = it.quote.id;
  EXPECT_EQ(phase_of(it, now), Phase::kChoose);
  EXPECT_EQ(phase_of(it, it.quote.expires_at), Phase::kLapsed);
  it.payment.emplace();
  it.payment->expires_at = now + 1h;
  it.payment->method = Method::kSpei;
  it.payment->clabe = "646180110400000010";
  struct Row {
    PaymentState state;
    Phase phase;
  };
  const Row rows[] = {
      {PaymentState::kAwaiting, Phase::kTransfer},
      {PaymentState::kPaid, Phase::kPaid},
      {PaymentState::kPartiallyRefunded, Phase::kPartlyRefunded},
      {PaymentState::kRefunded, Phase::kRefunded},
      {PaymentState::kExpired, Phase::kExpired},
      {PaymentState::kCancelled, Phase::kCancelled},
  };
  for (const Row& row : rows) {
    it.payment->state = row.state;
    EXPECT_EQ(phase_of(it, now), row.phase);
    EXPECT_EQ(may_change(it, now), row.phase == Phase::kTransfer);
  }
  it.payment->state = PaymentState::kAwaiting;
  EXPECT_EQ(phase_of(it, now + 1h), Phase::kExpired);
  it.payment->method = Method::kCard;
  EXPECT_EQ(phase_of(it, now), Phase::kCardDeclined);
  EXPECT_FALSE(may_retry(it, Method::kCard, now)) << "there is nowhere to come back to";
  it.payment->return_url = "https://portal.example/vuelta";
  EXPECT_TRUE(may_retry(it, Method::kCard, now));
  it.payment->state = PaymentState::kProcessing;
  EXPECT_EQ(phase_of(it, now), Phase::kCardWorking);
  it.turn = checkout::kTurnsMax;
  EXPECT_FALSE(may_change(it, now));
}

TEST_F(ApiCheckout, ATransferToAnAccountOfTheGatewaysIsShownAsOneToAClabeOfItsOwn) {
  Checkout it;
  it.quote = quote();
  const Instant now = it.quote.issued_at;
  it.terms = {"", "", true, true};
  it.first_quote = it.quote.id;
  it.payment.emplace();
  Payment& payment = *it.payment;
  payment.method = Method::kSpei;
  payment.state = PaymentState::kProcessing;
  payment.expires_at = now + 1h;
  payment.amount = Money::from_pesos(900);
  Attempt& attempt = payment.attempts.emplace_back();
  EXPECT_EQ(phase_of(it, now), Phase::kTransferWorking) << "the gateway has not answered";
  attempt.state = AttemptState::kNeedsAction;
  attempt.pay_to = TransferAccount{"646180999900000016", "STP"};
  EXPECT_EQ(phase_of(it, now), Phase::kTransfer);
  const checkout::Surroundings around{Language::kSpanish, now, "TESORERIA FICTICIA", ""};
  const std::string shown = page(it, Phase::kTransfer, around);
  EXPECT_NE(shown.find("data-copy=\"646180999900000016\""), std::string::npos);
  EXPECT_NE(shown.find("900.00"), std::string::npos);
  EXPECT_EQ(shown.find("TESORERIA FICTICIA"), std::string::npos) << "it is not our account";
  EXPECT_TRUE(may_change(it, now));
  EXPECT_TRUE(must_release(it)) << "the gateway still waits for it";
  EXPECT_EQ(phase_of(it, now + 1h), Phase::kTransferWorking) << "it may have been paid in time";
  attempt.state = AttemptState::kReleasing;
  EXPECT_EQ(phase_of(it, now), Phase::kTransferWorking);
  EXPECT_EQ(page(it, Phase::kTransferWorking, around).find("646180999900000016"),
            std::string::npos);
  attempt.state = AttemptState::kDeclined;
  payment.state = PaymentState::kAwaiting;
  EXPECT_FALSE(must_release(it));
  EXPECT_EQ(phase_of(it, now), Phase::kTransferDeclined);
  EXPECT_EQ(phase_of(it, now + 1h), Phase::kExpired);
  EXPECT_TRUE(may_retry(it, Method::kSpei, now));
  EXPECT_FALSE(may_retry(it, Method::kCard, now));
  EXPECT_TRUE(may_change(it, now));
}

TEST_F(ApiCheckout, OnlyAGatewaysWebPageIsLinked) {
  Checkout it;
  it.payment.emplace();
  it.payment->state = PaymentState::kProcessing;
  it.payment->attempts.emplace_back();
  Attempt& attempt = it.payment->attempts.back();
  attempt.redirect_url = "https://gateway.example/pay";
  EXPECT_EQ(gateway_page(it), "") << "nothing asks for the payer";
  attempt.state = AttemptState::kNeedsAction;
  EXPECT_EQ(gateway_page(it), "https://gateway.example/pay");
  for (const std::string_view url : {"javascript:alert(1)", "http://gateway.example/", "//x", ""}) {
    attempt.redirect_url = url;
    EXPECT_EQ(gateway_page(it), "");
    EXPECT_EQ(phase_of(it, it.quote.issued_at), Phase::kCardWorking);
  }
}

TEST_F(ApiCheckout, WhatACardHoldsIsToldAsHeldAndADeclineInTheWordsOfItsReason) {
  Checkout it;
  it.payment.emplace();
  it.payment->state = PaymentState::kProcessing;
  Attempt& attempt = it.payment->attempts.emplace_back();
  attempt.gateway_id = "trx1";
  const checkout::Surroundings around;
  for (const AttemptState state :
       {AttemptState::kAuthorized, AttemptState::kCapturing, AttemptState::kReleasing}) {
    attempt.state = state;
    EXPECT_NE(page(it, Phase::kCardWorking, around).find("reservado en su tarjeta"),
              std::string::npos);
  }
  attempt.state = AttemptState::kPending;
  EXPECT_EQ(page(it, Phase::kCardWorking, around).find("reservado"), std::string::npos);
  it.payment->state = PaymentState::kAwaiting;
  attempt.state = AttemptState::kDeclined;
  attempt.decline_reason = "insufficient_funds";
  EXPECT_NE(page(it, Phase::kCardDeclined, around).find("no tiene fondos suficientes"),
            std::string::npos);
}

// ---- Templates ----

TEST(ApiHtml, TextsAreEscapedAndMarkupIsNot) {
  const Html inner = html("<b>{}</b>", "<&>\"'");
  EXPECT_EQ(html("<p title=\"{}\">{}{}</p>", "a\"b", inner, 1 > 0 ? "{}" : "").text(),
            "<p title=\"a&quot;b\"><b>&lt;&amp;&gt;&quot;&#39;</b>{}</p>");
  EXPECT_TRUE(html("").empty());
}

TEST(ApiHtml, AnInstantIsReadableInBothLanguages) {
  const Instant instant = *parse_rfc3339("2026-03-02T09:05:00-06:00");
  EXPECT_EQ(readable_instant(instant, Language::kSpanish),
            "2 de marzo de 2026, 09:05 h (hora de la Ciudad de México)");
  EXPECT_EQ(readable_instant(instant, Language::kEnglish),
            "2 March 2026, 09:05 (Mexico City time)");
}

}  // namespace
}  // namespace erario::api
