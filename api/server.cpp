#include "api/server.hpp"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/completion_condition.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <mutex>
#include <set>
#include <type_traits>

#include "api/connection.hpp"
#include "api/head.hpp"
#include "api/problem.hpp"
#include "api/response_bytes.hpp"

namespace erario::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using TlsStream = asio::ssl::stream<tcp::socket>;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
// Beyond connections_max, this many more are told 503; the rest is dropped unheard.
constexpr std::size_t kRefusedPolitelyMax = 64;
constexpr std::size_t kReadBytes = 4096;
// What may wait in a connection's buffer: a head, or the framing between two chunks with trailers.
// Chunk extensions and trailers count towards no body limit, so that this is what bounds them.
constexpr std::size_t kBufferedBytesMax = 2 * kHeadBytesMax;
// How much and how long we listen after a refusal, so that the answer is not lost in a reset.
constexpr std::size_t kLingerBytesMax = 512 * 1024;
constexpr std::chrono::milliseconds kLingerDeadline{1'000};

// How late a deadline may be noticed.
constexpr std::chrono::milliseconds kTick{50};

std::string too_long(std::size_t limit) {
  return "the body is longer than " + std::to_string(limit) + " bytes";
}

}  // namespace

struct Server::Shared {
  asio::io_context& io;
  ServerSettings settings;
  Service& service;
  Metrics& metrics;
  tcp::acceptor acceptor;
  asio::steady_timer tick;  // on the acceptor's strand
  std::atomic<bool> stopping{false};

  mutable std::mutex mutex;
  // Null: plain. OpenSSL keeps what a connection began with, so that another may take its place.
  std::shared_ptr<asio::ssl::context> tls;
  std::set<Connection*> connections;
  SteadyClock::time_point stop_by = SteadyClock::time_point::max();

  Shared(asio::io_context& context, ServerSettings with, Service& serves, Metrics& counts)
      : io(context),
        settings(std::move(with)),
        service(serves),
        metrics(counts),
        acceptor(asio::make_strand(context)),
        tick(acceptor.get_executor()) {}

  Result<void> load() {
    TRY(auto made, server_tls(settings.tls));
    metrics.gauge("erario_tls_certificate_end_timestamp_seconds", {},
                  static_cast<double>(certificate_end(*made)));
    const std::scoped_lock lock(mutex);
    tls = std::move(made);
    return {};
  }
  std::shared_ptr<asio::ssl::context> current_tls() const {
    const std::scoped_lock lock(mutex);
    return tls;
  }
  std::size_t add(Connection* connection) {
    const std::scoped_lock lock(mutex);
    connections.insert(connection);
    metrics.gauge("erario_http_connections", {}, static_cast<double>(connections.size()));
    return connections.size();
  }
  // The connection's socket is still open.
  void remove(Connection* connection) {
    const std::scoped_lock lock(mutex);
    connections.erase(connection);
    metrics.gauge("erario_http_connections", {}, static_cast<double>(connections.size()));
  }
  void hang_up_late() {
    const auto now = SteadyClock::now();
    const std::scoped_lock lock(mutex);
    for (Connection* connection : connections)
      now >= stop_by ? connection->hang_up() : connection->hang_up_if_late(now);
  }
  bool finished() const {
    const std::scoped_lock lock(mutex);
    return stopping && connections.empty();
  }
};

namespace {

struct HeadRead {
  std::optional<std::size_t> bytes;  // of the head, its empty line included
  std::optional<Response> refusal;   // neither: the peer is gone or idle too long
};

// One client connection: requests one after the other until somebody wants to close. Its coroutine
// never has two operations under way, so it needs no strand.
template <class Stream, class SharedPointer>
class Session final : public Connection {
 public:
  Session(Stream stream, SharedPointer shared)
      : Connection(stream.lowest_layer().native_handle()),
        stream_(std::move(stream)),
        shared_(std::move(shared)) {
    error_code failure;
    socket().set_option(tcp::no_delay(true), failure);
    const auto peer = socket().remote_endpoint(failure);
    if (!failure) {
      peer_.is_loopback = peer.address().is_loopback();
      peer_.address = peer.address().to_string();
    }
    number_ = shared_->add(this);
  }
  ~Session() { shared_->remove(this); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // The caller keeps it alive.
  Task<void> run() {
    const std::size_t limit = shared_->settings.connections_max;
    if (number_ > limit + kRefusedPolitelyMax) {
      shared_->metrics.count("erario_http_connections_refused_total", {{"reason", "limit"}});
      co_return;
    }
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      expires_after(shared_->settings.head_deadline);
      const auto [failure] =
          co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
      if (failure) {
        shared_->metrics.count("erario_http_connections_refused_total", {{"reason", "tls"}});
        co_return;
      }
      peer_.certificate = client_certificate(*stream_.native_handle());
    }
    bool again = true;
    while (again && !(shared_->stopping && buffer_.size() == 0))
      again = co_await serve_one();
    co_await close();
  }

