#include "api/config_agencies.hpp"

#include <algorithm>

namespace erario::api {
namespace {

constexpr std::size_t kNamesShownMax = 20;

std::string names_of(const Catalogue& catalogue) {
  std::string names;
  std::size_t shown = 0;
  for (const auto& [id, agency] : catalogue.agencies) {
    if (shown++ == kNamesShownMax) {
      return names + " and " + std::to_string(catalogue.agencies.size() - kNamesShownMax) + " more";
    }
    names += (names.empty() ? "" : ", ") + id;
  }
  return names.empty() ? "none" : names;
}

}  // namespace

Result<void> check_agencies(const Config& config, const Catalogue& catalogue) {
  std::vector<FieldError> unknown;
  const auto check = [&](const std::string& key, const std::string& agency) {
    if (catalogue.agencies.contains(agency)) return;
    unknown.push_back({key, "names " + agency + ", which is no agency of the catalogue; it has " +
                                names_of(catalogue)});
  };
  for (const auto& [agency, policy] : config.deposits.agencies)
    check("deposits.agency." + agency, agency);
  for (const RoutingRule& rule : config.routes)
    for (const std::string& agency : rule.agencies)
      check("route." + rule.name + ".agencies", agency);
  for (std::size_t index = 0; index < config.spei.ranges.size(); ++index)
    for (const std::string& agency : config.spei.ranges[index].agencies)
      check("clabe_range[" + std::to_string(index) + "].agencies", agency);
  if (unknown.empty()) return {};
  return Error{ErrorCode::kConfigInvalid, unknown.front().pointer + ": " + unknown.front().rule,
               unknown};
}

}  // namespace erario::api
