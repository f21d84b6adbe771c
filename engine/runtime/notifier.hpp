// The notifier: tells portals what committed transitions owe them. Every delivery is made at least
// once and, at every try, under the same webhook-id; a receiver that knows the id has it already.
// Tries follow each other with growing pauses for three days, then the delivery is dead: a metric,
// and anybody may have it sent again. An endpoint has only few calls in flight, so that a slow
// portal keeps no other waiting. What became of a try goes through the commit lane, as the outcome
// of a gateway call does.
//
// Runs on the given executor (a strand or a single-threaded context) and outlives what it started
// there; not thread safe but for wake() and stop().
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "engine/base/secret.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/store.hpp"
#include "engine/ports/timer.hpp"
#include "engine/ports/webhook_sender.hpp"
#include "engine/runtime/commit_lane.hpp"

namespace erario {

inline constexpr std::size_t kNotifierCallsMax = 256;  // in flight at once
inline constexpr std::size_t kEndpointCallsMax = 4;    // of them, to one endpoint
// 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h, then 8 h eight times: 72 hours.
inline constexpr int kNotifierTriesMax = 17;

struct NotifierDependencies {
  WebhookStore* store = nullptr;
  CommitLane* lane = nullptr;
  WebhookSender* sender = nullptr;
  // The body of a delivery, as things stand now. Fails with kStoreUnavailable (it is asked again)
  // or kNotFound (there is nothing to tell of any more).
  std::function<Result<std::string>(const WebhookDelivery&, const WebhookEndpoint&)> body;
  const Secret* installation_secret = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Metrics* metrics = nullptr;
  Timers* timers = nullptr;  // null: the machine's
};

class Notifier {
 public:
  Notifier(NotifierDependencies dependencies, boost::asio::any_io_executor executor);

  // Works until stop() and until the calls in flight then have ended.
  Task<void> run();
  // Looks for due deliveries now. Thread safe.
  void wake();
  // Makes no new calls. Thread safe.
  void stop();

 private:
  void start_due();
  void start_due(const WebhookEndpoint& endpoint);
  Task<void> work(WebhookDelivery delivery, WebhookEndpoint endpoint);
  // Makes the call and says in the delivery what came of it; false when it was not made.
  Task<bool> call(WebhookDelivery& delivery, WebhookEndpoint endpoint);
  void judge(WebhookDelivery& delivery, const WebhookEndpoint& endpoint, WebhookAnswer answer);
  // Due again after a pause; dead when there were too many.
  void postpone(WebhookDelivery& delivery);
  void disable(WebhookEndpoint endpoint);
  // Through the lane; false when it took nothing.
  Task<bool> record(WebhookDelivery delivery);

  NotifierDependencies with_;
  boost::asio::any_io_executor executor_;
  std::unique_ptr<Timer> timer_;
  std::set<DeliveryId> in_flight_;
  std::map<EndpointId, std::size_t> calls_;  // in flight, by endpoint
  std::size_t first_ = 0;                    // of the endpoints, who is looked at first: in turns
  bool stopping_ = false;
};

}  // namespace erario
