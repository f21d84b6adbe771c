// Reads the body of a webhook whose signature was verified. Pure.
#pragma once

#include <string_view>

#include "engine/ports/gateway.hpp"

namespace erario::conekta {

// An event says only that something happened to an order: kReadCharge with its id, or kIgnore for
// what concerns no charge. Fails with kMalformedJson, kFieldMissing or kFieldInvalid.
Result<InboundMeaning> read_event(std::string_view body);

}  // namespace erario::conekta
