#include "engine/runtime/webhook_secret.hpp"

#include <array>

#include "engine/base/cipher.hpp"
#include "engine/base/digest.hpp"

namespace erario {
namespace {

constexpr std::size_t kSecretBytes = 32;

std::string purpose_of(EndpointId endpoint) {
  return "erario webhook secret " + endpoint.text();
}

}  // namespace

NewEndpointSecret make_endpoint_secret(EndpointId endpoint, const Secret& installation,
                                       const Clock& clock, Random& random) {
  std::array<std::uint8_t, kSecretBytes> bytes{};
  random.fill(bytes);
  const Secret key(std::string(bytes.begin(), bytes.end()));
  NewEndpointSecret made;
  made.text = Secret("whsec_" + to_base64(key.reveal()));
  made.row.sealed = to_base64(encrypt(key.reveal(), installation, purpose_of(endpoint)));
  made.row.created_at = clock.now();
  return made;
}

Result<std::vector<Secret>> signing_keys(const WebhookEndpoint& endpoint,
                                         const Secret& installation, Instant now) {
  std::vector<Secret> keys;
  for (const EndpointSecret& secret : endpoint.secrets) {
    if (secret.expires_at && *secret.expires_at <= now) continue;
    TRY(const std::string sealed, from_base64(secret.sealed));
    TRY(std::string key, decrypt(sealed, installation, purpose_of(endpoint.subscription.endpoint)));
    keys.emplace_back(std::move(key));
  }
  return keys;
}

std::string sign_webhook(const std::vector<Secret>& keys, const WebhookHead& head,
                         std::string_view body) {
  std::string covered = head.id + "." + head.timestamp + ".";
  covered += body;
  std::string signatures;
  for (const Secret& key : keys) {
    if (!signatures.empty()) signatures += ' ';
    signatures += "v1," + to_base64(as_bytes(hmac_sha256(key, covered)));
  }
  return signatures;
}

}  // namespace erario
