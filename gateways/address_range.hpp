// Ranges of IP addresses, as configurations name them: who may call us, and whom we call. Pure.
#pragma once

#include <array>
#include <string_view>

#include "engine/base/result.hpp"

namespace erario {

// Neighbouring addresses, IPv4 or IPv6.
class AddressRange {
 public:
  // "203.0.113.0/24", "2001:db8::/32", or one address. Fails with kFieldInvalid.
  static Result<AddressRange> parse(std::string_view text);
  // A numeric address; an IPv4 one may be in its IPv6 form ("::ffff:203.0.113.7").
  bool contains(std::string_view address) const;

 private:
  bool v6_ = false;
  std::array<unsigned char, 16> bytes_{};  // IPv4 has the first four
  int bits_ = 0;                           // how many must agree
};

}  // namespace erario
