#include "engine/base/curp.hpp"

#include <algorithm>
#include <iterator>

namespace erario {
namespace {

constexpr std::size_t kCurpLength = 18;

constexpr std::string_view kStates[] = {"AS", "BC", "BS", "CC", "CL", "CM", "CS", "CH", "DF",
                                        "DG", "GT", "GR", "HG", "JC", "MC", "MN", "MS", "NT",
                                        "NL", "OC", "PL", "QT", "QR", "SP", "SL", "SR", "TC",
                                        "TS", "TL", "VZ", "YN", "ZS", "NE"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter(char c) {
  return c >= 'A' && c <= 'Z';
}

bool is_vowel_or_x(char c) {
  return std::string_view("AEIOUX").find(c) != std::string_view::npos;
}

bool is_consonant(char c) {
  return is_letter(c) && std::string_view("AEIOU").find(c) == std::string_view::npos;
}

Error broken(const char* rule) {
  return Error{ErrorCode::kFieldInvalid, rule};
}

// Everything but the state, the existence of the date and the check digit.
bool has_shape(std::string_view curp) {
  const auto all = [&](std::size_t begin, std::size_t end, bool (*belongs)(char)) {
    return std::all_of(curp.begin() + static_cast<std::ptrdiff_t>(begin),
                       curp.begin() + static_cast<std::ptrdiff_t>(end), belongs);
  };
  const char sex = curp[10];
  return is_letter(curp[0]) && is_vowel_or_x(curp[1]) && all(2, 4, is_letter) &&
         all(4, 10, is_digit) && (sex == 'H' || sex == 'M' || sex == 'X') &&
         all(11, 13, is_letter) && all(13, 16, is_consonant) &&
         (is_digit(curp[16]) || is_letter(curp[16])) && is_digit(curp[17]);
}

// The values jump over 24, which is the letter N with tilde; no CURP in use holds it.
int value_of(char c) {
  if (is_digit(c)) return c - '0';
  return c - 'A' + (c <= 'N' ? 10 : 11);
}

char check_digit(std::string_view first_17) {
  int sum = 0;
  for (std::size_t i = 0; i < first_17.size(); ++i) {
    sum += value_of(first_17[i]) * static_cast<int>(kCurpLength - i);
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

}  // namespace

Result<void> check_curp(std::string_view curp, Date today) {
  // The published placeholders for foreigners; the second breaks the check digit (4 by the rule).
  if (curp == "XEXX010101HNEXXXA4" || curp == "XEXX010101MNEXXXA8") return {};
  if (curp.size() != kCurpLength) return broken("a CURP has 18 characters");
  if (!has_shape(curp)) return broken("the CURP does not follow the pattern of a CURP");
  const auto state = curp.substr(11, 2);
  if (std::find(std::begin(kStates), std::end(kStates), state) == std::end(kStates)) {
    return broken("the CURP names no state of the country");
  }
  // The homonym character tells the century: a digit up to 1999, a letter from 2000 on.
  const std::string century = is_digit(curp[16]) ? "19" : "20";
  const auto birth = parse_compact_date(century + std::string(curp.substr(4, 6)));
  if (!birth.ok()) return broken("the birth date in the CURP does not exist");
  if (*birth > today) return broken("the birth date in the CURP is in the future");
  if (curp[17] != check_digit(curp.substr(0, 17))) {
    return broken("the check digit of the CURP is wrong");
  }
  return {};
}

}  // namespace erario
