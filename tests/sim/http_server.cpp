#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <sstream>
#include <thread>

#include "tests/sim/http.hpp"

namespace erario::sim {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;
using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

constexpr std::uint64_t kBodyBytesMax = 1U << 20;
constexpr std::uint32_t kHeaderBytesMax = 16U << 10;
constexpr auto kIdleMax = std::chrono::seconds(60);
constexpr auto kExchangeMax = std::chrono::seconds(20);
constexpr auto kLinger = std::chrono::seconds(2);
constexpr auto kSlice = std::chrono::milliseconds(50);

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& next : out) {
    if (next >= 'A' && next <= 'Z') next = static_cast<char>(next - 'A' + 'a');
  }
  return out;
}

Request to_request(const http::request<http::string_body>& message) {
  Request out;
  out.method = std::string(message.method_string());
  const std::string_view target(message.target().data(), message.target().size());
  const auto mark = std::min(target.find('?'), target.size());
  out.path = url_decode(target.substr(0, mark), false);
  out.query = parse_form(target.substr(std::min(mark + 1, target.size())));
  for (const auto& field : message) {
    out.headers[lower(std::string(field.name_string()))] = std::string(field.value());
  }
  out.body = message.body();
  return out;
}

http::response<http::string_body> to_message(Response response, bool keep_alive) {
  http::response<http::string_body> out{http::int_to_status(static_cast<unsigned>(response.status)),
                                        11};
  out.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers)
    out.set(name, value);
  out.keep_alive(keep_alive);
  out.body() = std::move(response.body);
  out.prepare_payload();
  return out;
}

struct SessionContext {
  const Handler& handler;
  const ServerOptions& options;
};

asio::awaitable<void> pause(int milliseconds) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  timer.expires_after(std::chrono::milliseconds(milliseconds));
  co_await timer.async_wait(use_awaitable);
}

// Gives up after `hold_ms`, like a line whose other end has lost patience.
template <class Stream>
asio::awaitable<void> drip(Stream& stream, const std::string& bytes, const ServerOptions& options) {
  auto& lowest = beast::get_lowest_layer(stream);
  const int steps_max = options.hold_ms / std::max(options.drip_ms, 1);
  for (std::size_t i = 0; i < bytes.size() && static_cast<int>(i) < steps_max; ++i) {
    lowest.expires_after(kExchangeMax);
    co_await asio::async_write(stream, asio::buffer(&bytes[i], 1), use_awaitable);
    lowest.expires_never();
    co_await pause(options.drip_ms);
  }
}

template <class Message>
std::string bytes_of(const Message& message) {
  std::ostringstream out;
  out << message;
  return out.str();
}

// Reads on for a while after the refusal: closing at once would reset the line and the peer, still
// sending, would never read the answer.
template <class Stream>
asio::awaitable<void> refuse_body(Stream& stream) {
  Response refusal;
  refusal.status = 413;
  refusal.body = "{\"error\":\"body too large\"}";
  auto message = to_message(std::move(refusal), false);
  co_await http::async_write(stream, message, use_awaitable);
  beast::get_lowest_layer(stream).expires_after(kLinger);
  std::array<char, 4096> rest{};
  std::uint64_t drained = 0;
  while (drained < 4 * kBodyBytesMax) {
    drained += co_await stream.async_read_some(asio::buffer(rest), use_awaitable);
  }
}

template <class Stream>
asio::awaitable<void> converse(Stream& stream, SessionContext context) {
  auto& lowest = beast::get_lowest_layer(stream);
  beast::flat_buffer buffer;
  while (true) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(kBodyBytesMax);
    parser.header_limit(kHeaderBytesMax);
    lowest.expires_after(kIdleMax);
    boost::system::error_code failure;
    co_await http::async_read(stream, buffer, parser, asio::redirect_error(use_awaitable, failure));
    if (failure == http::error::body_limit) {
      co_await refuse_body(stream);
      co_return;
    }
    if (failure) co_return;
    const bool keep_alive = parser.get().keep_alive();
    auto response = context.handler(to_request(parser.get()));
    if (response.travel == Travel::kHeld) {
      lowest.expires_never();
      co_await pause(context.options.hold_ms);
      co_return;
    }
    const bool dripped = response.travel == Travel::kDripped;
    auto message = to_message(std::move(response), keep_alive && !dripped);
    if (dripped) {
      const auto bytes = bytes_of(message);
      co_await drip(stream, bytes, context.options);
      co_return;
    }
    lowest.expires_after(kExchangeMax);
    co_await http::async_write(stream, message, use_awaitable);
    if (!keep_alive) co_return;
  }
}

