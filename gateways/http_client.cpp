#include "gateways/http_client.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <cstring>
#include <mutex>
#include <optional>
#include <random>

#include "engine/base/pem.hpp"
#include "gateways/base_url.hpp"
#include "gateways/circuit_breaker.hpp"

// After Boost: spdlog's bundled formatting must not come first.
#include <spdlog/spdlog.h>

namespace erario {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using SteadyTime = std::chrono::steady_clock::time_point;
using Strand = asio::strand<asio::any_io_executor>;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::uint32_t kHeaderBytesMax = 16U << 10U;
constexpr std::size_t kReadBytes = 16U << 10U;

// One connection. Its strand serialises everything that touches it. Reading and writing bytes is
// all that knows whether they are encrypted: Beast's own reading and writing of messages would be
// instantiated for each kind of stream, minutes of compiling.
struct Connection {
  explicit Connection(const asio::any_io_executor& executor)
      : strand(asio::make_strand(executor)) {}

  beast::tcp_stream& lowest() { return tls ? tls->next_layer() : *plain; }

  asio::awaitable<error_code> write(std::string bytes) {
    error_code failure;
    if (tls) {
      co_await asio::async_write(*tls, asio::buffer(bytes),
                                 asio::redirect_error(asio::use_awaitable, failure));
    } else {
      co_await asio::async_write(*plain, asio::buffer(bytes),
                                 asio::redirect_error(asio::use_awaitable, failure));
    }
    co_return failure;
  }
  // Adds what has come to the buffer.
  asio::awaitable<error_code> read() {
    error_code failure;
    const auto room = buffer.prepare(kReadBytes);
    std::size_t count = 0;
    if (tls) {
      count =
          co_await tls->async_read_some(room, asio::redirect_error(asio::use_awaitable, failure));
    } else {
      count =
          co_await plain->async_read_some(room, asio::redirect_error(asio::use_awaitable, failure));
    }
    buffer.commit(count);
    co_return failure;
  }

  Strand strand;
  std::optional<PlainStream> plain;
  std::optional<TlsStream> tls;
  beast::flat_buffer buffer;
  SteadyTime idle_since{};
  bool open = false;
};

HttpOutcome fail(Delivery delivery, HttpCause cause) {
  return HttpFailure{delivery, cause};
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7F && std::strchr("()<>@,;:\\\"/[]?={}", c) == nullptr;
  });
}

// Beast writes what it is given: a line end in a value would smuggle a header.
bool is_writable(const HttpRequest& request) {
  const auto visible = [](char c) { return c > ' ' && c < 0x7F; };
  const auto& target = request.target;
  if (!target.starts_with('/') || !std::all_of(target.begin(), target.end(), visible)) return false;
  return std::all_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
    const auto& [name, value] = header;
    return is_token(name) && std::all_of(value.begin(), value.end(), [](char c) {
             return static_cast<unsigned char>(c) >= ' ' && c != 0x7F;
           });
  });
}

