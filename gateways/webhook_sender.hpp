// Sends webhooks over HTTP: one client a host, kept while it is used; every address is judged by an
// AddressRule when it is called. Thread safe as HttpClient is; check() also without an executor.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/webhook_sender.hpp"

namespace erario {

inline constexpr std::size_t kWebhookUrlMax = 2'000;
inline constexpr std::size_t kWebhookAnswerBytesMax = 64U << 10U;
inline constexpr std::size_t kWebhookExcerptMax = 200;  // bytes of an answer that are kept
inline constexpr std::size_t kWebhookHostsMax = 64;     // whose connections are kept

struct WebhookSenderConfig {
  std::vector<std::string> allow_networks;  // that are not public and may be called all the same
  std::string ca_file;                      // PEM; empty: the system's certificates
  std::chrono::milliseconds timeout{15'000};
};

// Fails with kConfigInvalid or kIo; the field error points to "webhooks.<field>".
Result<std::unique_ptr<WebhookSender>> build_webhook_sender(WebhookSenderConfig config,
                                                            boost::asio::any_io_executor executor);

}  // namespace erario
