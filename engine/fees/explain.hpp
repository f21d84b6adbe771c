// A quote as plain text for a terminal: every line with its law, its figures and its amount in one
// column. Spanish, UTF-8. Pure; thread safe.
#pragma once

#include <string>

#include "engine/fees/quote.hpp"

namespace erario {

// Id and times are left out where the quote has none yet.
std::string explain(const Quote& quote);

}  // namespace erario
