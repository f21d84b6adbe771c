// A name that comes from outside, as an error may repeat it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace erario {

// The name where it is plain and short (letters, digits, "_", "-" and ".", at most 64) and holds no
// card number; else "*".
std::string shown_name(std::string_view name);

}  // namespace erario
