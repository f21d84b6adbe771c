#include "engine/runtime/router.hpp"

#include <algorithm>

namespace erario {

Router::Router(const GatewaySet& gateways, const Clock& clock, Metrics& metrics)
    : gateways_(gateways),
      clock_(clock),
      metrics_(metrics),
      table_(std::make_shared<const RoutingTable>()) {}

namespace {

bool takes(const GatewaySet::Row& row, Method method) {
  if (method == Method::kCard) return takes_cards(row);
  return names_accounts(row) || row.gateway->capabilities().deposits;
}

bool fits(const GatewaySet::Row& row, Method method, const RouteNeeds& needs) {
  const Capabilities can = row.gateway->capabilities();
  return takes(row, method) && (can.hosted_page || !needs.hosted_page) &&
         (can.transfers || !needs.charge || method != Method::kSpei) &&
         (can.instalments || !needs.instalments) && (row.capture != nullptr || !needs.hold);
}

}  // namespace

Result<void> check_routes(const RoutingTable& table, const GatewaySet& gateways) {
  for (const RoutingRule& rule : table) {
    for (const WeightedGateway& one : rule.gateways) {
      const auto* row = gateways.find(one.gateway);
      if (row != nullptr && takes(*row, rule.method)) continue;
      return field_error("route." + rule.name + ".gateways." + one.gateway,
                         rule.method == Method::kCard
                             ? "is not a card gateway of this installation"
                             : "is not a gateway of this installation that takes transfers",
                         ErrorCode::kConfigInvalid);
    }
  }
  return {};
}

Result<void> Router::replace(RoutingTable table) {
  TRY_VOID(check_routes(table, gateways_));
  auto taken = std::make_shared<const RoutingTable>(std::move(table));
  const std::lock_guard lock(mutex_);
  table_.swap(taken);
  return {};
}

std::vector<RouteCandidate> Router::candidates(Method method, const RouteNeeds& needs) const {
  std::vector<RouteCandidate> able;
  for (const auto& [name, row] : gateways_.rows) {
    const bool out =
        std::find(needs.without.begin(), needs.without.end(), name) != needs.without.end();
    if (out || !fits(row, method, needs)) continue;
    const bool well = healthy(name);
    if (well || !needs.healthy) able.push_back({name, well});
  }
  return able;
}

std::optional<Route> Router::route(const RouteRequest& request, const RouteNeeds& needs) {
  std::shared_ptr<const RoutingTable> table;
  {
    const std::lock_guard lock(mutex_);
    table = table_;
  }
  const std::vector<RouteCandidate> able = candidates(request.method, needs);
  auto route = choose_route(*table, request, able);
  if (route) {
    metrics_.count("erario_routes_total", {{"rule", route->rule}, {"gateway", route->gateway}});
  }
  return route;
}

bool Router::has_hosted_page() const {
  return std::any_of(gateways_.rows.begin(), gateways_.rows.end(), [](const auto& named) {
    return takes_cards(named.second) && named.second.gateway->capabilities().hosted_page;
  });
}

std::string Router::gateway_for_transfers() const {
  const auto able = candidates(Method::kSpei, {.charge = true});
  if (able.empty()) return {};
  const auto well =
      std::find_if(able.begin(), able.end(), [](const auto& it) { return it.healthy; });
  return std::string((well == able.end() ? able.front() : *well).gateway);
}

bool Router::healthy(std::string_view gateway) const {
  const auto* row = gateways_.find(gateway);
  if (row == nullptr) return false;
  const bool open = row->circuit != nullptr && row->circuit->is_open();
  return !open && !health_.silent(gateway, clock_.now());
}

void Router::record(std::string_view gateway, bool answered) {
  health_.record(gateway, answered, clock_.now());
}

}  // namespace erario
