#include "engine/runtime/notifier.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "engine/runtime/submit.hpp"
#include "engine/runtime/timer.hpp"
#include "engine/runtime/webhook_secret.hpp"

namespace erario {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kPollPause{500};
constexpr std::array<std::chrono::seconds, 9> kPauses{
    {std::chrono::seconds(5), std::chrono::seconds(30), std::chrono::minutes(2),
     std::chrono::minutes(10), std::chrono::minutes(30), std::chrono::hours(1),
     std::chrono::hours(2), std::chrono::hours(4), std::chrono::hours(8)}};
// A lane that decided before an endpoint was closed may commit a delivery to it a little later.
constexpr std::chrono::hours kClosedFor{1};
constexpr int kGone = 410;

// With up to a quarter of jitter, so that a recovering portal is not met by a crowd.
std::chrono::microseconds pause_after(int tries, Random& random) {
  const auto last = kPauses.size() - 1;
  const std::chrono::microseconds pause =
      kPauses[std::min(static_cast<std::size_t>(tries - 1), last)];
  std::array<std::uint8_t, 1> byte{};
  random.fill(byte);
  return pause + pause * byte[0] / (255 * 4);
}

std::string seconds_text(Instant instant) {
  return std::to_string(to_epoch_micros(instant) / 1'000'000);
}

std::string_view outcome_of(const WebhookDelivery& delivery) {
  if (delivery.state == DeliveryState::kDelivered) return "delivered";
  return delivery.status == 0 ? "no_answer" : "refused";
}

}  // namespace

Notifier::Notifier(NotifierDependencies dependencies, asio::any_io_executor executor)
    : with_(std::move(dependencies)),
      executor_(std::move(executor)),
      timer_(make_timer(with_.timers, executor_)) {}

void Notifier::wake() {
  asio::post(executor_, [this] { timer_->cancel(); });
}

void Notifier::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    timer_->cancel();
  });
}

Task<void> Notifier::run() {
  while (!stopping_ || !in_flight_.empty()) {
    // A call whose outcome cannot be recorded would be made again and again.
    if (!stopping_ && with_.lane->healthy()) start_due();
    co_await timer_->wait(kPollPause);
  }
}

void Notifier::start_due() {
  auto endpoints = with_.store->endpoints_to_serve(with_.clock->now() - kClosedFor);
  if (!endpoints.ok()) {
    spdlog::error("notifier: {}", endpoints.error().detail);
    return;
  }
  if (endpoints->empty()) return;
  first_ = (first_ + 1) % endpoints->size();
  std::rotate(endpoints->begin(), endpoints->begin() + static_cast<std::ptrdiff_t>(first_),
              endpoints->end());
  for (const WebhookEndpoint& endpoint : *endpoints)
    start_due(endpoint);
}

void Notifier::start_due(const WebhookEndpoint& endpoint) {
  std::size_t& calls = calls_[endpoint.subscription.endpoint];
  const auto is_full = [&] {
    return calls >= kEndpointCallsMax || in_flight_.size() >= kNotifierCallsMax;
  };
  if (!is_full()) {
    // Those in flight are still due in the store.
    auto due = with_.store->due(endpoint.subscription.endpoint, with_.clock->now(),
                                static_cast<int>(2 * kEndpointCallsMax));
    if (!due.ok()) {
      spdlog::error("notifier: {}", due.error().detail);
      due = std::vector<WebhookDelivery>();
    }
    for (WebhookDelivery& delivery : *due) {
      if (is_full()) break;
      if (!in_flight_.insert(delivery.id).second) continue;
      calls += 1;
      asio::co_spawn(executor_, work(std::move(delivery), endpoint), asio::detached);
    }
  }
  if (calls == 0) calls_.erase(endpoint.subscription.endpoint);
}

Task<void> Notifier::work(WebhookDelivery delivery, WebhookEndpoint endpoint) {
  const DeliveryId id = delivery.id;
  const EndpointId to = endpoint.subscription.endpoint;
  bool recorded = false;
  try {
    const bool called = co_await call(delivery, std::move(endpoint));
    if (called) recorded = co_await record(std::move(delivery));
  } catch (const std::exception& failure) {
    spdlog::error("notifier: delivery {}: {}", id.text(), failure.what());
  }
  in_flight_.erase(id);
  if (--calls_[to] == 0) calls_.erase(to);
  if (stopping_) {
    timer_->cancel();
    co_return;
  }
  // What waits for the place that is free now. What could not be recorded waits for the next look.
  if (!recorded || !with_.lane->healthy()) co_return;
  auto now = with_.store->endpoint(to);
  if (now.ok()) start_due(*now);
}

