// Webhooks to portals as values. An endpoint is where somebody wants to be told; a delivery is one
// event owed to one endpoint, committed with the event and kept as the log of what became of it.
// WebhookStore (engine/ports/store.hpp) keeps both. Bodies are made when they are sent, not kept.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/id.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

namespace erario {

// Who hears what: all that deciding needs to know of an endpoint.
struct Subscription {
  EndpointId endpoint;
  std::string owner;
  bool everything = false;         // of every owner, and of deposits that are nobody's
  std::vector<std::string> types;  // names of events; empty: all that are told
};
// `owner` empty: nobody's.
inline bool hears(const Subscription& subscription, std::string_view owner, std::string_view type) {
  const bool its_own = !owner.empty() && subscription.owner == owner;
  if (!subscription.everything && !its_own) return false;
  const auto& types = subscription.types;
  return types.empty() || std::find(types.begin(), types.end(), type) != types.end();
}

enum class EndpointState : std::uint8_t {
  kEnabled,
  kDisabled,  // it answered 410; what was owed to it is dead
  kDeleted,
};
// A signing key, encrypted with the installation's secret. An older one signs until it expires.
struct EndpointSecret {
  std::string sealed;
  Instant created_at;
  std::optional<Instant> expires_at;
};
struct WebhookEndpoint {
  Subscription subscription;
  std::string url;
  EndpointState state = EndpointState::kEnabled;
  std::vector<EndpointSecret> secrets;  // the newest first
  Instant created_at;
  std::optional<Instant> closed_at;  // when it was disabled or deleted
  std::int64_t version = 1;          // +1 with every change
};

enum class DeliveryState : std::uint8_t { kDue, kDelivered, kDead };
struct WebhookDelivery {
  DeliveryId id;
  EndpointId endpoint;
  std::string owner;  // of the endpoint
  EventId event;      // the webhook-id, at every try the same
  std::string type;   // "payment.captured"
  std::string subject;
  std::string part;                  // see engine/payment/told.hpp
  std::optional<PaymentId> payment;  // that it is about
  Instant created_at;                // when the event happened
  DeliveryState state = DeliveryState::kDue;
  Instant due_at;
  int tries = 0;
  // Of the last try: its HTTP status, 0 where there was no answer; what went wrong, a stable word;
  // the first characters of the answer.
  int status = 0;
  std::string failure;
  std::string excerpt;
  std::optional<Instant> tried_at;
};

inline std::string_view to_text(EndpointState state) {
  switch (state) {
    case EndpointState::kEnabled: return "enabled";
    case EndpointState::kDisabled: return "disabled";
    case EndpointState::kDeleted: return "deleted";
  }
  CHECK(false);
}
inline std::string_view to_text(DeliveryState state) {
  switch (state) {
    case DeliveryState::kDue: return "due";
    case DeliveryState::kDelivered: return "delivered";
    case DeliveryState::kDead: return "dead";
  }
  CHECK(false);
}
// Fail with kFieldInvalid, naming the allowed words.
inline Result<EndpointState> parse_endpoint_state(std::string_view text) {
  for (const auto state :
       {EndpointState::kEnabled, EndpointState::kDisabled, EndpointState::kDeleted})
    if (to_text(state) == text) return state;
  return field_error("state", "must be enabled, disabled or deleted");
}
inline Result<DeliveryState> parse_delivery_state(std::string_view text) {
  for (const auto state : {DeliveryState::kDue, DeliveryState::kDelivered, DeliveryState::kDead})
    if (to_text(state) == text) return state;
  return field_error("state", "must be due, delivered or dead");
}

}  // namespace erario
