// RFC (Registro Federal de Contribuyentes): 13 characters for persons, 12 for firms, UTF-8 (the
// letter N with tilde and & are legal). The generics XAXX010101000 and XEXX010101000 are accepted
// by name.
#pragma once

#include <string_view>

#include "engine/base/result.hpp"

namespace erario {

// Some RFCs issued in the past break their check digit: kWarn accepts them.
enum class RfcCheckDigit { kRequire, kWarn };
// Upper case required. Fails with kFieldInvalid naming the rule: length, characters, date, digit.
Result<void> check_rfc(std::string_view rfc, RfcCheckDigit check = RfcCheckDigit::kRequire);

}  // namespace erario
