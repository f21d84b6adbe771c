// Routing at work: the rules in force, what each gateway can do and how it fares. Rules are
// replaced while payments flow; every choice is made by one table as a whole. Thread safe.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "engine/payment/routing.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/gateway.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/runtime/gateway_health.hpp"

namespace erario {

// Fails with kConfigInvalid where a rule names a gateway that is not there or does not take its
// method.
Result<void> check_routes(const RoutingTable& table, const GatewaySet& gateways);

// What a gateway must be able to do, and which are out of the question.
struct RouteNeeds {
  bool charge = false;       // transfers: to an account it names, not to a CLABE of the payment
  bool hosted_page = false;  // there is no token
  bool instalments = false;
  bool hold = false;     // the amount is captured later
  bool healthy = false;  // none at all rather than one that does not answer
  std::vector<std::string> without = {};
};

class Router {
 public:
  Router(const GatewaySet& gateways, const Clock& clock, Metrics& metrics);

  // Fails like check_routes(); then the rules in force stay.
  Result<void> replace(RoutingTable table);

  // Counts the choice. None: no rule decides, or none of its gateways can take it.
  std::optional<Route> route(const RouteRequest& request, const RouteNeeds& needs);
  // Some gateway takes a card without a token.
  bool has_hosted_page() const;
  // The first gateway that names an account for a transfer, rather one that answers; empty: none.
  std::string gateway_for_transfers() const;

  bool healthy(std::string_view gateway) const;
  // The outcome of a call: whether the gateway said anything.
  void record(std::string_view gateway, bool answered);

 private:
  std::vector<RouteCandidate> candidates(Method method, const RouteNeeds& needs) const;

  const GatewaySet& gateways_;
  const Clock& clock_;
  Metrics& metrics_;
  GatewayHealth health_;
  mutable std::mutex mutex_;
  std::shared_ptr<const RoutingTable> table_;
};

}  // namespace erario
