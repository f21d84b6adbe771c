// A small HTTP/1.1 client for one host, over TLS or (loopback only) in the clear. It is not a
// general client: no redirects, no cookies, no compression, no streaming. A request has one
// deadline that covers every step, bodies are bounded, connections are kept and reused up to
// pool_max. Thread safe; must be destroyed before the io_context behind its executor.
//
// A request without an answer says what is known about it: kNotSent means that no byte of it was
// handed to the network, so repeating it cannot charge twice; anything later is kUnknown.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/ports/gateway.hpp"

namespace erario {

struct HttpClientOptions {
  std::string base_url;  // "https://host[:port][/prefix]"; http only to a loopback address
  std::string ca_file;   // PEM; empty: the system's certificates
  std::chrono::milliseconds timeout{20'000};  // of a request, repetitions included
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds idle_max{15'000};  // a kept connection is dropped after
  std::size_t body_bytes_max = 8U << 20U;
  // Where nobody reads bodies: one that is longer is no failure, and the rest of it not read.
  bool cut_bodies = false;
  std::size_t pool_max = 8;  // idle connections kept
  int tries_max = 2;         // of requests whose repetition is harmless
  int breaker_failures_max = 20;
  std::chrono::milliseconds breaker_open_for{5'000};
  // Which of the host's addresses may be called; empty: all. Asked at every connection, of the very
  // address that is then connected to.
  std::function<bool(const boost::asio::ip::address&)> may_call;
  bool log_paths = true;  // where a path may be somebody's secret: false
};

struct HttpRequest {
  HttpRequest() = default;
  HttpRequest(std::string method_in, std::string target_in)
      : method(std::move(method_in)), target(std::move(target_in)) {}

  std::string method;  // GET, POST, PUT, DELETE
  std::string target;  // path and query below the base URL, already encoded
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool read_only = false;  // repeated even when the first try may have arrived
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // lower-case names
  std::string body;
};

enum class Delivery : std::uint8_t { kNotSent, kUnknown };
enum class HttpCause : std::uint8_t {
  kRequestInvalid,  // a header or target we built holds a control character
  kCircuitOpen,
  kResolve,
  kAddressRefused,  // may_call refused every address of the host
  kConnect,
  kTls,  // handshake, certificate or host name
  kTimeout,
  kClosed,
  kMalformed,
  kBodyTooLarge,
};
struct HttpFailure {
  Delivery delivery = Delivery::kUnknown;
  HttpCause cause = HttpCause::kClosed;
};
// Stable: "timeout", "connect", "malformed_reply", …
std::string_view to_text(HttpCause cause);

using HttpOutcome = std::variant<HttpResponse, HttpFailure>;

class HttpClient final : public Circuit {
 public:
  // Fails with kConfigInvalid naming "base_url", or kIo naming "ca_file".
  static Result<std::unique_ptr<HttpClient>> create(HttpClientOptions options,
                                                    boost::asio::any_io_executor executor);
  ~HttpClient() override;

  boost::asio::awaitable<HttpOutcome> send(HttpRequest request);
  bool is_open() const override;

  struct Core;  // for the implementation file only
  explicit HttpClient(std::shared_ptr<Core> core);

 private:
  std::shared_ptr<Core> core_;
};

// For one path segment or query value (RFC 3986: everything but unreserved characters).
std::string percent_encode(std::string_view text);

}  // namespace erario