Task<bool> Notifier::call(WebhookDelivery& delivery, WebhookEndpoint endpoint) {
  delivery.tried_at = with_.clock->now();
  delivery.status = 0;
  delivery.excerpt.clear();
  if (endpoint.state != EndpointState::kEnabled) {
    delivery.failure = "endpoint_closed";
    delivery.state = DeliveryState::kDead;
    co_return true;
  }
  auto body = with_.body(delivery, endpoint);
  if (!body.ok()) {
    spdlog::error("notifier: delivery {}: {}", delivery.id.text(), body.error().detail);
    if (is_passing(body.error())) co_return false;
    delivery.failure = "nothing_to_tell";
    delivery.state = DeliveryState::kDead;
    co_return true;
  }
  const auto keys = signing_keys(endpoint, *with_.installation_secret, *delivery.tried_at);
  delivery.tries += 1;
  if (!keys.ok() || keys->empty()) {
    delivery.failure = "secret_unreadable";
    postpone(delivery);
    co_return true;
  }
  const WebhookHead head{delivery.event.text(), seconds_text(*delivery.tried_at)};
  WebhookCall request;
  request.url = endpoint.url;
  request.id = head.id;
  request.timestamp = head.timestamp;
  request.signature = sign_webhook(*keys, head, *body);
  request.body = *std::move(body);
  WebhookAnswer answer = co_await with_.sender->post(std::move(request));
  judge(delivery, endpoint, std::move(answer));
  co_return true;
}

void Notifier::judge(WebhookDelivery& delivery, const WebhookEndpoint& endpoint,
                     WebhookAnswer answer) {
  delivery.status = answer.status;
  delivery.failure = std::move(answer.failure);
  delivery.excerpt = std::move(answer.excerpt);
  if (answer.status >= 200 && answer.status < 300) {
    delivery.state = DeliveryState::kDelivered;
    delivery.failure.clear();
  } else if (answer.status == kGone) {
    delivery.failure = "gone";
    delivery.state = DeliveryState::kDead;
    disable(endpoint);
  } else {
    if (answer.status != 0) delivery.failure = "http_" + std::to_string(answer.status);
    postpone(delivery);
  }
  with_.metrics->count("erario_webhook_tries_total", {{"outcome", outcome_of(delivery)}});
  const std::chrono::duration<double> took = with_.clock->now() - *delivery.tried_at;
  with_.metrics->observe("erario_webhook_try_seconds", {}, took.count());
}

void Notifier::postpone(WebhookDelivery& delivery) {
  delivery.due_at = with_.clock->now() + pause_after(delivery.tries, *with_.random);
  if (delivery.tries >= kNotifierTriesMax) delivery.state = DeliveryState::kDead;
}

void Notifier::disable(WebhookEndpoint endpoint) {
  spdlog::warn("notifier: endpoint {} answered 410 and is disabled",
               endpoint.subscription.endpoint.text());
  endpoint.state = EndpointState::kDisabled;
  endpoint.closed_at = with_.clock->now();
  const auto changed = with_.store->change_endpoint(endpoint);
  // Another of its calls, or its owner, was faster.
  if (!changed.ok() && changed.error().code != ErrorCode::kStateConflict) {
    spdlog::error("notifier: {}", changed.error().detail);
  }
}

Task<bool> Notifier::record(WebhookDelivery delivery) {
  Command command;
  command.id = new_id<CommandId>(*with_.clock, *with_.random);
  command.body = UpdateJobs{};
  const std::string id = delivery.id.text();
  command.delivery_updates.push_back(std::move(delivery));
  Persistence how{"notifier: delivery " + id, with_.timers, [this] { return stopping_; }};
  const Reply reply = co_await submit_persistently(*with_.lane, std::move(command), std::move(how));
  co_return reply.outcome.ok();
}

}  // namespace erario
