// The words the card adapters' error tables may use: a reason for a decline, or why nobody can say
// yet. Each table is checked against them when it is compiled.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "engine/payment/decline.hpp"

namespace erario::card {

inline constexpr std::array<std::string_view, 4> kNobodyCanSay{
    "gateway_error", "gateway_unavailable", "reference_used", "busy"};

constexpr bool is_reason(std::string_view text) {
  return is_decline_reason(text) ||
         std::find(kNobodyCanSay.begin(), kNobodyCanSay.end(), text) != kNobodyCanSay.end();
}

}  // namespace erario::card
