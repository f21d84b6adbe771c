// The way from the engine to a gateway and back: slow, lossy, repeating. The same for every
// gateway; what is called at the far end is the gateway's own truth.
#pragma once

#include <functional>

#include "tests/model/stage.hpp"

namespace erario::model {

// How a call's time-outs and failures look to its adapter.
GatewayResult no_answer(std::string reason, bool not_sent = false);

// Calls `far_end` over the network. `name` names the points where the engine may die:
// "<name>.before", "<name>.done". `far_end` outlives the world's queue and may be called late, or
// twice.
Task<GatewayResult> over_network(Stage& stage, Dice& dice, std::string name,
                                 std::function<GatewayResult()> far_end);

// Signatures of gateways' calls: a time and a keyed hash, as in their protocols.
std::string sign_call(std::string_view body, Instant at);
Result<void> verify_call(std::string_view body, std::string_view signature, Instant now);

}  // namespace erario::model