asio::awaitable<void> plain_session(tcp::socket socket, SessionContext context) {
  try {
    PlainStream stream(std::move(socket));
    co_await converse(stream, context);
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
  } catch (const boost::system::system_error&) {
    // The peer left or was too slow; its connection ends and nothing else does.
  }
}

asio::awaitable<void> tls_session(tcp::socket socket, asio::ssl::context* tls,
                                  SessionContext context) {
  try {
    TlsStream stream(std::move(socket), *tls);
    beast::get_lowest_layer(stream).expires_after(kExchangeMax);
    co_await stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
    co_await converse(stream, context);
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(1));
    co_await stream.async_shutdown(use_awaitable);
  } catch (const boost::system::system_error&) {
    // As above; a peer that skips the closing handshake also ends here.
  }
}

struct Url {
  bool tls = false;
  std::string host;
  std::string port;
  std::string target;
};

bool parse_url(std::string_view text, Url& out) {
  out.tls = text.starts_with("https://");
  if (!out.tls && !text.starts_with("http://")) return false;
  text.remove_prefix(out.tls ? 8 : 7);
  const auto slash = std::min(text.find('/'), text.size());
  const auto authority = text.substr(0, slash);
  const auto colon = authority.rfind(':');
  out.target = slash < text.size() ? std::string(text.substr(slash)) : "/";
  out.host = std::string(authority.substr(0, std::min(colon, authority.size())));
  out.port =
      colon == authority.npos ? (out.tls ? "443" : "80") : std::string(authority.substr(colon + 1));
  return !out.host.empty();
}

template <class Stream>
asio::awaitable<void> send_and_receive(Stream& stream, const OutgoingRequest& request,
                                       const Url& url, OutgoingAnswer& answer) {
  http::request<http::string_body> message{http::string_to_verb(request.method), url.target, 11};
  message.set(http::field::host, url.host + ":" + url.port);
  message.set(http::field::user_agent, "erario-sim");
  message.set(http::field::content_type, "application/json; charset=utf-8");
  message.set(http::field::connection, "close");
  if (!request.user.empty()) {
    message.set(http::field::authorization,
                "Basic " + base64_encode(request.user + ":" + request.password));
  }
  message.body() = request.body;
  message.prepare_payload();
  if (request.dripped) {
    const auto bytes = bytes_of(message);
    for (const char& byte : bytes) {
      co_await asio::async_write(stream, asio::buffer(&byte, 1), use_awaitable);
      co_await pause(5);
    }
  } else {
    co_await http::async_write(stream, message, use_awaitable);
  }
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kBodyBytesMax);
  co_await http::async_read(stream, buffer, parser, use_awaitable);
  answer.status = static_cast<int>(parser.get().result_int());
  answer.body = parser.get().body();
}

asio::awaitable<void> exchange_once(const OutgoingRequest& request, OutgoingAnswer& answer) {
  try {
    Url url;
    if (!parse_url(request.url, url)) throw std::runtime_error("not a URL: " + request.url);
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver(executor);
    const auto endpoints = co_await resolver.async_resolve(url.host, url.port, use_awaitable);
    if (!url.tls) {
      PlainStream stream(executor);
      co_await stream.async_connect(endpoints, use_awaitable);
      co_await send_and_receive(stream, request, url, answer);
      co_return;
    }
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_verify_mode(asio::ssl::verify_peer);
    if (request.certificate_authority.empty()) {
      tls.set_default_verify_paths();
    } else {
      tls.load_verify_file(request.certificate_authority);
    }
    TlsStream stream(executor, tls);
    stream.set_verify_callback(asio::ssl::host_name_verification(url.host));
    SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
    co_await beast::get_lowest_layer(stream).async_connect(endpoints, use_awaitable);
    co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);
    co_await send_and_receive(stream, request, url, answer);
  } catch (const std::exception& problem) {
    answer.status = 0;
    answer.error = problem.what();
  }
}

}  // namespace

