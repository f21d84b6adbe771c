// Who may call us in a gateway's name: basic credentials, the address that connects and the client
// certificate, in any combination. What is set up must hold, all of it; what is not is not asked
// for. Signatures over a body are the adapter's own, and come after this. Thread safe.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/ports/gateway.hpp"
#include "gateways/basic_auth.hpp"

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

// 64 hexadecimal digits, with or without colons, as `openssl x509 -fingerprint -sha256` prints
// them. Fails with kFieldInvalid.
Result<Sha256> parse_fingerprint(std::string_view text);

struct InboundGuard {
  std::optional<BasicCredentials> credentials;
  std::vector<AddressRange> addresses;  // empty: from anywhere
  std::vector<Sha256> certificates;     // empty: none needed

  bool asks_nothing() const { return !credentials && addresses.empty() && certificates.empty(); }
  // Fails with kSignatureInvalid; the detail says which of them does not hold, and no value.
  Result<void> admit(const InboundCall& call) const;
};

}  // namespace erario
