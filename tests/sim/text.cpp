#include "tests/sim/text.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <random>

namespace erario::sim {
namespace {

constexpr std::size_t kPesosDigitsMax = 17;

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::string pesos_text(std::int64_t centavos) {
  const bool negative = centavos < 0;
  const auto magnitude =
      negative ? 0 - static_cast<std::uint64_t>(centavos) : static_cast<std::uint64_t>(centavos);
  auto cents = std::to_string(magnitude % 100);
  if (cents.size() < 2) cents.insert(0, "0");
  return (negative ? "-" : "") + std::to_string(magnitude / 100) + "." + cents;
}

Pesos parse_pesos(std::string_view number) {
  const bool negative = number.starts_with('-');
  if (negative) number.remove_prefix(1);
  std::string digits;
  int decimals = 0;
  bool point = false;
  std::size_t at = 0;
  for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
    if (number[at] == '.' && !point) {
      point = true;
    } else if (number[at] >= '0' && number[at] <= '9') {
      digits.push_back(number[at]);
      decimals += point ? 1 : 0;
    } else {
      return {0, PesosError::kMalformed};
    }
  }
  if (digits.empty() || digits.size() > 64) return {0, PesosError::kMalformed};
  if (at < number.size()) {
    auto exponent_text = number.substr(at + 1);
    if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
    int exponent = 0;
    const auto end = exponent_text.data() + exponent_text.size();
    const auto parsed = std::from_chars(exponent_text.data(), end, exponent);
    if (parsed.ec != std::errc() || parsed.ptr != end || exponent > 30 || exponent < -30) {
      return {0, PesosError::kMalformed};
    }
    decimals -= exponent;
  }
  for (; decimals > 2 && digits.ends_with('0'); --decimals)
    digits.pop_back();
  if (digits.empty()) return {};
  for (; decimals < 2; ++decimals)
    digits.push_back('0');
  if (decimals > 2) return {0, PesosError::kTooManyDecimals};
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (digits.size() > kPesosDigitsMax) return {0, PesosError::kTooLarge};
  std::int64_t centavos = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), centavos);
  return {negative ? -centavos : centavos, PesosError::kNone};
}

bool all_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

bool luhn_valid(std::string_view digits) {
  if (!all_digits(digits)) return false;
  int sum = 0;
  bool twice = false;
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, twice = !twice) {
    const int value = (*digit - '0') * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 == 0;
}

bool clabe_valid(std::string_view clabe) {
  if (clabe.size() != 18 || !all_digits(clabe)) return false;
  constexpr int kWeights[] = {3, 7, 1};
  int sum = 0;
  for (std::size_t i = 0; i < 17; ++i)
    sum += (clabe[i] - '0') * kWeights[i % 3] % 10;
  return (10 - sum % 10) % 10 == clabe[17] - '0';
}

std::string base64_encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                    reinterpret_cast<const unsigned char*>(bytes.data()),
                                    static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string out(text.size() / 4 * 3, '\0');
  const auto size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                    reinterpret_cast<const unsigned char*>(text.data()),
                                    static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const auto padding = text.ends_with("==") ? 2U : text.ends_with('=') ? 1U : 0U;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string url_decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])));
      i += 2;
    } else {
      out.push_back(text[i] == '+' && plus_is_blank ? ' ' : text[i]);
    }
  }
  return out;
}

Pairs parse_form(std::string_view text) {
  Pairs out;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto part = text.substr(0, end);
    const auto sign = std::min(part.find('='), part.size());
    if (!part.empty()) {
      const auto value = part.substr(std::min(sign + 1, part.size()));
      out.emplace_back(url_decode(part.substr(0, sign), true), url_decode(value, true));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string find_pair(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs) {
    if (key == name) return value;
  }
  return {};
}

std::string escape_markup(std::string_view text) {
  std::string out;
  for (const char next : text) {
    switch (next) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&quot;"); break;
      case '\'': out.append("&#39;"); break;
      default:
        if (static_cast<unsigned char>(next) >= 0x20 || next == '\n' || next == '\t') {
          out.push_back(next);
        }
    }
  }
  return out;
}

std::string random_id(std::size_t length) {
  static std::mutex mutex;
  static std::random_device device;
  const std::lock_guard lock(mutex);
  std::uniform_int_distribution<std::size_t> pick(0, 35);
  std::string out;
  for (std::size_t i = 0; i < length; ++i) {
    out.push_back("abcdefghijklmnopqrstuvwxyz0123456789"[pick(device)]);
  }
  return out;
}

std::string trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  const auto last = text.find_last_not_of(" \t\r\n");
  return std::string(text.substr(first, last - first + 1));
}

std::size_t count_code_points(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
  }));
}

}  // namespace erario::sim
