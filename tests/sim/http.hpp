// Requests and responses as plain values, so that one file alone knows the HTTP library.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/text.hpp"

namespace erario::sim {

struct Request {
  std::string method;
  std::string path;                            // decoded
  Pairs query;                                 // decoded
  std::map<std::string, std::string> headers;  // lower-case names
  std::string body;

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
};

// How a response travels: whole, never (the line is held, then cut), or a byte at a time.
enum class Travel : std::uint8_t { kWhole, kHeld, kDripped };

struct Response {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  Pairs headers;
  Travel travel = Travel::kWhole;
};

using Handler = std::function<Response(const Request&)>;

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  std::string tls_certificate;  // PEM files; both empty: plain HTTP
  std::string tls_key;
  int hold_ms = 30'000;  // how long Travel::kHeld keeps the line
  int drip_ms = 100;     // between two bytes of Travel::kDripped
  int threads = 2;
};

// Listens on loopback and answers until SIGTERM or SIGINT. The handler runs on the server's
// threads, several at once.
class HttpServer {
 public:
  // Throws std::runtime_error with one plain sentence when it cannot listen.
  explicit HttpServer(ServerOptions options);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string address() const;   // 127.0.0.1:8080
  std::string base_url() const;  // https://127.0.0.1:8080
  void run(Handler handler);

 private:
  struct Parts;
  ServerOptions options_;
  std::unique_ptr<Parts> parts_;
};

struct OutgoingRequest {
  std::string method = "POST";
  std::string url;
  std::string body;
  std::string user;  // basic credentials; empty: none
  std::string password;
  std::string certificate_authority;  // PEM file for https; empty: the system's
  int timeout_ms = 5'000;
  bool dripped = false;
};

struct OutgoingAnswer {
  int status = 0;  // 0: no answer
  std::string body;
  std::string error;
};

// One exchange on a fresh connection. Returns early, without an answer, when `stop` turns true.
OutgoingAnswer send_out(const OutgoingRequest& request, const std::atomic<bool>& stop);

}  // namespace erario::sim
