#include "engine/payment/routing.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "tests/unit/payment/samples.hpp"

namespace erario::test {
namespace {

const std::vector<RouteCandidate> kAll{{"a"}, {"b"}, {"c"}};

RouteRequest request(Money amount = Money::from_pesos(900), std::uint32_t number = 1) {
  RouteRequest made;
  made.agencies = {"sre"};
  made.amount = amount;
  for (std::size_t i = 0; i < 4; ++i)
    made.quote.bytes[15 - i] = static_cast<std::uint8_t>(number >> 8 * i);
  return made;
}

RoutingRule to(std::string name, std::vector<WeightedGateway> gateways) {
  RoutingRule rule;
  rule.name = std::move(name);
  rule.gateways = std::move(gateways);
  return rule;
}

std::string rule_of(const RoutingTable& table, const RouteRequest& request) {
  const RoutingRule* rule = deciding_rule(table, request);
  return rule == nullptr ? "none" : rule->name;
}

TEST(Routing, the_first_rule_whose_conditions_all_hold_decides) {
  RoutingTable table;
  table.push_back(to("amex", {{"b"}}));
  table.back().card_brands = {CardBrand::kAmex};
  table.push_back(to("large-passports", {{"a"}}));
  table.back().agencies = {"sre", "inm"};
  table.back().amount_min = Money::from_pesos(1'000);
  table.push_back(to("transfers", {{"c"}}));
  table.back().method = Method::kSpei;
  table.back().amount_max = Money::from_pesos(1'000);
  table.push_back(to("middle", {{"a"}, {"b"}}));
  table.back().amount_min = Money::from_pesos(500);
  table.back().amount_max = Money::from_pesos(1'500);

  struct Row {
    std::string_view wanted;
    int centavos;
    std::vector<std::string> agencies;
    std::optional<CardBrand> brand;
    Method method = Method::kCard;
  };
  const std::vector<Row> rows{
      {"amex", 90'000, {"sre"}, CardBrand::kAmex},
      {"middle", 90'000, {"sre"}, CardBrand::kVisa},
      {"middle", 90'000, {"sre"}, std::nullopt},
      {"middle", 50'000, {"sre"}, std::nullopt},
      {"none", 49'999, {"sre"}, std::nullopt},
      {"middle", 150'000, {"sep"}, std::nullopt},
      {"none", 150'001, {"sep"}, std::nullopt},
      {"large-passports", 100'000, {"sre"}, std::nullopt},
      {"middle", 99'999, {"sre"}, std::nullopt},
      {"large-passports", 900'000, {"inm", "sre"}, std::nullopt},
      {"none", 900'000, {"sre", "sep"}, std::nullopt},
      {"middle", 120'000, {"sre", "sep"}, std::nullopt},
      {"transfers", 90'000, {"sep"}, std::nullopt, Method::kSpei},
      {"none", 110'000, {"sre"}, std::nullopt, Method::kSpei},  // a rule is of one method
  };
  for (const Row& row : rows) {
    RouteRequest asked = request(Money{row.centavos});
    asked.agencies = row.agencies;
    asked.card_brand = row.brand;
    asked.method = row.method;
    EXPECT_EQ(rule_of(table, asked), row.wanted) << row.centavos << " " << row.agencies.front();
  }
}

TEST(Routing, only_gateways_of_the_deciding_rule_that_can_take_the_charge_are_chosen) {
  const RoutingTable table{to("first", {{"a", 0}, {"b", 5}}), to("second", {{"c"}})};
  EXPECT_EQ(choose_route(table, request(), kAll), (Route{"b", "first"}));
  const std::vector<RouteCandidate> not_b{{"a"}, {"c"}};
  EXPECT_EQ(choose_route(table, request(), not_b), std::nullopt);
  EXPECT_EQ(choose_route({}, request(), kAll), std::nullopt);
}

TEST(Routing, an_ill_gateway_is_chosen_only_where_no_other_of_the_rule_is_well) {
  const RoutingTable table{to("both", {{"a", 999}, {"b", 1}})};
  const std::vector<RouteCandidate> a_ill{{"a", false}, {"b", true}};
  const std::vector<RouteCandidate> both_ill{{"a", false}, {"b", false}};
  for (std::uint32_t number = 0; number < 200; ++number) {
    EXPECT_EQ(choose_route(table, request({}, number), a_ill)->gateway, "b");
    EXPECT_TRUE(choose_route(table, request({}, number), both_ill).has_value());
  }
}

TEST(Routing, the_weights_are_kept_over_many_quotes_and_each_quote_keeps_its_gateway) {
  const RoutingTable table{to("all", {{"a", 70}, {"b", 20}, {"c", 10}})};
  std::map<std::string, int> chosen;
  constexpr int kQuotes = 20'000;
  for (std::uint32_t number = 0; number < kQuotes; ++number) {
    const auto route = choose_route(table, request({}, number), kAll);
    EXPECT_EQ(route, choose_route(table, request({}, number), kAll));
    chosen[route->gateway] += 1;
  }
  EXPECT_NEAR(chosen["a"], kQuotes * 0.70, kQuotes * 0.02);
  EXPECT_NEAR(chosen["b"], kQuotes * 0.20, kQuotes * 0.02);
  EXPECT_NEAR(chosen["c"], kQuotes * 0.10, kQuotes * 0.02);
}

RC_GTEST_PROP(Routing, quotes_move_only_from_the_gateway_that_fell_ill, (std::uint32_t number)) {
  const RoutingTable table{to("all", {{"a", 5}, {"b", 3}, {"c", 2}})};
  const std::string before = choose_route(table, request({}, number), kAll)->gateway;
  const std::vector<RouteCandidate> b_ill{{"a"}, {"b", false}, {"c"}};
  const std::string after = choose_route(table, request({}, number), b_ill)->gateway;
  RC_ASSERT(after != "b");
  if (before != "b") RC_ASSERT(after == before);
}

TEST(Routing, a_quote_and_its_payment_ask_for_the_same) {
  const Story story(create_card());
  const RouteRequest of_quote = route_request(create_card().quote, Method::kCard);
  const RouteRequest of_payment = route_request(story.payment());
  EXPECT_EQ(of_quote.agencies, of_payment.agencies);
  EXPECT_EQ(of_quote.amount, of_payment.amount);
  EXPECT_EQ(of_quote.quote, of_payment.quote);
  EXPECT_EQ(of_quote.method, of_payment.method);
}

TEST(Routing, brands_are_read_as_they_are_written) {
  for (const std::string_view word : {"visa", "mastercard", "amex", "carnet"})
    EXPECT_EQ(to_text(*parse_card_brand(word)), word);
  EXPECT_EQ(parse_card_brand("diners").error().code, ErrorCode::kFieldInvalid);
}

// ---- Failover ----

CardCharge page_of(std::uint8_t attempt, std::string gateway) {
  CardCharge charge;
  charge.attempt = id<AttemptId>(attempt);
  charge.gateway = std::move(gateway);
  charge.reference = "ord-" + std::to_string(attempt);
  return charge;
}
CreatePayment create_on_page() {
  CreatePayment create = create_card();
  create.charge->token.clear();
  create.charge->gateway = "a";
  return create;
}
// The gateway of the attempt refused, and the outbox offers another.
RecordCharge refused(std::uint8_t attempt, std::uint8_t next, std::string gateway,
                     std::string reason = "not_sent") {
  RecordCharge news = charge(Outcome::kDeclined, {}, attempt);
  news.result.reason = std::move(reason);
  news.retry = page_of(next, std::move(gateway));
  return news;
}

TEST(Failover, moves_a_payment_that_no_bank_was_asked_about_to_another_page) {
  for (const std::string reason : {"not_sent", "gateway_credentials", "account_inactive"}) {
    Story story(create_on_page());
    story.tell(refused(3, 4, "b", reason));
    ASSERT_EQ(story.payment().attempts.size(), 2U) << reason;
    EXPECT_EQ(story.payment().attempts[0].state, AttemptState::kDeclined);
    EXPECT_EQ(story.payment().attempts[1].gateway, "b");
    EXPECT_EQ(story.payment().attempts[1].reference, "ord-4");
    EXPECT_EQ(story.payment().state, PaymentState::kProcessing);
    ASSERT_EQ(story.last().calls.size(), 1U);
    EXPECT_EQ(story.last().calls[0].gateway, "b");
  }
}

TEST(Failover, never_follows_a_banks_decline_an_unknown_outcome_or_the_end_of_the_payment) {
  const auto attempts_after = [](Story story, const RecordCharge& news, Instant now = kNow) {
    story.tell(news, now);
    return story.payment().attempts.size();
  };
  const Story fresh(create_on_page());
  EXPECT_EQ(attempts_after(fresh, refused(3, 4, "b", "insufficient_funds")), 1U);
  EXPECT_EQ(attempts_after(fresh, refused(3, 4, "b", "declined")), 1U);
  EXPECT_EQ(attempts_after(fresh, refused(3, 4, "b", "not_received")), 1U);
  EXPECT_EQ(attempts_after(fresh, refused(3, 4, "a")), 1U) << "the same gateway";
  RecordCharge with_token = refused(3, 4, "b");
  with_token.retry->token = "tok_of_a";
  EXPECT_EQ(attempts_after(fresh, with_token), 1U);
  EXPECT_EQ(attempts_after(fresh, refused(3, 4, "b"), fresh.payment().expires_at), 1U);
  for (const Outcome first : {Outcome::kUnknown, Outcome::kPending, Outcome::kNeedsAction}) {
    Story story(create_on_page());
    story.tell(charge(first));
    EXPECT_EQ(attempts_after(story, refused(3, 4, "b")), 1U) << to_text(first);
  }
}

TEST(Failover, ends_after_two_and_never_returns_to_a_gateway_that_refused) {
  Story story(create_on_page());
  story.tell(refused(3, 4, "b"));
  Story back = story;
  back.tell(refused(4, 5, "a"));
  EXPECT_EQ(back.payment().attempts.size(), 2U);
  story.tell(refused(4, 5, "c")).tell(refused(5, 6, "d"));
  EXPECT_EQ(story.payment().attempts.size(), 3U);
  EXPECT_EQ(story.payment().state, PaymentState::kAwaiting);
  EXPECT_EQ(gateways_that_refused(story.payment()), (std::vector<std::string>{"a", "b", "c"}));
}

bool may_charge(const Attempt& attempt) {
  return attempt.state != AttemptState::kDeclined && attempt.state != AttemptState::kSucceeded;
}

RC_GTEST_PROP(Failover, never_makes_two_live_attempts_nor_one_beside_an_unknown, ()) {
  Story story(create_on_page());
  const auto steps = *rc::gen::container<std::vector<int>>(12, rc::gen::inRange(0, 120));
  std::uint8_t next = 4;
  for (const int step : steps) {
    const std::vector<Attempt> before = story.payment().attempts;
    const Attempt& told = before[static_cast<std::size_t>(step) / 60 % before.size()];
    const std::string gateway(1, static_cast<char>('a' + next % 4));
    RecordCharge news = charge(static_cast<Outcome>(step % 5), create_on_page().quote.total);
    news.attempt = told.id;
    news.result.reason = step / 5 % 2 == 0 ? "not_sent" : "declined";
    if (step / 10 % 3 > 0) news.retry = page_of(next, gateway);
    const PaymentCommand command =
        step / 30 % 4 == 3 ? PaymentCommand{StartAttempt{id<PaymentId>(2), page_of(next, gateway)}}
                           : PaymentCommand{news};
    if (!story.attempt(command).ok()) continue;
    const AttemptState was = told.state;
    story.tell(command);
    const auto& after = story.payment().attempts;
    RC_ASSERT(std::count_if(after.begin(), after.end(), may_charge) <= 1);
    RC_ASSERT(after.size() <= before.size() + 1);
    if (after.size() == before.size()) continue;
    ++next;
    RC_ASSERT(std::none_of(before.begin(), before.end(), [](const Attempt& attempt) {
      return attempt.state == AttemptState::kUnknown;
    }));
    if (std::holds_alternative<RecordCharge>(command)) {
      RC_ASSERT(was == AttemptState::kSubmitting);
      RC_ASSERT(gateways_that_refused(story.payment()).size() <= kFailoversMax);
    }
  }
}

}  // namespace
}  // namespace erario::test
