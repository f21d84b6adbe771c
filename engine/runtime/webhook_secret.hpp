// Secrets of webhook endpoints and the signatures made with them (standardwebhooks.com: HMAC-SHA256
// over "id.timestamp.body"). A secret is shown once, as "whsec_" and its base64, and kept encrypted
// with the installation's secret, bound to its endpoint. Thread safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/secret.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/webhook.hpp"

namespace erario {

struct NewEndpointSecret {
  Secret text;  // "whsec_…", shown once
  EndpointSecret row;
};
// 32 fresh random bytes.
NewEndpointSecret make_endpoint_secret(EndpointId endpoint, const Secret& installation,
                                       const Clock& clock, Random& random);

// The keys that sign now, the newest first. Fails with kSignatureInvalid when one cannot be opened:
// the installation has another secret than when it was made.
Result<std::vector<Secret>> signing_keys(const WebhookEndpoint& endpoint,
                                         const Secret& installation, Instant now);

// What the signature covers besides the body.
struct WebhookHead {
  std::string id;
  std::string timestamp;
};
// "v1,<base64>" for each key, separated by blanks.
std::string sign_webhook(const std::vector<Secret>& keys, const WebhookHead& head,
                         std::string_view body);

}  // namespace erario
