// Small pure helpers over characters: pesos, base64, URL and form decoding, escaping, random ids.
// Thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erario::sim {

// 244000 -> "2440.00"; -5 -> "-0.05".
std::string pesos_text(std::int64_t centavos);

enum class PesosError : std::uint8_t { kNone, kMalformed, kTooManyDecimals, kTooLarge };
struct Pesos {
  std::int64_t centavos = 0;
  PesosError error = PesosError::kNone;
};
// Reads a JSON number of pesos exactly, exponents included ("2.44E3" is 2,440 pesos).
Pesos parse_pesos(std::string_view number);

bool all_digits(std::string_view text);
bool luhn_valid(std::string_view digits);
// Length 18, digits and check digit. A bank prefix is not judged here.
bool clabe_valid(std::string_view clabe);

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);

std::string url_decode(std::string_view text, bool plus_is_blank);
using Pairs = std::vector<std::pair<std::string, std::string>>;
// "a=1&b=2", percent-decoded.
Pairs parse_form(std::string_view text);
std::string find_pair(const Pairs& pairs, std::string_view name);

// Escapes & < > " ' for XML and HTML; drops control characters XML cannot hold.
std::string escape_markup(std::string_view text);

// `length` characters of a-z0-9 from the system's randomness.
std::string random_id(std::size_t length);

std::string trim(std::string_view text);
std::size_t count_code_points(std::string_view utf8);

}  // namespace erario::sim
