// Sending one webhook to one URL as a port: gateways/ implements it over HTTP.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/ports/gateway.hpp"

namespace erario {

struct WebhookCall {
  std::string url;
  std::string id;         // webhook-id
  std::string timestamp;  // webhook-timestamp: seconds since the epoch
  std::string signature;  // webhook-signature
  std::string body;
};
struct WebhookAnswer {
  int status = 0;       // 0: there was no answer
  std::string failure;  // then why, a stable word: "timeout", "connect", "address_refused", …
  std::string excerpt;  // of the body; bounded, valid UTF-8
};
class WebhookSender {
 public:
  virtual ~WebhookSender() = default;
  // Whether an endpoint may have this URL: https, or http on loopback, and no address that this
  // installation does not call. Names are looked up, and their addresses judged, at every call.
  // Fails with kFieldInvalid. Thread safe.
  virtual Result<void> check(std::string_view url) const = 0;
  // Follows no redirect; has a deadline.
  virtual Task<WebhookAnswer> post(WebhookCall call) = 0;
};

}  // namespace erario