// The other side closed an idle connection, or sent what nobody asked for.
bool is_stale(Connection& connection) {
  char byte = 0;
  const auto handle = connection.lowest().socket().native_handle();
  const auto got = ::recv(handle, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

HttpCause cause_of(const error_code& failure) {
  if (failure == beast::error::timeout) return HttpCause::kTimeout;
  if (failure == http::error::body_limit) return HttpCause::kBodyTooLarge;
  if (failure == http::error::end_of_stream) return HttpCause::kClosed;
  if (failure.category() == make_error_code(http::error::bad_version).category()) {
    return HttpCause::kMalformed;
  }
  return HttpCause::kClosed;
}

// Two readings of where the body ends: refused, as a proxy in between may read the other one.
bool has_doubtful_framing(const http::response<http::string_body>& message) {
  const auto lengths = message.count(http::field::content_length);
  return lengths > 1 || (lengths == 1 && message.count(http::field::transfer_encoding) > 0);
}

HttpResponse to_response(http::response<http::string_body>&& message) {
  HttpResponse response;
  response.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    response.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  response.body = std::move(message).body();
  return response;
}

}  // namespace

struct HttpClient::Core {
  Core(HttpClientOptions options_in, BaseUrl base_in, asio::any_io_executor executor_in)
      : options(std::move(options_in)),
        base(std::move(base_in)),
        executor(std::move(executor_in)),
        breaker(options.breaker_failures_max, options.breaker_open_for),
        jitter(std::random_device{}()) {}

  Result<void> load_certificates() {
    if (!base.tls) return {};
    SSL_CTX_set_min_proto_version(tls.native_handle(), TLS1_2_VERSION);
    tls.set_verify_mode(asio::ssl::verify_peer);
    if (!options.ca_file.empty()) {
      auto* store = SSL_CTX_get_cert_store(tls.native_handle());
      const auto trusted = trust_certificates(store, options.ca_file);
      return trusted.ok() ? Result<void>() : field_error("ca_file", trusted.error().detail);
    }
    error_code bad;
    tls.set_default_verify_paths(bad);
    return bad ? field_error("ca_file", "must be given: the system has none") : Result<void>();
  }

  // An idle connection that still seems alive, or a new unconnected one.
  std::shared_ptr<Connection> take() {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex);
    while (!idle.empty()) {
      auto connection = std::move(idle.back());
      idle.pop_back();
      if (now - connection->idle_since <= options.idle_max && !is_stale(*connection)) {
        return connection;
      }
    }
    return std::make_shared<Connection>(executor);
  }

  void give_back(std::shared_ptr<Connection> connection) {
    connection->lowest().expires_never();
    connection->idle_since = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex);
    if (idle.size() < options.pool_max) idle.push_back(std::move(connection));
  }

  bool may_call() {
    const std::lock_guard lock(mutex);
    return breaker.allow(std::chrono::steady_clock::now());
  }

  bool refuses() {
    const std::lock_guard lock(mutex);
    return breaker.is_open(std::chrono::steady_clock::now());
  }

  void note(const HttpOutcome& outcome) {
    const auto* response = std::get_if<HttpResponse>(&outcome);
    const std::lock_guard lock(mutex);
    if (response != nullptr && response->status < 502) {
      breaker.succeeded();
    } else {
      breaker.failed(std::chrono::steady_clock::now());
    }
  }

  std::chrono::milliseconds pause() {
    const std::lock_guard lock(mutex);
    return std::chrono::milliseconds(std::uniform_int_distribution<int>(50, 200)(jitter));
  }

  const HttpClientOptions options;
  const BaseUrl base;
  const asio::any_io_executor executor;
  asio::ssl::context tls{asio::ssl::context::tls_client};

  std::mutex mutex;  // of all below; never held across a suspension
  std::vector<std::shared_ptr<Connection>> idle;
  CircuitBreaker breaker;
  std::minstd_rand jitter;
};

namespace {

using Core = HttpClient::Core;

// getaddrinfo cannot be cancelled: whoever asked stops waiting, and the late answer finds only its
// own shared state.
struct Lookup {
  explicit Lookup(const Strand& strand) : resolver(strand), timer(strand) {}
  tcp::resolver resolver;
  asio::steady_timer timer;
  tcp::resolver::results_type found;
};

asio::awaitable<tcp::resolver::results_type> resolve(std::shared_ptr<Core> core, Strand strand,
                                                     SteadyTime deadline) {
  const auto lookup = std::make_shared<Lookup>(strand);
  lookup->timer.expires_at(deadline);
  lookup->resolver.async_resolve(
      core->base.host, core->base.port,
      [lookup](const error_code& failure, tcp::resolver::results_type found) {
        if (!failure) lookup->found = std::move(found);
        lookup->timer.expires_at(SteadyTime::min());
      });
  error_code ignored;
  co_await lookup->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return lookup->found;
}

asio::awaitable<std::optional<HttpCause>> shake_hands(std::shared_ptr<Core> core,
                                                      std::shared_ptr<Connection> connection) {
  auto& stream = *connection->tls;
  const std::string& host = core->base.host;
  error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address && SSL_set_tlsext_host_name(stream.native_handle(), host.c_str()) != 1) {
    co_return HttpCause::kTls;
  }
  stream.set_verify_callback(asio::ssl::host_name_verification(host));
  error_code failure;
  co_await stream.async_handshake(asio::ssl::stream_base::client,
                                  asio::redirect_error(asio::use_awaitable, failure));
  if (!failure) co_return std::nullopt;
  co_return failure == beast::error::timeout ? HttpCause::kTimeout : HttpCause::kTls;
}

