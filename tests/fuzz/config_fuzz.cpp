// A configuration's TOML: read, or refused with a key for every fault. Routing rules are read again
// while payments flow, so what is taken must be rules that can be followed.
#include <algorithm>

#include "api/config.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

namespace {

void check(const RoutingRule& rule) {
  fuzz::holds(!rule.name.empty() && rule.name.size() <= 32, "a rule has a name metrics can show");
  fuzz::holds(std::any_of(rule.gateways.begin(), rule.gateways.end(),
                          [](const auto& one) { return one.weight > 0; }),
              "a rule sends payments somewhere");
  for (const WeightedGateway& one : rule.gateways) {
    fuzz::holds(one.weight >= 0 && one.weight <= kRoutingWeightMax, "weights are within bounds");
  }
  const bool range = rule.amount_min && rule.amount_max;
  fuzz::holds(!range || *rule.amount_min <= *rule.amount_max, "a range of amounts is not empty");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = api::parse_config(fuzz::text_of(data, size), "/etc/erario");
  if (!config.ok()) {
    fuzz::holds(config.error().code == ErrorCode::kConfigInvalid, "refused as a configuration");
    fuzz::holds(!config.error().fields.empty(), "every fault has its key");
    fuzz::check(config.error());
    return 0;
  }
  fuzz::holds(config->routes.size() <= kRoutingRulesMax, "rules are bounded");
  for (const RoutingRule& rule : config->routes)
    check(rule);
  return 0;
}
