#include <string_view>

#include "api/auth.hpp"
#include "api/handlers/common.hpp"
#include "api/handlers/handlers.hpp"

namespace erario::api {

// Made from api/openapi.yaml at build time.
extern const char kOpenapiJson[];
extern const std::size_t kOpenapiJsonSize;
extern const char kDocsPage[];
extern const std::size_t kDocsPageSize;

namespace handlers {

Result<Response> healthz(ApiContext&, const Request&) {
  return json_response(200, boost::json::object{{"status", "ok"}});
}

// Ready: the lane accepts commands and the store answers.
Result<Response> readyz(ApiContext& context, const Request&) {
  const bool lane = context.lane_healthy();
  const bool store = context.store.reader().stats().ok();
  const bool ready = lane && store;
  Response response = json_response(
      ready ? 200 : 503, boost::json::object{{"status", ready ? "ready" : "not ready"},
                                             {"lane", lane},
                                             {"store", store},
                                             {"catalogue", context.catalogue.get()->version}});
  if (!ready) response.set("retry-after", "5");
  return response;
}

// For the Prometheus on this machine, or one that brings an operator's key.
Result<Response> metrics(ApiContext& context, const Request& request) {
  const bool forwarded = request.head.header("x-forwarded-for") || request.head.header("forwarded");
  bool allowed = request.peer.is_loopback && !forwarded;
  if (!allowed) {
    const auto asking = authenticate(request.head, context.keys, context.clock.now());
    allowed = asking.ok() && asking->has(Scope::kOperator);
  }
  if (!allowed || !context.metrics_text)
    return Error{ErrorCode::kNotFound, "there is no such route"};
  Response response;
  response.body = context.metrics_text();
  response.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

Result<Response> openapi_document(ApiContext&, const Request&) {
  Response response = json_response(200, std::string(kOpenapiJson, kOpenapiJsonSize));
  response.set("cache-control", "public, max-age=300");
  return response;
}

Result<Response> docs_page(ApiContext&, const Request&) {
  Response response;
  response.body.assign(kDocsPage, kDocsPageSize);
  response.set("content-type", "text/html; charset=utf-8");
  response.set("content-security-policy",
               "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
               "frame-ancestors 'none'");
  response.set("cache-control", "public, max-age=300");
  return response;
}

}  // namespace handlers
}  // namespace erario::api