 private:
  auto& socket() { return stream_.lowest_layer(); }

  std::string_view buffered() const {
    const auto data = buffer_.data();
    return {static_cast<const char*>(data.data()), data.size()};
  }

  Response framing_problem(HttpFault fault, int status, std::string_view detail) {
    shared_->metrics.count(
        "erario_http_requests_total",
        {{"route", "(framing)"}, {"method", "-"}, {"status", std::to_string(status)}});
    Response response = http_problem(fault, status, detail, Language::kSpanish);
    protect(response);
    return response;
  }

  // Reads until the empty line. The idle deadline holds until the first byte, the head's deadline
  // for all of the rest: dripping bytes does not prolong it.
  Task<HeadRead> read_head_bytes() {
    HeadRead read;
    std::size_t searched = 0;
    bool timed = false;
    bool empty_line = false;
    while (true) {
      // One empty line before a request is passed over (RFC 9112, 2.2): old clients send it.
      if (!empty_line && buffered().starts_with("\r\n")) {
        empty_line = true;
        timed = false;
        buffer_.consume(2);
      }
      const std::string_view bytes = buffered();
      if (!bytes.empty() && !timed) {
        timed = true;
        expires_after(shared_->settings.head_deadline, Late::kAnswer);
      }
      const std::size_t from = searched < 3 ? 0 : searched - 3;
      const std::size_t end = bytes.find("\r\n\r\n", from);
      const std::string_view fresh = bytes.substr(0, end);
      for (std::size_t at = fresh.find('\n', from); at < fresh.size();
           at = fresh.find('\n', at + 1)) {
        if (at > 0 && fresh[at - 1] == '\r') continue;
        read.refusal = framing_problem(HttpFault::kMalformed, 400, "a line ends without CR");
        co_return read;
      }
      if (end != std::string_view::npos && end + 4 <= kHeadBytesMax) {
        read.bytes = end + 4;
        co_return read;
      }
      if (bytes.size() >= kHeadBytesMax) {
        read.refusal = framing_problem(HttpFault::kHeadTooLarge, 431, "the headers exceed 16 KiB");
        co_return read;
      }
      searched = bytes.size();
      const bool idle = searched == 0;
      if (idle) expires_after(shared_->settings.idle_deadline);
      set_idle(idle);  // before stopping is looked at: stop() does it the other way round
      if (idle && shared_->stopping) co_return read;
      const auto [failure, count] =
          co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAwait);
      set_idle(false);
      if (failure && !idle && late())
        read.refusal = framing_problem(HttpFault::kTimeout, 408, "the headers came too slowly");
      if (failure) co_return read;  // gone, or too slow
      buffer_.commit(count);
    }
  }

  // Handles one request. False: the connection ends.
  Task<bool> serve_one() {
    HeadRead read = co_await read_head_bytes();
    if (read.refusal) co_return co_await refuse(std::move(*read.refusal));
    if (!read.bytes) co_return false;
    auto gate = read_head(buffered().substr(0, *read.bytes));
    if (const auto* refusal = std::get_if<HeadRefusal>(&gate)) {
      const HttpFault fault = refusal->status == 400   ? HttpFault::kMalformed
                              : refusal->status == 413 ? HttpFault::kBodyTooLarge
                              : refusal->status == 414 || refusal->status == 431
                                  ? HttpFault::kHeadTooLarge
                                  : HttpFault::kUnsupported;
      Response response = framing_problem(fault, refusal->status, refusal->detail);
      co_return co_await refuse(std::move(response));
    }
    Request request;
    request.head = std::get<RequestHead>(std::move(gate));
    request.peer = peer_;
    const Framing framing{request.head.keep_alive, request.head.method == "HEAD"};
    if (number_ > shared_->settings.connections_max) {
      shared_->metrics.count("erario_http_connections_refused_total", {{"reason", "limit"}});
      Response response = framing_problem(HttpFault::kOverloaded, 503, "too many connections");
      co_return co_await refuse(std::move(response));
    }
    if (auto refusal = shared_->service.admit(request)) {
      if (request.head.has_body()) co_return co_await refuse(std::move(*refusal));
      buffer_.consume(*read.bytes);
      co_return co_await write(std::move(*refusal), framing);
    }
    auto failed = co_await read_body(request, *read.bytes);
    if (failed) co_return co_await refuse(std::move(*failed));
    expires_never();
    Response response = co_await shared_->service.handle(std::move(request));
    co_return co_await write(std::move(response), framing);
  }

