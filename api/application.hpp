// What happens to a request between the server and its handler, in this order and in this place
// alone: route -> key and scope -> how often -> body -> strict JSON -> card numbers -> handler ->
// problem -> metrics and access log. Thread safe.
#pragma once

#include <mutex>
#include <optional>

#include "api/context.hpp"
#include "api/rate_limit.hpp"
#include "api/router.hpp"
#include "api/server.hpp"
#include "engine/runtime/log_limit.hpp"

namespace erario::api {

class Application final : public Service {
 public:
  // `context` outlives it. The table is routes() but for tests.
  explicit Application(ApiContext& context, std::span<const Route> table = routes())
      : context_(context), table_(table), limiter_(context.settings.key_limit) {}

  std::optional<Response> admit(Request& request) override;
  Task<Response> handle(Request request) override;

 private:
  Result<void> check_access(Request& request);
  bool asks_too_often(const Request& request);
  // What is common to all answers: security headers, metrics, the log line.
  void finish(Response& response, std::string_view route, std::string_view method,
              std::optional<std::chrono::steady_clock::time_point> started);

  ApiContext& context_;
  std::span<const Route> table_;
  RateLimiter limiter_;
  std::mutex log_mutex_;
  LogLimit log_limit_;
};

// Reads a JSON body strictly, an object without card numbers; sets request.json. For tests of
// handlers.
Result<void> read_json_body(Request& request);

}  // namespace erario::api
