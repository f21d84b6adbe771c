// SHA-256, HMAC-SHA-256, hex and base64 over OpenSSL. Thread safe.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/base/secret.hpp"

namespace erario {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(std::string_view bytes);
// Of all parts one after the other.
Sha256 sha256(std::initializer_list<std::string_view> parts);
Sha256 hmac_sha256(const Secret& key, std::string_view bytes);

std::string to_hex(std::string_view bytes);
std::string to_hex(const Sha256& digest);
// Lower or upper case, even length. Fails with kFieldInvalid.
Result<std::string> from_hex(std::string_view hex);
Result<Sha256> sha256_from_hex(std::string_view hex);

// Standard alphabet with padding, one line.
std::string to_base64(std::string_view bytes);
// Strict: padding required, no blanks or line ends, unused bits zero. Fails with kFieldInvalid.
Result<std::string> from_base64(std::string_view text);
// URL alphabet without padding (RFC 4648 section 5).
std::string to_base64url(std::string_view bytes);

inline std::string_view as_bytes(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace erario
