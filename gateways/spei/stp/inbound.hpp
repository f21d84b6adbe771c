// STP's calls to us, once their credentials are checked: "abono" (money arrived) and "cambio de
// estado" (an order of ours moved), in the current and the older form. Pure: text in, values out.
#pragma once

#include <string_view>

#include "engine/ports/gateway.hpp"

namespace erario::stp {

struct Recipient {
  std::string_view gateway;  // registry name
  std::string_view empresa;
};

// Fails with kMalformedJson, or kFieldMissing and kFieldInvalid naming the field.
Result<InboundMeaning> read_deposit(std::string_view body, Recipient recipient);
// The older form of an abono, which is answered in its own words.
bool is_legacy_deposit(std::string_view body);
Result<InboundMeaning> read_state_change(std::string_view body, Recipient recipient);

}  // namespace erario::stp