struct HttpServer::Parts {
  asio::io_context context;
  asio::ssl::context tls{asio::ssl::context::tls_server};
  tcp::acceptor acceptor{context};
  bool with_tls = false;
};

namespace {

asio::awaitable<void> accept_all(tcp::acceptor& acceptor, asio::ssl::context* tls,
                                 SessionContext context) {
  while (true) {
    boost::system::error_code failure;
    auto socket = co_await acceptor.async_accept(asio::make_strand(acceptor.get_executor()),
                                                 asio::redirect_error(use_awaitable, failure));
    if (failure == asio::error::operation_aborted) co_return;
    if (failure) {
      co_await pause(20);  // out of descriptors: wait for some to close
      continue;
    }
    socket.set_option(tcp::no_delay(true));
    const auto executor = socket.get_executor();
    if (tls != nullptr) {
      asio::co_spawn(executor, tls_session(std::move(socket), tls, context), asio::detached);
    } else {
      asio::co_spawn(executor, plain_session(std::move(socket), context), asio::detached);
    }
  }
}

}  // namespace

HttpServer::HttpServer(ServerOptions options)
    : options_(std::move(options)), parts_(std::make_unique<Parts>()) {
  boost::system::error_code failure;
  const auto address = asio::ip::make_address(options_.host, failure);
  // The control routes need no key, so nobody outside this machine may reach them.
  if (failure || !address.is_loopback()) {
    throw std::runtime_error("--listen takes a loopback address, not " + options_.host);
  }
  parts_->with_tls = !options_.tls_certificate.empty();
  if (parts_->with_tls) {
    parts_->tls.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    parts_->tls.use_certificate_chain_file(options_.tls_certificate);
    parts_->tls.use_private_key_file(options_.tls_key, asio::ssl::context::pem);
  }
  const tcp::endpoint endpoint(address, options_.port);
  auto& acceptor = parts_->acceptor;
  acceptor.open(endpoint.protocol());
  acceptor.set_option(asio::socket_base::reuse_address(true));
  acceptor.bind(endpoint, failure);
  if (failure) throw std::runtime_error("cannot listen there: " + failure.message());
  acceptor.listen();
}

HttpServer::~HttpServer() = default;

std::string HttpServer::address() const {
  std::ostringstream out;
  out << parts_->acceptor.local_endpoint();
  return out.str();
}

std::string HttpServer::base_url() const {
  return (parts_->with_tls ? "https://" : "http://") + address();
}

void HttpServer::run(Handler handler) {
  auto& context = parts_->context;
  asio::signal_set signals(context, SIGTERM, SIGINT);
  signals.async_wait([&context](boost::system::error_code, int) { context.stop(); });
  const SessionContext session{handler, options_};
  asio::co_spawn(context,
                 accept_all(parts_->acceptor, parts_->with_tls ? &parts_->tls : nullptr, session),
                 asio::detached);
  std::vector<std::jthread> helpers;
  for (int i = 1; i < options_.threads; ++i)
    helpers.emplace_back([&context] { context.run(); });
  context.run();
}

OutgoingAnswer send_out(const OutgoingRequest& request, const std::atomic<bool>& stop) {
  OutgoingAnswer answer;
  asio::io_context context;
  asio::co_spawn(context, exchange_once(request, answer), asio::detached);
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(request.timeout_ms);
  while (!context.stopped() && !stop && std::chrono::steady_clock::now() < deadline) {
    context.run_for(kSlice);
  }
  if (!context.stopped()) answer = {0, "", "no answer in time"};
  return answer;
}

}  // namespace erario::sim
