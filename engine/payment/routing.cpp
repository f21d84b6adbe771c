#include "engine/payment/routing.hpp"

#include <algorithm>
#include <array>

#include "engine/base/digest.hpp"

namespace erario {
namespace {

template <class Row, class Value>
bool holds(const std::vector<Row>& rows, const Value& value) {
  return std::find(rows.begin(), rows.end(), value) != rows.end();
}

bool applies(const RoutingRule& rule, const RouteRequest& request) {
  if (rule.method != request.method) return false;
  if (rule.amount_min && request.amount < *rule.amount_min) return false;
  if (rule.amount_max && request.amount > *rule.amount_max) return false;
  if (!rule.card_brands.empty() &&
      !(request.card_brand && holds(rule.card_brands, *request.card_brand))) {
    return false;
  }
  return rule.agencies.empty() ||
         std::all_of(request.agencies.begin(), request.agencies.end(),
                     [&](const std::string& agency) { return holds(rule.agencies, agency); });
}

struct Choice {
  std::string_view gateway;
  int weight = 0;
  bool healthy = true;
};

std::vector<Choice> choices_of(const RoutingRule& rule,
                               std::span<const RouteCandidate> candidates) {
  std::vector<Choice> choices;
  for (const WeightedGateway& one : rule.gateways) {
    const auto able = std::find_if(candidates.begin(), candidates.end(),
                                   [&](const auto& it) { return it.gateway == one.gateway; });
    if (one.weight > 0 && able != candidates.end())
      choices.push_back({one.gateway, one.weight, able->healthy});
  }
  return choices;
}

void add_agency(const Allocation& allocation, RouteRequest& request) {
  if (allocation.amount == Money{} || holds(request.agencies, allocation.agency)) return;
  request.agencies.push_back(allocation.agency);
}

// Spread evenly over all numbers; another for each round.
std::uint64_t number_of(QuoteId quote, int round) {
  const Sha256 digest = sha256(quote.text() + "." + std::to_string(round));
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = number << 8U | digest[i];
  return number;
}

// Requires: choices is not empty.
std::size_t pick(const std::vector<Choice>& choices, QuoteId quote, int round) {
  std::uint64_t total = 0;
  for (const Choice& choice : choices)
    total += static_cast<std::uint64_t>(choice.weight);
  std::uint64_t left = number_of(quote, round) % total;
  for (std::size_t i = 0;; ++i) {
    const auto weight = static_cast<std::uint64_t>(choices[i].weight);
    if (left < weight) return i;
    left -= weight;
  }
}

}  // namespace

std::string_view to_text(CardBrand brand) {
  switch (brand) {
    case CardBrand::kVisa: return "visa";
    case CardBrand::kMastercard: return "mastercard";
    case CardBrand::kAmex: return "amex";
    case CardBrand::kCarnet: return "carnet";
  }
  CHECK(false);
}

Result<CardBrand> parse_card_brand(std::string_view text) {
  for (const CardBrand brand :
       {CardBrand::kVisa, CardBrand::kMastercard, CardBrand::kAmex, CardBrand::kCarnet}) {
    if (to_text(brand) == text) return brand;
  }
  return field_error("", "must be visa, mastercard, amex or carnet");
}

RouteRequest route_request(const Quote& quote, Method method) {
  RouteRequest request;
  request.method = method;
  for (const QuoteItem& item : quote.items) {
    for (const Allocation& allocation : item.allocations)
      add_agency(allocation, request);
  }
  request.amount = quote.total;
  request.quote = quote.id;
  return request;
}

RouteRequest route_request(const Payment& payment) {
  RouteRequest request;
  request.method = payment.method;
  for (const Allocation& allocation : payment.allocations)
    add_agency(allocation, request);
  request.amount = payment.amount;
  request.quote = payment.quote;
  return request;
}

const RoutingRule* deciding_rule(const RoutingTable& table, const RouteRequest& request) {
  const auto first = std::find_if(table.begin(), table.end(),
                                  [&](const RoutingRule& rule) { return applies(rule, request); });
  return first == table.end() ? nullptr : &*first;
}

std::optional<Route> choose_route(const RoutingTable& table, const RouteRequest& request,
                                  std::span<const RouteCandidate> candidates) {
  const RoutingRule* rule = deciding_rule(table, request);
  if (rule == nullptr) return std::nullopt;
  std::vector<Choice> choices = choices_of(*rule, candidates);
  std::string first;
  // Only those whose gateway is ill choose again, so the others stay where they are.
  for (int round = 0; !choices.empty(); ++round) {
    const std::size_t at = pick(choices, request.quote, round);
    const std::string gateway(choices[at].gateway);
    if (choices[at].healthy) return Route{gateway, rule->name};
    if (first.empty()) first = gateway;
    choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(at));
  }
  if (first.empty()) return std::nullopt;
  return Route{std::move(first), rule->name};
}

bool refused_before_bank(std::string_view decline_reason) {
  static constexpr std::array<std::string_view, 3> kReasons{"not_sent", "gateway_credentials",
                                                            "account_inactive"};
  return std::find(kReasons.begin(), kReasons.end(), decline_reason) != kReasons.end();
}

std::vector<std::string> gateways_that_refused(const Payment& payment) {
  std::vector<std::string> gateways;
  for (const Attempt& attempt : payment.attempts) {
    if (attempt.state == AttemptState::kDeclined && refused_before_bank(attempt.decline_reason))
      gateways.push_back(attempt.gateway);
  }
  return gateways;
}

bool may_fail_over(const Payment& payment, const Attempt& attempt, Instant now) {
  return attempt.state == AttemptState::kSubmitting && attempt.id == payment.attempts.back().id &&
         payment.state == PaymentState::kProcessing && now < payment.expires_at &&
         gateways_that_refused(payment).size() < kFailoversMax;
}

}  // namespace erario