asio::awaitable<std::optional<HttpCause>> connect(std::shared_ptr<Core> core,
                                                  std::shared_ptr<Connection> connection,
                                                  SteadyTime deadline) {
  const auto limit =
      std::min(deadline, std::chrono::steady_clock::now() + core->options.connect_timeout);
  const auto found = co_await resolve(core, connection->strand, limit);
  if (found.empty()) co_return HttpCause::kResolve;
  std::vector<tcp::endpoint> addresses;
  for (const auto& entry : found) {
    const auto& may_call = core->options.may_call;
    if (!may_call || may_call(entry.endpoint().address())) addresses.push_back(entry.endpoint());
  }
  if (addresses.empty()) co_return HttpCause::kAddressRefused;
  if (core->base.tls) {
    connection->tls.emplace(connection->strand, core->tls);
  } else {
    connection->plain.emplace(connection->strand);
  }
  auto& stream = connection->lowest();
  stream.expires_at(limit);
  error_code failure;
  co_await stream.async_connect(addresses, asio::redirect_error(asio::use_awaitable, failure));
  if (failure) {
    co_return failure == beast::error::timeout ? HttpCause::kTimeout : HttpCause::kConnect;
  }
  stream.socket().set_option(tcp::no_delay(true), failure);
  if (core->base.tls) {
    const auto refused = co_await shake_hands(core, connection);
    if (refused) co_return refused;
  }
  connection->open = true;
  co_return std::nullopt;
}

// Requires: is_writable(request).
std::string to_bytes(const BaseUrl& base, const HttpRequest& request) {
  std::string bytes = request.method + " " + base.prefix + request.target + " HTTP/1.1\r\n";
  const auto add = [&bytes](std::string_view name, std::string_view value) {
    bytes.append(name).append(": ").append(value).append("\r\n");
  };
  add("Host", base.authority);
  add("User-Agent", "erario");
  for (const auto& [name, value] : request.headers)
    add(name, value);
  if (!request.body.empty() || request.method != "GET")
    add("Content-Length", std::to_string(request.body.size()));
  return bytes + "\r\n" + request.body;
}

struct Reply {
  error_code failure;
  http::response<http::string_body> message;
};

asio::awaitable<Reply> read_reply(std::shared_ptr<Connection> connection,
                                  std::size_t body_bytes_max) {
  http::response_parser<http::string_body> parser;
  parser.header_limit(kHeaderBytesMax);
  parser.body_limit(body_bytes_max);
  parser.eager(true);
  error_code failure;
  while (true) {
    failure = http::error::need_more;
    if (connection->buffer.size() > 0) {
      connection->buffer.consume(parser.put(connection->buffer.data(), failure));
    }
    if (parser.is_done() || (failure && failure != http::error::need_more)) break;
    failure = co_await connection->read();
    if (failure == asio::error::eof && parser.got_some()) {
      failure = {};
      parser.put_eof(failure);  // a body without a length ends here
      break;
    }
    if (failure) break;
  }
  if (failure == asio::error::eof) failure = http::error::end_of_stream;
  co_return Reply{failure, parser.release()};
}

asio::awaitable<HttpOutcome> converse(std::shared_ptr<Core> core,
                                      std::shared_ptr<Connection> connection, HttpRequest request) {
  const error_code unsent = co_await connection->write(to_bytes(core->base, request));
  if (unsent) co_return fail(Delivery::kUnknown, cause_of(unsent));
  Reply reply = co_await read_reply(connection, core->options.body_bytes_max);
  const bool cut = core->options.cut_bodies && reply.failure == http::error::body_limit;
  if (reply.failure && !cut) co_return fail(Delivery::kUnknown, cause_of(reply.failure));
  if (reply.message.result_int() < 200 || has_doubtful_framing(reply.message)) {
    co_return fail(Delivery::kUnknown, HttpCause::kMalformed);
  }
  const bool keep = !cut && reply.message.keep_alive() && connection->buffer.size() == 0;
  HttpOutcome outcome = to_response(std::move(reply.message));
  if (keep) core->give_back(std::move(connection));
  co_return outcome;
}

