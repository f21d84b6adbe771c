// Where portals want to be told, and the log of what they were told.
#include <algorithm>

#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"
#include "engine/base/web_url.hpp"
#include "engine/payment/told.hpp"
#include "engine/runtime/webhook_secret.hpp"

namespace erario::api::handlers {
namespace {

namespace json = boost::json;

constexpr std::size_t kEndpointsPerOwnerMax = 16;
constexpr std::size_t kSecretsMax = 4;  // that sign at once
constexpr std::int64_t kOverlapHoursUsual = 24;
constexpr std::int64_t kOverlapHoursMax = 7 * 24;

bool sees_all(const Principal& principal) {
  return principal.reads_everything() || principal.has(Scope::kOperator);
}

json::object endpoint_json(const WebhookEndpoint& endpoint) {
  const Subscription& subscription = endpoint.subscription;
  json::array events;
  for (const std::string& type : subscription.types)
    events.emplace_back(type);
  json::array secrets;
  for (const EndpointSecret& secret : endpoint.secrets)
    secrets.push_back(
        {{"created_at", to_rfc3339(secret.created_at)},
         {"expires_at",
          secret.expires_at ? json::value(to_rfc3339(*secret.expires_at)) : json::value(nullptr)}});
  return {{"id", subscription.endpoint.text()},
          {"owner", subscription.owner},
          {"url", endpoint.url},
          {"events", std::move(events)},
          {"everything", subscription.everything},
          {"state", to_text(endpoint.state)},
          {"secrets", std::move(secrets)},
          {"created_at", to_rfc3339(endpoint.created_at)}};
}

json::object delivery_json(const WebhookDelivery& delivery) {
  const bool due = delivery.state == DeliveryState::kDue;
  return {
      {"id", delivery.id.text()},
      {"endpoint", delivery.endpoint.text()},
      {"event", delivery.event.text()},
      {"type", delivery.type},
      {"payment", delivery.payment ? json::value(delivery.payment->text()) : json::value(nullptr)},
      {"subject", delivery.subject},
      {"created_at", to_rfc3339(delivery.created_at)},
      {"state", to_text(delivery.state)},
      {"tries", delivery.tries},
      {"tried_at",
       delivery.tried_at ? json::value(to_rfc3339(*delivery.tried_at)) : json::value(nullptr)},
      {"due_at", due ? json::value(to_rfc3339(delivery.due_at)) : json::value(nullptr)},
      {"status", delivery.status != 0 ? json::value(delivery.status) : json::value(nullptr)},
      {"failure", delivery.failure.empty() ? json::value(nullptr) : json::value(delivery.failure)},
      {"excerpt", delivery.excerpt.empty() ? json::value(nullptr) : json::value(delivery.excerpt)}};
}

Result<WebhookEndpoint> visible_endpoint(ApiContext& context, const Request& request) {
  TRY(const EndpointId id, path_id<EndpointId>(request, "endpoint"));
  TRY(WebhookEndpoint endpoint, context.store.webhooks().endpoint(id));
  const bool visible =
      sees_all(request.principal) || endpoint.subscription.owner == request.principal.owner;
  if (!visible || endpoint.state == EndpointState::kDeleted)
    return Error{ErrorCode::kNotFound, "there is no such object"};
  return endpoint;
}

Result<WebhookDelivery> visible_delivery(ApiContext& context, const Request& request) {
  TRY(const DeliveryId id, path_id<DeliveryId>(request, "delivery"));
  auto delivery = context.store.webhooks().delivery(id);
  if (!delivery.ok() && delivery.error().code != ErrorCode::kNotFound) return delivery;
  const bool visible =
      delivery.ok() && (sees_all(request.principal) || delivery->owner == request.principal.owner);
  if (visible) return delivery;
  const auto days = std::to_string(context.settings.webhook_retention.count());
  return Error{ErrorCode::kNotFound,
               "there is no such delivery; one that ended is kept for " + days + " days"};
}

void read_events(Fields& body, std::vector<std::string>& types) {
  const auto& told = told_events();
  const auto* list = body.array("events", Need::kOptional, told.size());
  if (list == nullptr) return;
  for (std::size_t index = 0; index < list->size(); ++index) {
    const auto* text = (*list)[index].if_string();
    const std::string_view name = text == nullptr ? std::string_view() : *text;
    if (std::find(told.begin(), told.end(), name) == told.end())
      body.errors().add(ErrorCode::kFieldInvalid, "/events/" + std::to_string(index),
                        "must be the name of an event that is told");
    else if (std::find(types.begin(), types.end(), name) == types.end())
      types.emplace_back(name);
  }
}

// One address written in two ways is one endpoint.
std::string usual_form(const std::string& url) {
  const auto read = parse_web_url(url);
  return read.ok() ? read->text() : url;
}

Result<WebhookEndpoint> read_endpoint(ApiContext& context, const Request& request) {
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  WebhookEndpoint endpoint;
  Subscription& subscription = endpoint.subscription;
  subscription.endpoint = new_id<EndpointId>(context.clock, context.random);
  subscription.owner = request.principal.owner;
  endpoint.created_at = context.clock.now();
  // A URL's own length limit is the sender's.
  endpoint.url = body.checked("url", TextRule{Need::kRequired, 4'000}, [&](std::string_view url) {
    return context.webhook_sender->check(url);
  });
  endpoint.url = usual_form(endpoint.url);
  read_events(body, subscription.types);
  subscription.everything = body.boolean("everything", false);
  if (subscription.everything && !request.principal.has(Scope::kFinance))
    errors.add(ErrorCode::kFieldInvalid, "/everything", "is for finance keys only");
  body.finish();
  TRY_VOID(errors.result());
  return endpoint;
}

Response shown_once(int status, const WebhookEndpoint& endpoint, const Secret& secret) {
  json::object object = endpoint_json(endpoint);
  object["secret"] = secret.reveal();
  Response response = json_response(status, object);
  response.set("cache-control", "no-store");
  return response;
}

}  // namespace

Result<Response> create_webhook_endpoint(ApiContext& context, const Request& request) {
  if (context.webhook_sender == nullptr)
    return Error{ErrorCode::kStateConflict, "this installation sends no webhooks"};
  TRY(WebhookEndpoint endpoint, read_endpoint(context, request));
  const std::string& owner = endpoint.subscription.owner;
  TRY(const auto others, context.store.webhooks().endpoints(owner));
  const Error taken{ErrorCode::kStateConflict, "there is an endpoint with this url already"};
  if (std::any_of(others.begin(), others.end(), [&](const WebhookEndpoint& other) {
        return usual_form(other.url) == endpoint.url;
      }))
    return taken;
  if (others.size() >= kEndpointsPerOwnerMax)
    return Error{ErrorCode::kStateConflict, "there are as many endpoints as one owner may have: " +
                                                std::to_string(kEndpointsPerOwnerMax)};
  auto made = make_endpoint_secret(endpoint.subscription.endpoint, context.quote_secret,
                                   context.clock, context.random);
  endpoint.secrets.push_back(std::move(made.row));
  auto added = context.store.webhooks().add_endpoint(endpoint);
  if (!added.ok() && added.error().code == ErrorCode::kStateConflict) return taken;
  TRY_VOID(std::move(added));
  return shown_once(201, endpoint, made.text);
}

Result<Response> list_webhook_endpoints(ApiContext& context, const Request& request) {
  const Principal& principal = request.principal;
  Paged<WebhookEndpoint> all;
  TRY(all.rows, context.store.webhooks().endpoints(sees_all(principal) ? "" : principal.owner));
  return page_response(all, endpoint_json);
}

Result<Response> get_webhook_endpoint(ApiContext& context, const Request& request) {
  TRY(const WebhookEndpoint endpoint, visible_endpoint(context, request));
  return json_response(200, endpoint_json(endpoint));
}

Result<Response> delete_webhook_endpoint(ApiContext& context, const Request& request) {
  TRY(WebhookEndpoint endpoint, visible_endpoint(context, request));
  endpoint.state = EndpointState::kDeleted;
  endpoint.closed_at = context.clock.now();
  // What signed is of no use any more.
  endpoint.secrets.clear();
  TRY_VOID(context.store.webhooks().change_endpoint(endpoint));
  return json_response(200, endpoint_json(endpoint));
}

Result<Response> rotate_webhook_secret(ApiContext& context, const Request& request) {
  TRY(WebhookEndpoint endpoint, visible_endpoint(context, request));
  FieldErrors errors;
  Fields body(request.json.get(), "", errors);
  const auto hours =
      body.integer("overlap_hours", IntegerRule{Need::kOptional, 0, kOverlapHoursMax});
  body.finish();
  TRY_VOID(errors.result());
  const Instant now = context.clock.now();
  const Instant until = now + std::chrono::hours(hours.value_or(kOverlapHoursUsual));
  std::erase_if(endpoint.secrets, [&](EndpointSecret& secret) {
    if (!secret.expires_at || *secret.expires_at > until) secret.expires_at = until;
    return *secret.expires_at <= now;
  });
  if (endpoint.secrets.size() >= kSecretsMax)
    return Error{ErrorCode::kStateConflict,
                 "as many secrets sign as one endpoint may have: " + std::to_string(kSecretsMax) +
                     "; rotate with a shorter overlap"};
  auto made = make_endpoint_secret(endpoint.subscription.endpoint, context.quote_secret,
                                   context.clock, context.random);
  endpoint.secrets.insert(endpoint.secrets.begin(), std::move(made.row));
  TRY_VOID(context.store.webhooks().change_endpoint(endpoint));
  return shown_once(200, endpoint, made.text);
}

Result<Response> enable_webhook_endpoint(ApiContext& context, const Request& request) {
  TRY(WebhookEndpoint endpoint, visible_endpoint(context, request));
  endpoint.state = EndpointState::kEnabled;
  endpoint.closed_at.reset();
  TRY_VOID(context.store.webhooks().change_endpoint(endpoint));
  return json_response(200, endpoint_json(endpoint));
}

Result<Response> list_webhook_deliveries(ApiContext& context, const Request& request) {
  FieldErrors errors;
  QueryFields query(request.head, errors);
  const Page page = query.page();
  DeliveryFilter filter;
  filter.endpoint =
      query.parsed("endpoint", [](std::string_view text) { return EndpointId::parse(text); });
  filter.state = query.parsed("state", parse_delivery_state);
  filter.payment =
      query.parsed("payment", [](std::string_view text) { return PaymentId::parse(text); });
  query.finish();
  TRY_VOID(errors.result());
  if (!sees_all(request.principal)) filter.owner = request.principal.owner;
  TRY(const auto deliveries, context.store.webhooks().deliveries(filter, page));
  return page_response(deliveries, delivery_json);
}

Result<Response> get_webhook_delivery(ApiContext& context, const Request& request) {
  TRY(const WebhookDelivery delivery, visible_delivery(context, request));
  return json_response(200, delivery_json(delivery));
}

Task<Result<Response>> resend_webhook_delivery(ApiContext& context, Request request) {
  auto delivery = visible_delivery(context, request);
  if (!delivery.ok()) co_return std::move(delivery).error();
  const auto endpoint = context.store.webhooks().endpoint(delivery->endpoint);
  if (!endpoint.ok()) co_return endpoint.error();
  if (endpoint->state != EndpointState::kEnabled)
    co_return Error{ErrorCode::kStateConflict, "its endpoint is not enabled"};
  delivery->state = DeliveryState::kDue;
  delivery->due_at = context.clock.now();
  delivery->tries = 0;
  Command command;
  command.id = new_id<CommandId>(context.clock, context.random);
  command.body = UpdateJobs{};
  command.delivery_updates.push_back(*delivery);
  Reply reply = co_await context.submit(std::move(command));
  if (!reply.outcome.ok()) co_return std::move(reply.outcome).error();
  // What was pruned while we looked at it cannot be sent; what is due now is not pruned.
  const auto kept = visible_delivery(context, request);
  if (!kept.ok()) co_return kept.error();
  co_return json_response(202, delivery_json(*delivery));
}

}  // namespace erario::api::handlers
