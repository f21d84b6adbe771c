// The HTTP/1.1 server: TLS 1.2+ or, on loopback only, plain. It frames requests, keeps limits and
// deadlines, and hands complete requests to a Service; it knows no route. Runs on the given
// io_context, on as many threads as run that; each connection is one coroutine.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "api/http.hpp"
#include "api/tls.hpp"
#include "engine/ports/gateway.hpp"
#include "engine/ports/metrics.hpp"

namespace erario::api {

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  bool plain = false;      // refused beyond loopback
  TlsFiles tls;            // unless plain

  std::size_t connections_max = 2'000;
  std::chrono::milliseconds head_deadline{10'000};  // from the first byte of a request
  std::chrono::milliseconds body_deadline{30'000};  // for the whole body
  std::chrono::milliseconds write_deadline{30'000};
  std::chrono::milliseconds idle_deadline{60'000};  // between requests
  std::chrono::milliseconds stop_deadline{10'000};  // for requests in work when stopping
};

// What the server serves. Thread safe.
class Service {
 public:
  virtual ~Service() = default;
  // Before the body is read: fills route, parameters and principal, or refuses. After a refusal of
  // a request with a body the connection is closed, since the body was not read.
  virtual std::optional<Response> admit(Request& request) = 0;
  // Requires: admit() let it through. Never throws.
  virtual Task<Response> handle(Request request) = 0;
};

class Server {
 public:
  // Binds and listens. Fails with kConfigInvalid (plain beyond loopback, address, certificate) or
  // kIo (the port is taken). `service` and `metrics` outlive the server.
  static Result<std::unique_ptr<Server>> open(boost::asio::io_context& io, ServerSettings settings,
                                              Service& service, Metrics& metrics);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  // Reads certificate, key and authorities again, from the same files: connections that come from
  // now on see them, those there are go on. Fails with kConfigInvalid, and then what was there
  // stays. A plain server has nothing to read. Thread safe.
  Result<void> reload_tls();
  // Spawns the accepting coroutine.
  void start();
  // Stops accepting, closes idle connections, lets requests in work finish within stop_deadline.
  // The io_context runs out of work once all are gone. Thread safe, may be repeated.
  void stop();
  std::size_t connections() const;

 private:
  struct Shared;
  explicit Server(std::shared_ptr<Shared> shared);
  std::shared_ptr<Shared> shared_;
};

}  // namespace erario::api