// Runs on the connection's strand.
asio::awaitable<HttpOutcome> exchange(std::shared_ptr<Core> core,
                                      std::shared_ptr<Connection> connection, HttpRequest request,
                                      SteadyTime deadline) {
  bool sending = false;
  try {
    if (!connection->open) {
      const auto refused = co_await connect(core, connection, deadline);
      if (refused) co_return fail(Delivery::kNotSent, *refused);
    }
    connection->lowest().expires_at(deadline);
    sending = true;
    co_return co_await converse(core, connection, std::move(request));
  } catch (const std::exception&) {
    // Memory, or a socket option on a connection that just died.
  }
  co_return fail(sending ? Delivery::kUnknown : Delivery::kNotSent, HttpCause::kClosed);
}

// Method, host and path without the query; never bodies or headers.
void log(const Core& core, const HttpRequest& request, const HttpOutcome& outcome,
         SteadyTime started) {
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::steady_clock::now() - started)
                        .count();
  std::string_view path;
  if (core.options.log_paths)
    path = std::string_view(request.target).substr(0, request.target.find('?'));
  if (const auto* response = std::get_if<HttpResponse>(&outcome)) {
    spdlog::debug("call {} {}{}{} -> {} ({} bytes, {} ms)", request.method, core.base.authority,
                  core.base.prefix, path, response->status, response->body.size(), took);
    return;
  }
  const auto& failure = std::get<HttpFailure>(outcome);
  spdlog::warn("call {} {}{}{} failed: {}, {} ({} ms)", request.method, core.base.authority,
               core.base.prefix, path, to_text(failure.cause),
               failure.delivery == Delivery::kNotSent ? "not sent" : "outcome unknown", took);
}

// A repetition is harmless when nothing left, or when asking twice changes nothing.
bool may_repeat(const HttpRequest& request, const HttpOutcome& outcome) {
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    if (failure->cause == HttpCause::kBodyTooLarge || failure->cause == HttpCause::kTls ||
        failure->cause == HttpCause::kAddressRefused)
      return false;
    return failure->delivery == Delivery::kNotSent || request.read_only;
  }
  return request.read_only && std::get<HttpResponse>(outcome).status >= 502;
}

asio::awaitable<HttpOutcome> run(std::shared_ptr<Core> core, HttpRequest request) {
  if (!is_writable(request)) co_return fail(Delivery::kNotSent, HttpCause::kRequestInvalid);
  const auto deadline = std::chrono::steady_clock::now() + core->options.timeout;
  for (int tries = 1;; ++tries) {
    if (!core->may_call()) co_return fail(Delivery::kNotSent, HttpCause::kCircuitOpen);
    const auto started = std::chrono::steady_clock::now();
    const auto connection = core->take();
    auto work = exchange(core, connection, request, deadline);
    HttpOutcome outcome =
        co_await asio::co_spawn(connection->strand, std::move(work), asio::use_awaitable);
    core->note(outcome);
    log(*core, request, outcome, started);
    if (tries >= core->options.tries_max || !may_repeat(request, outcome)) co_return outcome;

    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(core->pause());
    if (timer.expiry() >= deadline) co_return outcome;
    error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

}  // namespace

HttpClient::HttpClient(std::shared_ptr<Core> core) : core_(std::move(core)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::create(HttpClientOptions options,
                                                       asio::any_io_executor executor) {
  TRY(BaseUrl base, parse_base_url(options.base_url));
  auto core = std::make_shared<Core>(std::move(options), std::move(base), std::move(executor));
  TRY_VOID(core->load_certificates());
  return std::make_unique<HttpClient>(std::move(core));
}

asio::awaitable<HttpOutcome> HttpClient::send(HttpRequest request) {
  return run(core_, std::move(request));
}

bool HttpClient::is_open() const {
  return core_->refuses();
}

std::string_view to_text(HttpCause cause) {
  switch (cause) {
    case HttpCause::kRequestInvalid: return "request_invalid";
    case HttpCause::kCircuitOpen: return "circuit_open";
    case HttpCause::kResolve: return "resolve";
    case HttpCause::kAddressRefused: return "address_refused";
    case HttpCause::kConnect: return "connect";
    case HttpCause::kTls: return "tls";
    case HttpCause::kTimeout: return "timeout";
    case HttpCause::kClosed: return "closed";
    case HttpCause::kMalformed: return "malformed_reply";
    case HttpCause::kBodyTooLarge: return "reply_too_large";
  }
  CHECK(false);
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_' || c == '.' || c == '~') {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0x0FU];
  }
  return out;
}

}  // namespace erario
