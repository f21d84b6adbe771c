// Strict JSON over Boost.JSON: what enters is refused when it is malformed, repeats a key, holds a
// fraction, an exponent or an integer outside int64, or nests deeper than kJsonDepthMax. What
// leaves is written by engine/base/json_writer.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace erario {

inline constexpr int kJsonDepthMax = 32;

// Fails with kMalformedJson; the detail names the rule and, where known, the byte or the key. A
// repeated key and a number that is refused are also named as a field, by their JSON pointer.
Result<boost::json::value> parse_json(std::string_view text);
// The same; the values live in `storage`, which lives longer.
Result<boost::json::value> parse_json(std::string_view text, boost::json::storage_ptr storage);
// The first again, but decimal numbers are kept as strings ("2440.00" stays exactly that text): for
// gateways that write pesos as JSON numbers.
Result<boost::json::value> parse_json_with_decimals(std::string_view text);

}  // namespace erario