  Task<std::optional<Response>> read_body(Request& request, std::size_t head_bytes) {
    std::optional<Response> refusal;
    if (!request.head.has_body()) {
      buffer_.consume(head_bytes);
      co_return refusal;
    }
    const std::size_t limit = request.body_bytes_max;
    if (request.head.content_length.value_or(0) > limit) {
      refusal = framing_problem(HttpFault::kBodyTooLarge, 413, too_long(limit));
      co_return refusal;
    }
    expires_after(shared_->settings.body_deadline, Late::kAnswer);
    if (request.head.expects_continue) {
      static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      const auto [failure, count] =
          co_await asio::async_write(stream_, asio::buffer(kContinue), kAwait);
      if (failure) {
        refusal = Response{};
        co_return refusal;
      }
    }
    error_code failure;
    if (request.head.chunked) {
      failure = co_await read_chunks(request.body, limit);
    } else {
      failure = co_await read_exactly(request, head_bytes);
    }
    if (failure == http::error::body_limit) {
      refusal = framing_problem(HttpFault::kBodyTooLarge, 413, too_long(limit));
    } else if (failure == http::error::buffer_overflow) {
      refusal = framing_problem(HttpFault::kBodyTooLarge, 413,
                                "what frames the body's chunks exceeds 32 KiB");
    } else if (failure && late()) {
      refusal = framing_problem(HttpFault::kTimeout, 408, "the body came too slowly");
    } else if (failure) {
      refusal = framing_problem(HttpFault::kMalformed, 400, "the body is broken off or malformed");
    }
    co_return refusal;
  }

  Task<error_code> read_exactly(Request& request, std::size_t head_bytes) {
    buffer_.consume(head_bytes);
    std::string& body = request.body;
    body = buffered().substr(0, *request.head.content_length);
    buffer_.consume(body.size());
    // Grows with what arrives: a length that is only announced takes no memory.
    const std::size_t missing = *request.head.content_length - body.size();
    const auto [failure, count] = co_await asio::async_read(
        stream_, asio::dynamic_buffer(body), asio::transfer_exactly(missing), kAwait);
    co_return failure;
  }

  // Beast decodes the chunks; the head it reads again has passed the gate.
  Task<error_code> read_chunks(std::string& body, std::size_t limit) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(kHeadBytesMax));
    parser.body_limit(limit);
    const auto [failure, count] = co_await http::async_read(stream_, buffer_, parser, kAwait);
    body = std::move(parser.get().body());
    co_return failure;
  }

  Task<bool> write(Response response, Framing framing) {
    if (shared_->stopping) framing.keep_alive = false;
    const std::string bytes = to_bytes(response, framing);
    expires_after(shared_->settings.write_deadline);
    const auto [failure, count] = co_await asio::async_write(stream_, asio::buffer(bytes), kAwait);
    co_return !failure && framing.keep_alive;
  }

  // Answers, then listens a little: closing on unread bytes would reset the answer away.
  Task<bool> refuse(Response response) {
    const Framing last;
    co_await write(std::move(response), last);
    error_code failure;
    if constexpr (std::is_same_v<Stream, tcp::socket>)
      socket().shutdown(tcp::socket::shutdown_send, failure);
    expires_after(kLingerDeadline);
    std::size_t heard = 0;
    while (heard < kLingerBytesMax) {
      buffer_.clear();
      const auto [gone, count] =
          co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAwait);
      if (gone) break;
      heard += count;
    }
    buffer_.clear();
    co_return false;
  }

  Task<void> close() {
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      expires_after(kLingerDeadline);
      const auto [failure] = co_await stream_.async_shutdown(kAwait);
      static_cast<void>(failure);
    }
    error_code failure;
    socket().shutdown(tcp::socket::shutdown_both, failure);
    co_return;
  }

  Stream stream_;
  SharedPointer shared_;
  beast::flat_buffer buffer_{kBufferedBytesMax};
  Peer peer_;
  std::size_t number_ = 0;  // how many were open when this one came
};

