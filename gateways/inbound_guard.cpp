#include "gateways/inbound_guard.hpp"

#include <algorithm>

namespace erario {
namespace {

Error not_admitted(std::string why) {
  return Error{ErrorCode::kSignatureInvalid, std::move(why)};
}

}  // namespace

Result<Sha256> parse_fingerprint(std::string_view text) {
  std::string digits(text);
  // Colons between every two digits, or none.
  if (text.size() == 95) {
    digits.clear();
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (i % 3 != 2) digits += text[i];
      if (i % 3 == 2 && text[i] != ':') digits += '?';
    }
  }
  auto digest = sha256_from_hex(digits);
  if (digest.ok()) return digest;
  return Error{ErrorCode::kFieldInvalid,
               "must be SHA-256 fingerprints: 64 hexadecimal digits, colons between pairs allowed"};
}

Result<void> InboundGuard::admit(const InboundCall& call) const {
  const bool from_here =
      addresses.empty() ||
      std::any_of(addresses.begin(), addresses.end(),
                  [&](const AddressRange& range) { return range.contains(call.peer_address); });
  if (!from_here) return not_admitted("the call comes from an address that is not allowed");
  const bool shown =
      certificates.empty() ||
      (call.peer_certificate && std::find(certificates.begin(), certificates.end(),
                                          *call.peer_certificate) != certificates.end());
  if (!shown) return not_admitted("the call shows no client certificate that is accepted");
  if (credentials && !is_authorized(call, *credentials)) {
    return not_admitted("the call does not carry the agreed credentials");
  }
  return {};
}

}  // namespace erario
