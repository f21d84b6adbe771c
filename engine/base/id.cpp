#include "engine/base/id.hpp"

#include <algorithm>

namespace erario {

IdBytes make_uuid_v7(Instant now, std::span<const std::uint8_t, 10> random) {
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::floor<milliseconds>(now).time_since_epoch().count();
  const auto time_ms = static_cast<std::uint64_t>(since_epoch);
  IdBytes bytes{};
  for (std::size_t i = 0; i < 6; ++i) {
    bytes[i] = static_cast<std::uint8_t>(time_ms >> (40 - 8 * i));
  }
  std::copy(random.begin(), random.end(), bytes.begin() + 6);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  return bytes;
}

std::string id_text(std::string_view prefix, const IdBytes& bytes) {
  std::string text;
  append_id_text(prefix, bytes, text);
  return text;
}

std::string gateway_reference(std::string_view kind, const IdBytes& id) {
  static constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  std::string reference(kind);
  unsigned bits = 0;
  int count = 0;
  for (const std::uint8_t byte : id) {
    bits = bits << 8 | byte;
    for (count += 8; count >= 5; count -= 5)
      reference += kAlphabet[bits >> (count - 5) & 31];
  }
  reference += kAlphabet[bits << (5 - count) & 31];
  return reference;
}

void append_id_text(std::string_view prefix, const IdBytes& bytes, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<char, 1 + 2 * std::tuple_size_v<IdBytes>> text;
  char* at = text.data();
  *at++ = '_';
  for (const std::uint8_t byte : bytes) {
    *at++ = kHex[byte >> 4];
    *at++ = kHex[byte & 0x0F];
  }
  out.append(prefix).append(text.data(), text.size());
}

Result<IdBytes> parse_id_text(std::string_view prefix, std::string_view text) {
  const auto invalid = [&] {
    return Error{ErrorCode::kFieldInvalid,
                 "an id is \"" + std::string(prefix) + "_\" and 32 lower-case hex digits"};
  };
  if (text.size() != prefix.size() + 33 || !text.starts_with(prefix) ||
      text[prefix.size()] != '_') {
    return invalid();
  }
  // A table: ids are read a million times an audit.
  static constexpr auto kDigits = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (int i = 0; i < 10; ++i)
      values[static_cast<std::size_t>('0' + i)] = static_cast<std::int8_t>(i);
    for (int i = 0; i < 6; ++i)
      values[static_cast<std::size_t>('a' + i)] = static_cast<std::int8_t>(10 + i);
    return values;
  }();
  const auto digit = [](char c) -> int { return kDigits[static_cast<unsigned char>(c)]; };
  const std::string_view hex = text.substr(prefix.size() + 1);
  IdBytes bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(hex[2 * i]);
    const int low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return invalid();
    bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return bytes;
}

}  // namespace erario
