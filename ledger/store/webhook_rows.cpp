// Webhook endpoints and deliveries between rows and values.
#include <boost/json.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_object.hpp"
#include "engine/base/json_writer.hpp"
#include "ledger/store/rows.hpp"

namespace erario {

void write_json(JsonWriter& out, const EndpointSecret& secret) {
  out.object()("created_at", secret.created_at)("expires_at", secret.expires_at)("sealed",
                                                                                 secret.sealed);
}

}  // namespace erario

namespace erario::store {
namespace {

constexpr std::size_t kSecretsMax = 100;

Result<EndpointSecret> secret_from_json(const boost::json::value& value,
                                        const std::string& pointer) {
  TRY(const JsonObject object,
      JsonObject::open(value, pointer, {"created_at", "expires_at", "sealed"}));
  EndpointSecret secret;
  TRY(secret.created_at, object.parsed<Instant>("created_at", parse_rfc3339));
  if (!object.field("expires_at").is_null()) {
    TRY(secret.expires_at, object.parsed<Instant>("expires_at", parse_rfc3339));
  }
  TRY(secret.sealed, object.text("sealed"));
  return secret;
}

std::vector<EndpointSecret> secrets_of(const std::string& text) {
  const boost::json::value document = stored(parse_json("{\"secrets\":" + text + "}"));
  const JsonObject object = stored(JsonObject::open(document, "", {"secrets"}));
  return stored(object.list<EndpointSecret>("secrets", kSecretsMax, secret_from_json));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : ",") + word;
  return text;
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto comma = text.find(',');
    words.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return words;
}

Subscription take_subscription(Columns& columns) {
  Subscription subscription;
  subscription.endpoint = columns.id<EndpointId>();
  subscription.owner = columns.text();
  subscription.everything = columns.integer() != 0;
  subscription.types = split(columns.text());
  return subscription;
}

void instant_or_null(Rows& rows, const std::optional<Instant>& instant) {
  instant ? rows.instant(*instant) : rows.null();
}

}  // namespace

Subscription read_subscription(const Row& row) {
  Columns columns(row);
  return take_subscription(columns);
}

WebhookEndpoint read_endpoint(const Row& row) {
  Columns columns(row);
  WebhookEndpoint endpoint;
  endpoint.subscription = take_subscription(columns);
  endpoint.url = columns.text();
  endpoint.state = stored(parse_endpoint_state(columns.text()));
  endpoint.secrets = secrets_of(columns.text());
  endpoint.created_at = columns.instant();
  endpoint.closed_at = columns.optional([](Columns& it) { return it.instant(); });
  endpoint.version = columns.integer();
  return endpoint;
}

void write_endpoint(Rows& rows, const WebhookEndpoint& endpoint) {
  const Subscription& subscription = endpoint.subscription;
  rows.id(subscription.endpoint).text(subscription.owner);
  rows.integer(subscription.everything ? 1 : 0).text(joined(subscription.types));
  rows.text(endpoint.url).text(erario::to_text(endpoint.state));
  rows.text(canonical_json(endpoint.secrets)).instant(endpoint.created_at);
  instant_or_null(rows, endpoint.closed_at);
  rows.integer(endpoint.version);
}

void write_endpoint_change(Rows& rows, const WebhookEndpoint& endpoint) {
  rows.id(endpoint.subscription.endpoint).integer(endpoint.version);
  rows.text(erario::to_text(endpoint.state)).text(canonical_json(endpoint.secrets));
  instant_or_null(rows, endpoint.closed_at);
}

WebhookDelivery read_delivery(const Row& row) {
  Columns columns(row);
  WebhookDelivery delivery;
  delivery.id = columns.id<DeliveryId>();
  delivery.endpoint = columns.id<EndpointId>();
  delivery.owner = columns.text();
  delivery.event = columns.id<EventId>();
  delivery.type = columns.text();
  delivery.subject = columns.text();
  delivery.part = columns.text();
  delivery.payment = columns.optional([](Columns& it) { return it.id<PaymentId>(); });
  delivery.created_at = columns.instant();
  delivery.state = stored(parse_delivery_state(columns.text()));
  delivery.due_at = columns.instant();
  delivery.tries = static_cast<int>(columns.integer());
  delivery.status = static_cast<int>(columns.integer());
  delivery.failure = columns.text();
  delivery.excerpt = columns.text();
  delivery.tried_at = columns.optional([](Columns& it) { return it.instant(); });
  return delivery;
}

void write_delivery(Rows& rows, const WebhookDelivery& delivery, std::int64_t lane) {
  rows.id(delivery.id).id(delivery.endpoint).text(delivery.owner).id(delivery.event);
  rows.text(delivery.type).text(delivery.subject).text(delivery.part);
  delivery.payment ? rows.id(*delivery.payment) : rows.null();
  rows.instant(delivery.created_at).text(erario::to_text(delivery.state));
  rows.instant(delivery.due_at).integer(delivery.tries).integer(delivery.status);
  rows.text(delivery.failure).text(delivery.excerpt);
  instant_or_null(rows, delivery.tried_at);
  rows.integer(lane);
}

void write_delivery_update(Rows& rows, const WebhookDelivery& delivery) {
  rows.id(delivery.id).text(erario::to_text(delivery.state)).instant(delivery.due_at);
  rows.integer(delivery.tries).integer(delivery.status).text(delivery.failure);
  rows.text(delivery.excerpt);
  instant_or_null(rows, delivery.tried_at);
}

}  // namespace erario::store
