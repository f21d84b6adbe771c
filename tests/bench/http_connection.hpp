// HttpConnection: one keep-alive HTTP/1.1 connection on a non-blocking socket, plain or over TLS,
// one exchange at a time. It parses what a load generator needs (status, length, body) and nothing
// else. Not thread safe.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

struct ssl_st;

namespace erario::bench {

struct Endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::string ca_file;  // who signed the service's certificate for localhost; empty: no TLS
};

// The body is valid until the connection is used again.
struct HttpAnswer {
  int status = 0;
  std::string_view body;
};

class HttpConnection {
 public:
  HttpConnection();
  ~HttpConnection();
  HttpConnection(HttpConnection&& other) noexcept;
  HttpConnection& operator=(HttpConnection&& other) noexcept;

  // Blocks until connected, and over TLS until the peer is proved. Fails with kIo.
  static Result<HttpConnection> open(const Endpoint& endpoint);

  int descriptor() const { return descriptor_; }

  // Sends what the request holds. False: the peer is gone. A request is far smaller than the
  // socket's buffer; where it does not fit, the rest is waited for.
  bool send(std::string_view request);

  enum class Reading { kMore, kAnswer, kClosed };
  // Takes what has arrived. kAnswer fills `answer`.
  Reading read(HttpAnswer& answer);

 private:
  explicit HttpConnection(int descriptor);
  void close();
  Result<void> shake_hands(const std::string& ca_file);
  // Like send(2) and recv(2); errno is EAGAIN where TLS has to wait, too.
  ssize_t send_some(std::string_view bytes);
  ssize_t receive(std::span<char> into);

  int descriptor_ = -1;
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> tls_;
  std::string pending_;  // of an answer that has not arrived whole
  std::size_t taken_ = 0;
};

// One exchange, waiting for it. Fails with kIo.
Result<std::pair<int, std::string>> ask(HttpConnection& connection, std::string_view request);

}  // namespace erario::bench
