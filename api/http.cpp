#include "api/http.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace erario::api {

std::optional<std::string_view> find_pair(const Pairs& pairs, std::string_view name) {
  for (const auto& [key, value] : pairs)
    if (key == name) return value;
  return std::nullopt;
}

bool Principal::has(Scope scope) const {
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

bool Principal::reads_everything() const {
  return has(Scope::kFinance) || has(Scope::kApprover) || has(Scope::kAuditor);
}

bool Principal::may_name_destination() const {
  return has(Scope::kFinance) || has(Scope::kPayout);
}

const std::string& Request::parameter(std::string_view name) const {
  const auto at = std::find_if(parameters.begin(), parameters.end(),
                               [&](const auto& pair) { return pair.first == name; });
  CHECK(at != parameters.end());
  return at->second;
}

Response& Response::set(std::string_view name, std::string value) {
  CHECK(std::none_of(value.begin(), value.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }));
  for (auto& [key, old] : headers) {
    if (key != name) continue;
    old = std::move(value);
    return *this;
  }
  headers.emplace_back(name, std::move(value));
  return *this;
}

void protect(Response& response) {
  response.set("x-content-type-options", "nosniff");
  response.set("referrer-policy", "no-referrer");
  if (!find_pair(response.headers, "cache-control")) response.set("cache-control", "no-store");
  if (!find_pair(response.headers, "content-security-policy"))
    response.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
}

Response json_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  response.set("content-type", "application/json; charset=utf-8");
  return response;
}

Response json_response(int status, const boost::json::value& body) {
  return json_response(status, boost::json::serialize(body));
}

}  // namespace erario::api
