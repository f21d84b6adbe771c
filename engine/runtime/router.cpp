#include "engine/runtime/router.hpp"

#include <algorithm>

namespace erario {

Router::Router(const GatewaySet& gateways, const Clock& clock, Metrics& metrics)
    : gateways_(gateways),
      clock_(clock),
      metrics_(metrics),
      table_(std::make_shared<const RoutingTable>()) {}

Result<void> check_routes(const RoutingTable& table, const GatewaySet& gateways) {
  for (const RoutingRule& rule : table) {
    for (const WeightedGateway& one : rule.gateways) {
      const auto* row = gateways.find(one.gateway);
      if (row != nullptr && takes_cards(*row)) continue;
      return field_error("route." + rule.name + ".gateways." + one.gateway,
                         "is not a card gateway of this installation", ErrorCode::kConfigInvalid);
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

std::vector<RouteCandidate> Router::candidates(const RouteNeeds& needs) const {
  std::vector<RouteCandidate> able;
  for (const auto& [name, row] : gateways_.rows) {
    const Capabilities can = row.gateway->capabilities();
    const bool fits =
        takes_cards(row) && (can.hosted_page || !needs.hosted_page) &&
        (can.instalments || !needs.instalments) && (row.capture != nullptr || !needs.hold) &&
        std::find(needs.without.begin(), needs.without.end(), name) == needs.without.end();
    if (!fits) continue;
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
  const std::vector<RouteCandidate> able = candidates(needs);
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
