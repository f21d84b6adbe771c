// Who gives back what a gateway charged. Reads capabilities, never names.
#pragma once

#include <optional>
#include <string_view>

#include "engine/payment/command.hpp"
#include "engine/ports/gateway.hpp"

namespace erario {

// The gateway that charged it; or, for a transfer that it cannot give back, the first that sends
// money to an account, to the one it came from (empty: not known). None: nobody does.
std::optional<WayBack> way_back(const GatewaySet& gateways, std::string_view charged_by,
                                Method method, const std::optional<BankAccount>& paid_from);

}  // namespace erario
