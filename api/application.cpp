#include "api/application.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value.hpp>

#include "api/auth.hpp"
#include "api/fields.hpp"
#include "api/problem.hpp"
#include "engine/base/card_number.hpp"
#include "engine/base/json.hpp"

namespace erario::api {
namespace {

constexpr std::size_t kIdempotencyKeyCharactersMax = 255;
constexpr std::array<std::string_view, 7> kMethods = {"GET",   "HEAD",   "POST",   "PUT",
                                                      "PATCH", "DELETE", "OPTIONS"};

// A label must not be whatever a client sends.
std::string_view method_label(std::string_view method) {
  return std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end() ? "other" : method;
}

// A body's values, all in one piece of memory that goes when the request goes.
struct Document {
  explicit Document(std::size_t body_bytes) : memory(4 * body_bytes), root(&memory) {}
  boost::json::monotonic_resource memory;
  boost::json::value root;
};

Error card_number_error(std::string pointer) {
  return field_error(std::move(pointer), std::string(kNoCardNumbers),
                     ErrorCode::kCardNumberRefused);
}

// The key itself is random text, and a masked log never sees it.
Result<void> check_head_for_cards(const RequestHead& head) {
  for (const auto& [name, value] : head.headers) {
    if (name == "authorization") continue;
    if (contains_card_number(name) || contains_card_number(value))
      return card_number_error("headers");
  }
  for (const auto& [name, value] : head.query)
    if (contains_card_number(name) || contains_card_number(value))
      return card_number_error("query");
  for (const std::string& segment : head.segments)
    if (contains_card_number(segment)) return card_number_error("path");
  return {};
}

Result<void> check_no_query(const RequestHead& head) {
  FieldErrors errors;
  QueryFields(head, errors).finish();
  return errors.result();
}

Result<void> check_idempotency_key(const RequestHead& head) {
  const std::string_view key = head.header("idempotency-key").value_or("");
  if (key.empty())
    return field_error("Idempotency-Key", "is required on this route",
                       ErrorCode::kIdempotencyKeyMissing);
  const bool printable =
      std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (key.size() > kIdempotencyKeyCharactersMax || !printable)
    return field_error("Idempotency-Key", "must be 1 to 255 printable ASCII characters");
  return {};
}

// Who does not say what it sends is taken at the word of the route.
bool sends_json(const RequestHead& head) {
  const auto type = head.header("content-type");
  if (!type) return true;
  std::string media(type->substr(0, type->find(';')));
  media.erase(media.find_last_not_of(" \t") + 1);
  std::transform(media.begin(), media.end(), media.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return media == "application/json";
}

bool takes_json(BodyKind body) {
  return body == BodyKind::kJson || body == BodyKind::kOptionalJson;
}

Response too_often(const RateLimit& limit, Language language) {
  return http_problem(HttpFault::kTooManyRequests, 429,
                      "a key may make " + std::to_string(limit.per_second) +
                          " requests a second (server.key_requests_per_second), and " +
                          std::to_string(limit.burst) + " at once (server.key_burst)",
                      language);
}

// All that can be said before the body is read.
Result<void> check_head(const Route& route, const RequestHead& head) {
  // Raw routes keep no header, and a gateway's own headers must not make us turn it away.
  if (route.body != BodyKind::kRaw) TRY_VOID(check_head_for_cards(head));
  if (!route.takes_query && !route.passes_over_query) TRY_VOID(check_no_query(head));
  if (route.idempotent_key) TRY_VOID(check_idempotency_key(head));
  return {};
}

// Clients that write JSON send "{}" where there is nothing to say.
Result<void> check_no_content(Request& request) {
  if (request.body.empty()) return {};
  TRY_VOID(read_json_body(request));
  FieldErrors errors;
  Fields(request.json.get(), "", errors).finish();
  return errors.result();
}

Result<void> read_body(Request& request) {
  switch (request.route->body) {
    case BodyKind::kNone: return check_no_content(request);
    case BodyKind::kOptionalJson:
      if (request.body.empty()) request.body = "{}";
      return read_json_body(request);
    case BodyKind::kJson: return read_json_body(request);
    case BodyKind::kRaw: return {};
  }
  CHECK(false);
}

}  // namespace

Result<void> read_json_body(Request& request) {
  auto document = std::make_shared<Document>(request.body.size());
  TRY(document->root, parse_json(request.body, &document->memory));
  const auto exempt = request.route == nullptr
                          ? std::span<const std::string_view>()
                          : std::span<const std::string_view>(request.route->card_check_exempt);
  if (const auto found = find_card_number(document->root, exempt))
    return card_number_error(found->empty() ? "/" : *found);
  // Said here alone: what its fields lack is of no interest then.
  if (!document->root.is_object()) return field_error("/", "must be an object");
  request.json = std::shared_ptr<const boost::json::value>(document, &document->root);
  return {};
}

Result<void> Application::check_access(Request& request) {
  const Route& route = *request.route;
  if (route.is_public()) return {};
  TRY(request.principal, authenticate(request.head, context_.keys, context_.clock.now()));
  const bool allowed = std::any_of(route.scopes.begin(), route.scopes.end(),
                                   [&](Scope scope) { return request.principal.has(scope); });
  if (!allowed) return Error{ErrorCode::kForbidden, "the key lacks the scope for this route"};
  return {};
}

bool Application::asks_too_often(const Request& request) {
  if (request.route->is_public()) return false;
  const KeyId key = request.principal.key;
  if (limiter_.admit(key, context_.clock.now())) return false;
  context_.metrics.count("erario_http_rate_limited_total", {});
  const std::scoped_lock lock(log_mutex_);
  if (const auto held_back = log_limit_.admit(std::chrono::steady_clock::now()))
    spdlog::warn("{} makes more than server.key_requests_per_second{}", key.text(),
                 held_back_text(*held_back));
  return true;
}

std::optional<Response> Application::admit(Request& request) {
  const Language language = choose_language(request.head);
  RouteMatch match = find_route(table_, request.head);
  if (match.route == nullptr) {
    const bool known_path = !match.allowed.empty();
    const Error error = known_path
                            ? Error{ErrorCode::kMethodNotAllowed, "allowed here: " + match.allowed}
                            : Error{ErrorCode::kNotFound, "there is no such route"};
    Response response = problem(error, language);
    if (known_path) response.set("allow", match.allowed);
    finish(response, known_path ? "(method)" : "(unknown)", request.head.method, std::nullopt);
    return response;
  }
  request.route = match.route;
  request.parameters = std::move(match.parameters);
  const bool no_content = match.route->body == BodyKind::kNone;
  request.body_bytes_max = no_content ? kNoContentBytesMax : match.route->body_bytes_max;
  const auto refuse = [&](Response response) {
    finish(response, match.route->path, request.head.method, std::nullopt);
    return response;
  };
  if (auto access = check_access(request); !access.ok())
    return refuse(problem(access.error(), language));
  if (asks_too_often(request)) return refuse(too_often(context_.settings.key_limit, language));
  if (auto head = check_head(*match.route, request.head); !head.ok())
    return refuse(problem(head.error(), language));
  if (takes_json(match.route->body) && request.head.has_body() && !sends_json(request.head))
    return refuse(http_problem(HttpFault::kUnsupported, 415,
                               "Content-Type must be application/json, or absent", language));
  return std::nullopt;
}

Task<Response> Application::handle(Request request) {
  const auto started = std::chrono::steady_clock::now();
  const Language language = choose_language(request.head);
  const Route& route = *request.route;
  const std::string method = request.head.method;
  Response response;
  try {
    const Result<void> body = read_body(request);
    if (!body.ok()) {
      response = problem(body.error(), language);
    } else if (const auto* sync = std::get_if<SyncHandler>(&route.handler)) {
      Result<Response> result = (*sync)(context_, request);
      response = result.ok() ? *std::move(result) : problem(result.error(), language);
    } else {
      const AsyncHandler handler = std::get<AsyncHandler>(route.handler);
      Result<Response> result = co_await handler(context_, std::move(request));
      response = result.ok() ? *std::move(result) : problem(result.error(), language);
    }
  } catch (const std::exception& failure) {
    // The text stays here: exceptions may quote SQL or paths.
    spdlog::error("route {} threw: {}", route.path, mask_card_numbers(failure.what()));
    response = http_problem(HttpFault::kInternal, 500, "", language);
  }
  finish(response, route.path, method, started);
  co_return response;
}

void Application::finish(Response& response, std::string_view route, std::string_view method,
                         std::optional<std::chrono::steady_clock::time_point> started) {
  protect(response);
  if (context_.settings.public_url.starts_with("https://"))
    response.set("strict-transport-security", "max-age=31536000");

  const std::string_view label = method_label(method);
  const std::string status = std::to_string(response.status);
  context_.metrics.count("erario_http_requests_total",
                         {{"route", route}, {"method", label}, {"status", status}});
  double seconds = 0;
  if (started) {
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - *started).count();
    context_.metrics.observe("erario_http_request_seconds", {{"route", route}, {"method", label}},
                             seconds);
  }
  spdlog::info("{} {} {} {:.3f} ms", label, route, status, seconds * 1000);
}

}  // namespace erario::api
