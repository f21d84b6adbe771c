#include "api/router.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "api/auth.hpp"

namespace erario::api {
namespace {

// "{name}" or "{name}.suffix"; empty name: a literal.
struct Segment {
  std::string_view name;
  std::string_view text;  // literal or suffix
};

Segment read_segment(std::string_view pattern) {
  if (pattern.empty() || pattern.front() != '{') return {{}, pattern};
  const std::size_t end = pattern.find('}');
  CHECK(end != std::string_view::npos);
  return {pattern.substr(1, end - 1), pattern.substr(end + 1)};
}

struct PathMatch {
  Pairs parameters;
  int rank = 0;  // literals count 2, suffixed parameters 1: the highest wins
};

std::optional<PathMatch> match_path(std::string_view pattern,
                                    const std::vector<std::string>& segments) {
  PathMatch match;
  pattern.remove_prefix(1);
  std::size_t index = 0;
  while (!pattern.empty()) {
    const std::size_t slash = pattern.find('/');
    const Segment wanted = read_segment(pattern.substr(0, slash));
    if (index >= segments.size()) return std::nullopt;
    const std::string_view given = segments[index++];
    if (wanted.name.empty()) {
      if (given != wanted.text) return std::nullopt;
      match.rank += 2;
    } else {
      if (!given.ends_with(wanted.text) || given.size() == wanted.text.size()) return std::nullopt;
      match.rank += wanted.text.empty() ? 0 : 1;
      match.parameters.emplace_back(wanted.name,
                                    given.substr(0, given.size() - wanted.text.size()));
    }
    pattern.remove_prefix(slash == std::string_view::npos ? pattern.size() : slash + 1);
  }
  if (index != segments.size()) return std::nullopt;
  return match;
}

}  // namespace

RouteMatch find_route(std::span<const Route> table, const RequestHead& head) {
  const std::string_view wanted = head.method == "HEAD" ? "GET" : std::string_view(head.method);
  RouteMatch found;
  int best = -1;
  for (const Route& route : table) {
    auto match = match_path(route.path, head.segments);
    if (!match) continue;
    if (found.allowed.find(route.method) == std::string::npos) {
      if (!found.allowed.empty()) found.allowed += ", ";
      found.allowed += route.method;
    }
    if (route.method != wanted || match->rank <= best) continue;
    best = match->rank;
    found.route = &route;
    found.parameters = std::move(match->parameters);
  }
  return found;
}

boost::json::value routes_to_json() {
  boost::json::array list;
  for (const Route& route : routes()) {
    boost::json::array scopes;
    for (const Scope scope : route.scopes)
      scopes.emplace_back(to_text(scope));
    list.push_back({{"method", route.method},
                    {"path", route.path},
                    {"scopes", std::move(scopes)},
                    {"idempotency_key", route.idempotent_key}});
  }
  return list;
}

}  // namespace erario::api
