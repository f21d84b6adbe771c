#include "tests/sim/router.hpp"

#include <algorithm>
#include <array>

namespace erario::sim {
namespace {

constexpr std::size_t kPlannedMax = 1000;

struct ModeName {
  std::string_view name;
  FaultMode mode;
};
constexpr std::array kModes{
    ModeName{"timeout_before", FaultMode::kTimeoutBefore},
    ModeName{"timeout_after", FaultMode::kTimeoutAfter},
    ModeName{"error_after", FaultMode::kErrorAfter},
    ModeName{"http_503", FaultMode::kHttp503},
    ModeName{"malformed", FaultMode::kMalformed},
    ModeName{"slow_drip", FaultMode::kSlowDrip},
    ModeName{"duplicate", FaultMode::kDuplicate},
    ModeName{"no_response", FaultMode::kNoResponse},
};

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    if (path.starts_with('/')) path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0) out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
          std::map<std::string, std::string>& names) {
  if (pattern.size() != path.size()) return false;
  names.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with('{')) {
      names[pattern[i].substr(1, pattern[i].size() - 2)] = path[i];
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::string FaultPlan::add(const Json& request) {
  const auto route = request.text_at("route");
  const auto mode = request.text_at("mode");
  const auto known = std::find_if(kModes.begin(), kModes.end(),
                                  [&](const ModeName& row) { return row.name == mode; });
  if (route.empty()) return "route is missing";
  if (known == kModes.end()) return "mode is unknown: " + mode;
  const auto count = request.has("count") ? request.integer_at("count").value_or(0) : 1;
  const auto skip = request.has("skip") ? request.integer_at("skip").value_or(-1) : 0;
  if (count < 1 || skip < 0) return "count is at least 1 and skip at least 0";
  const std::lock_guard lock(mutex_);
  if (planned_.size() >= kPlannedMax) return "too many faults are planned already";
  planned_.push_back({route, known->mode, skip, count});
  return {};
}

FaultMode FaultPlan::take(const std::string& route) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(planned_.begin(), planned_.end(),
                                  [&](const Planned& row) { return row.route == route; });
  if (found == planned_.end()) return FaultMode::kNone;
  if (found->skip > 0) {
    --found->skip;
    return FaultMode::kNone;
  }
  const auto mode = found->mode;
  if (--found->count == 0) planned_.erase(found);
  return mode;
}

void FaultPlan::clear() {
  const std::lock_guard lock(mutex_);
  planned_.clear();
}

Json FaultPlan::describe() const {
  const std::lock_guard lock(mutex_);
  auto out = Json::array();
  for (const auto& row : planned_) {
    const auto known = std::find_if(kModes.begin(), kModes.end(),
                                    [&](const ModeName& name) { return name.mode == row.mode; });
    out.push(Json::object(
        {{"route", row.route}, {"mode", known->name}, {"skip", row.skip}, {"count", row.count}}));
  }
  return out;
}

void Router::add(std::string method, std::string pattern, std::string name, RouteHandler handler) {
  routes_.push_back({std::move(method), split_path(pattern), std::move(name), std::move(handler)});
}

Response Router::handle(const Request& request) {
  Call call{request, {}};
  const auto path = split_path(request.path);
  bool other_method = false;
  for (const auto& route : routes_) {
    if (!fits(route.parts, path, call.names)) continue;
    if (route.method == request.method) return serve(route, call);
    other_method = true;
  }
  return other_method ? refuse(405, "no such method here") : refuse(404, "no such path");
}

Response Router::serve(const Route& route, const Call& call) {
  const auto mode = faults_.take(route.name);
  Response held;
  held.travel = Travel::kHeld;
  if (mode == FaultMode::kTimeoutBefore) return held;
  if (mode == FaultMode::kHttp503) return fault_answer(mode);
  auto response = route.handler(call);
  switch (mode) {
    case FaultMode::kTimeoutAfter: return held;
    case FaultMode::kErrorAfter:
    case FaultMode::kNoResponse: return fault_answer(mode);
    case FaultMode::kMalformed: response.body.resize(response.body.size() / 2); return response;
    case FaultMode::kSlowDrip: response.travel = Travel::kDripped; return response;
    case FaultMode::kDuplicate: route.handler(call); return response;
    default: return response;
  }
}

Response Router::fault_answer(FaultMode mode) const {
  const auto own = fault_answers_.find(mode);
  if (own != fault_answers_.end()) return own->second;
  const bool busy = mode == FaultMode::kHttp503;
  return refuse(busy ? 503 : 500, busy ? "service unavailable" : "internal error");
}

void Router::add_controls(Controls controls) {
  add("GET", "/sim/health", "", [](const Call&) {
    return json_response(200, Json::object({{"status", "ok"}}));
  });
  add("GET", "/sim/state", "", [state = controls.state, clock = controls.clock](const Call&) {
    auto body = state();
    body.set("now", local_time_text(clock->now_ms()));
    body.set("operating_date", compact_date(operating_day(clock->now_ms())));
    return json_response(200, body);
  });
  add("POST", "/sim/clock", "", [clock = controls.clock](const Call& call) {
    const auto body = Json::parse(call.request.body);
    const auto now = body ? parse_rfc3339(body->text_at("now")) : std::nullopt;
    if (!now) return refuse(400, "now must be an RFC 3339 time");
    clock->set(*now);
    return json_response(200, Json::object({{"now", local_time_text(*now)}}));
  });
  add("POST", "/sim/faults", "", [this, other = controls.other_fault](const Call& call) {
    const auto body = Json::parse(call.request.body);
    if (!body) return refuse(400, "the body is not JSON");
    const bool is_other = other && !body->has("route");
    const auto problem = is_other ? other(*body) : faults_.add(*body);
    if (!problem.empty()) return refuse(400, problem);
    return json_response(201, faults_.describe());
  });
  add("GET", "/sim/faults", "",
      [this](const Call&) { return json_response(200, faults_.describe()); });
  add("DELETE", "/sim/faults", "", [this](const Call&) {
    faults_.clear();
    return json_response(200, faults_.describe());
  });
}

Response json_response(int status, const Json& body) {
  Response out;
  out.status = status;
  out.body = body.dump();
  return out;
}

Response refuse(int status, std::string why) {
  return json_response(status, Json::object({{"error", std::move(why)}}));
}

}  // namespace erario::sim
