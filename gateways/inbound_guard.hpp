// Who may call us in a gateway's name: basic credentials, the address that connects and the client
// certificate, in any combination. What is set up must hold, all of it; what is not is not asked
// for. Signatures over a body are the adapter's own, and come after this. Thread safe.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/ports/gateway.hpp"
#include "gateways/address_range.hpp"
#include "gateways/basic_auth.hpp"

namespace erario {

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
