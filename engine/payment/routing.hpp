// Which gateway takes a payment: a table of rules, read from the top. The first rule whose
// conditions hold decides; among its gateways that can take the charge the weights and the id of
// the quote choose, so that asking twice gives one answer. Pure: who is healthy is told by the
// caller.
//
// A charge that a gateway certainly did not pass to a bank may go to another gateway of the rule: a
// failover. It is an attempt of its own, and never begins while another may still charge.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/payment/state.hpp"

namespace erario {

enum class CardBrand : std::uint8_t { kVisa, kMastercard, kAmex, kCarnet };
std::string_view to_text(CardBrand brand);
// Fails with kFieldInvalid, naming the allowed words.
Result<CardBrand> parse_card_brand(std::string_view text);

inline constexpr std::size_t kRoutingRulesMax = 100;
inline constexpr int kRoutingWeightMax = 1'000;
// How often a payment may move on to another gateway by itself.
inline constexpr std::size_t kFailoversMax = 2;

struct WeightedGateway {
  std::string gateway;
  int weight = 1;  // 0: nothing new goes there
};

// Of one method; the other conditions hold for every payment where they are empty.
struct RoutingRule {
  std::string name;  // 1 to 32 lower-case letters, digits and dashes: metrics show it
  Method method = Method::kCard;
  std::vector<std::string> agencies;  // each agency of the payment is among them
  std::optional<Money> amount_min;    // both inclusive
  std::optional<Money> amount_max;
  std::vector<CardBrand> card_brands;  // the brand is told and among them
  std::vector<WeightedGateway> gateways;
};
using RoutingTable = std::vector<RoutingRule>;

// What the rules look at, and the id that chooses.
struct RouteRequest {
  Method method = Method::kCard;
  std::vector<std::string> agencies;
  Money amount;
  std::optional<CardBrand> card_brand;
  QuoteId quote;
};
RouteRequest route_request(const Quote& quote, Method method);
RouteRequest route_request(const Payment& payment);

// A gateway that is able to take the charge.
struct RouteCandidate {
  std::string_view gateway;
  bool healthy = true;
};
struct Route {
  std::string gateway;
  std::string rule;
  friend bool operator==(const Route&, const Route&) = default;
};

// The rule that decides; null when none does.
const RoutingRule* deciding_rule(const RoutingTable& table, const RouteRequest& request);
// An unhealthy gateway is chosen only where the rule has no healthy one. None when no rule decides,
// or none of its gateways is a candidate. Payments of the others do not move when one falls ill.
std::optional<Route> choose_route(const RoutingTable& table, const RouteRequest& request,
                                  std::span<const RouteCandidate> candidates);

// No bank was asked, for certain: the charge never left, or the gateway took none of ours.
bool refused_before_bank(std::string_view decline_reason);
// Those that refused this payment so: they are not asked again.
std::vector<std::string> gateways_that_refused(const Payment& payment);
// Whether the payment may move on to another gateway once this attempt is refused before a bank was
// asked: it is the only one that could charge, was never unknown, and somebody may still be there.
bool may_fail_over(const Payment& payment, const Attempt& attempt, Instant now);

}  // namespace erario
