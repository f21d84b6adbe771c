// The table of routes and the finding in it. A route that is not in the table does not exist. The
// table is one array (api/routes.cpp): it is listed by `erario routes`, compared with the OpenAPI
// file by a test, and names the metrics' labels.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api/context.hpp"
#include "api/http.hpp"

namespace erario::api {

// Plain functions: no captures, so nothing dies before a coroutine that uses it.
using SyncHandler = Result<Response> (*)(ApiContext&, const Request&);
using AsyncHandler = Task<Result<Response>> (*)(ApiContext&, Request);

enum class BodyKind {
  kNone,          // no content: nothing at all, or an object without fields
  kJson,          // strict JSON, no card numbers
  kOptionalJson,  // the same; nothing at all is an object without fields
  kRaw,           // the bytes as they came, for gateways and documents whose seal covers them
};

struct Route {
  std::string_view method;
  std::string_view path;      // "/v1/payments/{payment}/refunds"; "{x}.pdf" is a parameter too
  std::vector<Scope> scopes;  // any of them; empty: public
  BodyKind body = BodyKind::kNone;
  bool idempotent_key = false;  // needs an Idempotency-Key
  // The handler reads the query and refuses what it does not know; elsewhere there is none.
  bool takes_query = false;
  // What the handler does not know of the query is passed over: people's links come with marks of
  // whoever sent them, and gateways call as their protocols say.
  bool passes_over_query = false;
  // Top-level members whose values are not searched for card numbers, because their own meaning is
  // checked: a digest-protected quote, the card object with the gateway's token.
  std::vector<std::string_view> card_check_exempt;
  std::variant<SyncHandler, AsyncHandler> handler;
  std::size_t body_bytes_max = kBodyBytesMax;

  bool is_public() const { return scopes.empty(); }
};

// In the order of the docs.
std::span<const Route> routes();

struct RouteMatch {
  const Route* route = nullptr;  // null: no such path, or not by this method
  Pairs parameters;
  std::string allowed;  // methods of the path, "GET, POST"; empty: no such path
};
// HEAD is answered where GET is. Literal segments win over parameters.
RouteMatch find_route(std::span<const Route> table, const RequestHead& head);

// The table as `erario routes` shows it.
boost::json::value routes_to_json();

}  // namespace erario::api
