#include "reconciliation/formats/amount.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace erario {
namespace {

constexpr std::array<std::string_view, 16> kNoDecimals = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                          "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                                          "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> kThreeDecimals = {"BHD", "IQD", "JOD", "KWD",
                                                            "LYD", "OMR", "TND"};

Error malformed(std::string rule) {
  return Error{ErrorCode::kStatementMalformed, std::move(rule)};
}

void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

// 0x80 to 0x9F; zero where the code page has no character.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

struct Utf8Form {
  std::size_t length;
  std::uint32_t smallest;  // shorter encodings of the same character are refused
  std::uint32_t bits;
};

std::optional<Utf8Form> utf8_form(unsigned char lead) {
  if (lead < 0x80) return Utf8Form{1, 0, lead};
  if (lead >> 5 == 0x6) return Utf8Form{2, 0x80, lead & 0x1FU};
  if (lead >> 4 == 0xE) return Utf8Form{3, 0x800, lead & 0x0FU};
  if (lead >> 3 == 0x1E) return Utf8Form{4, 0x10000, lead & 0x07U};
  return std::nullopt;
}

}  // namespace

int currency_decimals(std::string_view currency) {
  if (std::ranges::find(kNoDecimals, currency) != kNoDecimals.end()) return 0;
  if (std::ranges::find(kThreeDecimals, currency) != kThreeDecimals.end()) return 3;
  return 2;
}

bool is_currency_code(std::string_view text) {
  return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

Result<Money> parse_minor_units(std::string_view text, std::string_view currency,
                                const AmountForm& form) {
  const auto decimals_max = static_cast<std::size_t>(currency_decimals(currency));
  std::int64_t units = 0;
  std::size_t digits = 0;
  std::size_t decimals = 0;
  bool after_separator = false;
  for (const char c : text) {
    if (c == form.separator && !after_separator) {
      after_separator = true;
      continue;
    }
    if (c < '0' || c > '9') {
      return malformed("the amount \"" + excerpt(text) + "\" is not a number");
    }
    ++digits;
    if (after_separator && ++decimals > decimals_max) {
      if (c == '0') continue;
      return malformed("the amount \"" + excerpt(text) + "\" has more decimals than " +
                       std::string(currency) + " has");
    }
    units = units * 10 + (c - '0');
    if (units > form.largest.centavos) return malformed("the amount is larger than any accepted");
  }
  if (digits == 0) return malformed("the amount is empty");
  for (std::size_t i = decimals; i < decimals_max; ++i)
    units *= 10;
  if (units > form.largest.centavos) return malformed("the amount is larger than any accepted");
  return Money{units};
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_valid_utf8(std::string_view bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto form = utf8_form(static_cast<unsigned char>(bytes[at]));
    if (!form || at + form->length > bytes.size()) return false;
    std::uint32_t point = form->bits;
    for (std::size_t i = 1; i < form->length; ++i) {
      const auto byte = static_cast<unsigned char>(bytes[at + i]);
      if (byte >> 6 != 0x2) return false;
      point = point << 6 | (byte & 0x3FU);
    }
    if (point < form->smallest || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) {
      return false;
    }
    at += form->length;
  }
  return true;
}

std::string excerpt(std::string_view utf8, std::size_t bytes_max) {
  std::size_t end = std::min(utf8.size(), bytes_max);
  const auto continues = [&] { return (static_cast<unsigned char>(utf8[end]) & 0xC0U) == 0x80U; };
  while (end > 0 && end < utf8.size() && continues())
    --end;
  return std::string(utf8.substr(0, end));
}

std::string utf8_from_windows_1252(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 || byte > 0x9F) {
      append_utf8(text, byte);
      continue;
    }
    const std::uint16_t point = kWindows1252[byte - 0x80U];
    append_utf8(text, point == 0 ? 0xFFFD : point);
  }
  return text;
}

}  // namespace erario
