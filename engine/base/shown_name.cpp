#include "engine/base/shown_name.hpp"

#include <algorithm>

#include "engine/base/card_number.hpp"

namespace erario {

std::string shown_name(std::string_view name) {
  constexpr std::size_t kShownMax = 64;
  const bool plain = !name.empty() && name.size() <= kShownMax && !contains_card_number(name) &&
                     std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
                     });
  return plain ? std::string(name) : std::string("*");
}

}  // namespace erario
