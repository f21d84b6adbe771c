#include "gateways/webhook_sender.hpp"

#include <limits>
#include <list>
#include <mutex>

#include "engine/base/card_number.hpp"
#include "engine/base/utf8.hpp"
#include "engine/base/web_url.hpp"
#include "gateways/address_rule.hpp"
#include "gateways/http_client.hpp"

namespace erario {
namespace {

namespace asio = boost::asio;

struct Place {
  std::string host;
  std::string host_url;  // "https://portal.example:8443"
  std::string target;    // "/hooks?from=erario"
};

// Fails with kFieldInvalid.
Result<Place> split_url(std::string_view text) {
  if (text.size() > kWebhookUrlMax) {
    return field_error("url",
                       "must have at most " + std::to_string(kWebhookUrlMax) + " characters");
  }
  const auto url = parse_web_url(text);
  if (!url.ok()) return field_error("url", url.error().detail);
  if (url->has_fragment) return field_error("url", "must not have a fragment");
  return Place{url->host, url->origin(), (url->path.empty() ? "/" : url->path) + url->query};
}

// Nobody's bytes but ours go on to logs and lists.
std::string excerpt_of(std::string_view body) {
  std::string text = to_valid_utf8(body.substr(0, kWebhookExcerptMax));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7F) c = ' ';
  return mask_card_numbers(text);
}

class HttpWebhookSender final : public WebhookSender {
 public:
  HttpWebhookSender(WebhookSenderConfig config, AddressRule rule, asio::any_io_executor executor)
      : config_(std::move(config)), rule_(std::move(rule)), executor_(std::move(executor)) {}

  Result<void> check(std::string_view text) const override {
    TRY(const Place place, split_url(text));
    boost::system::error_code is_a_name;
    const auto address = asio::ip::make_address(place.host, is_a_name);
    if (!is_a_name && !rule_.allows(address)) {
      return field_error("url", "leads to an address that this installation does not call");
    }
    return {};
  }

  Task<WebhookAnswer> post(WebhookCall call) override {
    WebhookAnswer answer;
    const auto place = split_url(call.url);
    std::shared_ptr<HttpClient> client;
    if (place.ok()) client = client_of(place->host_url);
    if (client == nullptr) {
      answer.failure = "url_invalid";
      co_return answer;
    }
    HttpRequest request("POST", place->target);
    request.headers = {{"Content-Type", "application/json"},
                       {"webhook-id", std::move(call.id)},
                       {"webhook-timestamp", std::move(call.timestamp)},
                       {"webhook-signature", std::move(call.signature)}};
    request.body = std::move(call.body);
    const HttpOutcome outcome = co_await client->send(std::move(request));
    if (const auto* response = std::get_if<HttpResponse>(&outcome)) {
      answer.status = response->status;
      answer.excerpt = excerpt_of(response->body);
    } else {
      answer.failure = std::string(to_text(std::get<HttpFailure>(outcome).cause));
    }
    co_return answer;
  }

 private:
  struct Kept {
    std::string host_url;
    std::shared_ptr<HttpClient> client;
  };

  // The one used last stands first; the one used longest ago goes.
  std::shared_ptr<HttpClient> client_of(const std::string& host_url) {
    const std::lock_guard lock(mutex_);
    for (auto at = kept_.begin(); at != kept_.end(); ++at) {
      if (at->host_url != host_url) continue;
      kept_.splice(kept_.begin(), kept_, at);
      return at->client;
    }
    HttpClientOptions options;
    options.base_url = host_url;
    options.ca_file = config_.ca_file;
    options.timeout = config_.timeout;
    options.body_bytes_max = kWebhookAnswerBytesMax;
    options.cut_bodies = true;
    options.tries_max = 1;
    // Each delivery has pauses of its own.
    options.breaker_failures_max = std::numeric_limits<int>::max();
    options.log_paths = false;
    options.may_call = [rule = rule_](const asio::ip::address& address) {
      return rule.allows(address);
    };
    auto made = HttpClient::create(std::move(options), executor_);
    if (!made.ok()) return nullptr;
    kept_.push_front({host_url, std::move(*made)});
    if (kept_.size() > kWebhookHostsMax) kept_.pop_back();
    return kept_.front().client;
  }

  WebhookSenderConfig config_;
  AddressRule rule_;
  asio::any_io_executor executor_;
  std::mutex mutex_;
  std::list<Kept> kept_;
};

}  // namespace

Result<std::unique_ptr<WebhookSender>> build_webhook_sender(WebhookSenderConfig config,
                                                            asio::any_io_executor executor) {
  auto rule = AddressRule::create(config.allow_networks);
  if (!rule.ok()) {
    return field_error("webhooks.allow_networks", rule.error().fields.front().rule,
                       ErrorCode::kConfigInvalid);
  }
  HttpClientOptions trial;
  trial.base_url = "https://localhost";
  trial.ca_file = config.ca_file;
  if (const auto tried = HttpClient::create(std::move(trial), executor); !tried.ok()) {
    return field_error("webhooks.ca_file", tried.error().fields.front().rule,
                       ErrorCode::kConfigInvalid);
  }
  return std::unique_ptr<WebhookSender>(std::make_unique<HttpWebhookSender>(
      std::move(config), *std::move(rule), std::move(executor)));
}

}  // namespace erario
