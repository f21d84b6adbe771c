// Requests and responses as handlers see them: plain values, no Beast. Header names are lower case.
// A request belongs to one coroutine; nothing here is shared between threads.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/ports/store.hpp"

namespace erario::api {

inline constexpr std::size_t kHeadBytesMax = 16 * 1024;
inline constexpr std::size_t kBodyBytesMax = 256 * 1024;
inline constexpr std::size_t kNoContentBytesMax = 1024;  // of routes that take none

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The first value of the name, or nothing.
std::optional<std::string_view> find_pair(const Pairs& pairs, std::string_view name);

// Everything before the body, as the raw-header gate let it through.
struct RequestHead {
  std::string method;
  std::string target;                 // as sent, without scheme and host
  std::vector<std::string> segments;  // of the path, percent-decoded; "/" has none
  Pairs query;                        // decoded, in order, repeated names kept
  Pairs headers;                      // lower-case names, values without outer blanks
  std::optional<std::uint64_t> content_length;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;

  std::optional<std::string_view> header(std::string_view name) const {
    return find_pair(headers, name);
  }
  bool has_body() const { return chunked || content_length.value_or(0) > 0; }
};

// Who asks. Public routes have an empty owner and no scopes.
struct Principal {
  std::string owner;
  std::vector<Scope> scopes;
  KeyId key = {};
  bool has(Scope scope) const;
  // Finance staff, approvers and auditors see every owner's payments.
  bool reads_everything() const;
  // Everybody else has a refund go back to where the money came from.
  bool may_name_destination() const;
};

struct Route;

// The other end of the connection, as the network and TLS know it.
struct Peer {
  bool is_loopback = false;
  std::string address;                // numeric; empty: not known
  std::optional<Sha256> certificate;  // SHA-256 of the verified client certificate's DER
};

struct Request {
  RequestHead head;
  Peer peer;
  const Route* route = nullptr;
  Pairs parameters;  // of the path template
  Principal principal;
  std::size_t body_bytes_max = kBodyBytesMax;
  std::string body;
  std::shared_ptr<const boost::json::value> json;  // of routes that take JSON

  // Requires: the route's template has the name (CHECK).
  const std::string& parameter(std::string_view name) const;
};

struct Response {
  int status = 200;
  Pairs headers;  // content-type and what the route adds; length and date are the server's
  std::string body;

  // Replaces the header. Values with control characters are a broken invariant (CHECK).
  Response& set(std::string_view name, std::string value);
};

// What every answer tells browsers and caches, where a handler did not say otherwise.
void protect(Response& response);

Response json_response(int status, std::string body);
Response json_response(int status, const boost::json::value& body);

}  // namespace erario::api
