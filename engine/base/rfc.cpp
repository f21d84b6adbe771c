#include "engine/base/rfc.hpp"

#include <algorithm>
#include <string>

#include "engine/base/time.hpp"

namespace erario {
namespace {

constexpr std::size_t kPersonLength = 13;
constexpr std::size_t kFirmLength = 12;
constexpr std::size_t kTailLength = 9;  // date, homonym characters, check
// The alphabet of the check; '#' stands for the letter N with tilde, which is two bytes in UTF-8.
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ #";
constexpr std::string_view kNTilde = "\xC3\x91";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return c >= 'A' && c <= 'Z';
}

Error broken(const char* rule) {
  return Error{ErrorCode::kFieldInvalid, rule};
}

// One byte a character. What has no place in an RFC becomes '?', a foreign character only one.
std::string one_byte_each(std::string_view rfc) {
  const auto continues = [&](std::size_t at) {
    return at < rfc.size() && (static_cast<unsigned char>(rfc[at]) & 0xC0U) == 0x80U;
  };
  std::string characters;
  std::size_t at = 0;
  while (at < rfc.size()) {
    const char c = rfc[at];
    const bool n_tilde = rfc.substr(at, kNTilde.size()) == kNTilde;
    characters += n_tilde ? '#' : is_digit(c) || is_letter(c) || c == '&' ? c : '?';
    const bool leads = static_cast<unsigned char>(c) >= 0xC0U;
    ++at;
    while (leads && continues(at))
      ++at;
  }
  return characters;
}

bool has_characters(std::string_view rfc) {
  const auto name = rfc.substr(0, rfc.size() - kTailLength);
  const auto date = rfc.substr(name.size(), 6);
  const auto homonym = rfc.substr(name.size() + 6, 2);
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_letter(c) || c == '&' || c == '#'; }) &&
         std::all_of(date.begin(), date.end(), is_digit) &&
         std::all_of(homonym.begin(), homonym.end(),
                     [](char c) { return is_letter(c) || is_digit(c); }) &&
         (is_digit(rfc.back()) || rfc.back() == 'A');
}

// The century is not in an RFC: any year that makes the date exist will do. 2000 was a leap year
// and 1900 was not, so the years from 2000 on accept whatever those before would.
bool date_exists(std::string_view yymmdd) {
  return parse_compact_date("20" + std::string(yymmdd)).ok();
}

char check_digit(std::string_view rfc) {
  std::string padded(rfc.substr(0, rfc.size() - 1));
  if (rfc.size() == kFirmLength) padded.insert(0, 1, ' ');
  int sum = 0;
  for (std::size_t i = 0; i < padded.size(); ++i) {
    sum += static_cast<int>(kAlphabet.find(padded[i])) * static_cast<int>(kPersonLength - i);
  }
  const int rest = sum % 11;
  if (rest == 0) return '0';
  if (rest == 1) return 'A';
  return static_cast<char>('0' + 11 - rest);
}

}  // namespace

Result<void> check_rfc(std::string_view rfc, RfcCheckDigit check) {
  if (rfc == "XAXX010101000" || rfc == "XEXX010101000") return {};
  const std::string characters = one_byte_each(rfc);
  if (characters.size() != kPersonLength && characters.size() != kFirmLength) {
    return broken("an RFC has 13 characters for a person and 12 for a firm");
  }
  if (!has_characters(characters)) return broken("the RFC has a character out of its place");
  if (!date_exists(std::string_view(characters).substr(characters.size() - kTailLength, 6))) {
    return broken("the date in the RFC does not exist");
  }
  if (check == RfcCheckDigit::kRequire && characters.back() != check_digit(characters)) {
    return broken("the check digit of the RFC is wrong");
  }
  return {};
}

}  // namespace erario