template <class Stream, class SharedPointer>
Task<void> run_session(std::unique_ptr<Session<Stream, SharedPointer>> session) {
  co_await session->run();
}

template <class Stream, class SharedPointer>
void spawn_session(Stream stream, SharedPointer shared) {
  asio::io_context& io = shared->io;
  auto session =
      std::make_unique<Session<Stream, SharedPointer>>(std::move(stream), std::move(shared));
  asio::co_spawn(io, run_session(std::move(session)), asio::detached);
}

// Ends what is over its deadline, and when stopping, what is left after the stop's.
template <class SharedPointer>
Task<void> watch_deadlines(SharedPointer shared) {
  while (!shared->finished()) {
    shared->tick.expires_after(kTick);
    const auto [cut] = co_await shared->tick.async_wait(kAwait);
    static_cast<void>(cut);
    shared->hang_up_late();
  }
}

template <class SharedPointer>
Task<void> accept_connections(SharedPointer shared) {
  const asio::any_io_executor executor = shared->io.get_executor();
  while (!shared->stopping) {
    auto [failure, socket] = co_await shared->acceptor.async_accept(executor, kAwait);
    if (shared->stopping) break;
    if (failure) {
      // Out of file descriptors, or the peer left: wait a moment instead of spinning.
      asio::steady_timer pause(shared->acceptor.get_executor(), std::chrono::milliseconds(20));
      const auto [cut] = co_await pause.async_wait(kAwait);
      static_cast<void>(cut);
      continue;
    }
    if (const auto tls = shared->current_tls()) {
      TlsStream secure(std::move(socket), *tls);
      spawn_session(std::move(secure), shared);
    } else {
      spawn_session(std::move(socket), shared);
    }
  }
}

}  // namespace

Server::Server(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

Server::~Server() {
  stop();
}

Result<std::unique_ptr<Server>> Server::open(asio::io_context& io, ServerSettings settings,
                                             Service& service, Metrics& metrics) {
  error_code failure;
  const auto address = asio::ip::make_address(settings.address, failure);
  if (failure)
    return field_error("server.listen", "is not an IP address", ErrorCode::kConfigInvalid);
  if (settings.plain && !address.is_loopback())
    return field_error("server.plain", "is allowed on a loopback address only",
                       ErrorCode::kConfigInvalid);
  auto shared = std::make_shared<Shared>(io, std::move(settings), service, metrics);
  if (!shared->settings.plain) TRY_VOID(shared->load());
  const tcp::endpoint endpoint(address, shared->settings.port);
  shared->acceptor.open(endpoint.protocol(), failure);
  if (!failure) shared->acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
  if (!failure) shared->acceptor.bind(endpoint, failure);
  if (!failure) shared->acceptor.listen(asio::socket_base::max_listen_connections, failure);
  if (failure)
    return Error{ErrorCode::kIo, "cannot listen on " + shared->settings.address + " port " +
                                     std::to_string(shared->settings.port) + ": " +
                                     failure.message()};
  return std::unique_ptr<Server>(new Server(std::move(shared)));
}

std::uint16_t Server::port() const {
  error_code failure;
  return shared_->acceptor.local_endpoint(failure).port();
}

Result<void> Server::reload_tls() {
  if (shared_->settings.plain) return {};
  auto loaded = shared_->load();
  shared_->metrics.count("erario_tls_reloads_total",
                         {{"result", loaded.ok() ? "taken" : "refused"}});
  return loaded;
}

void Server::start() {
  const auto executor = shared_->acceptor.get_executor();
  asio::co_spawn(executor, accept_connections(shared_), asio::detached);
  asio::co_spawn(executor, watch_deadlines(shared_), asio::detached);
}

void Server::stop() {
  if (shared_->stopping.exchange(true)) return;
  asio::post(shared_->acceptor.get_executor(), [shared = shared_] {
    error_code failure;
    shared->acceptor.close(failure);
  });
  const std::scoped_lock lock(shared_->mutex);
  shared_->stop_by = SteadyClock::now() + shared_->settings.stop_deadline;
  for (Connection* connection : shared_->connections)
    connection->stop_listening_if_idle();
}

std::size_t Server::connections() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->connections.size();
}

}  // namespace erario::api
