// CURP (Clave Unica de Registro de Poblacion), 18 characters. Accepted as issued: pattern, date,
// state, check digit; agreement with a name is not demanded. The placeholders for foreigners,
// XEXX010101HNEXXXA4 and XEXX010101MNEXXXA8, are accepted by name.
#pragma once

#include <string_view>

#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

namespace erario {

// `today` refuses birth dates in the future. Upper case required. Fails with kFieldInvalid naming
// the rule: length, pattern, state, date, check digit.
Result<void> check_curp(std::string_view curp, Date today);

}  // namespace erario
