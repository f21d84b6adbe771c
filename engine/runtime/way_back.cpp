#include "engine/runtime/way_back.hpp"

namespace erario {

std::optional<WayBack> way_back(const GatewaySet& gateways, std::string_view charged_by,
                                Method method, const std::optional<BankAccount>& paid_from) {
  const auto* row = gateways.find(charged_by);
  const bool itself = row != nullptr && row->refunds != nullptr &&
                      (method == Method::kCard || row->gateway->capabilities().refunds_transfers);
  if (itself) return WayBack{std::string(charged_by), {}};
  if (method == Method::kCard) return std::nullopt;
  for (const auto& [name, other] : gateways.rows) {
    if (other.refunds != nullptr && other.gateway->capabilities().pays_out)
      return WayBack{name, paid_from.value_or(BankAccount{})};
  }
  return std::nullopt;
}

}  // namespace erario
