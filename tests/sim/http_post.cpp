#include "tests/sim/http_post.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <stdexcept>

namespace erario::sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kSlice = std::chrono::milliseconds(50);
constexpr std::size_t kAnswerBytesMax = 1U << 20U;

struct Address {
  bool tls = false;
  std::string host;
  std::string port;
  std::string target;
};

Address parse_address(const std::string& url) {
  Address out;
  out.tls = url.starts_with("https://");
  if (!out.tls && !url.starts_with("http://")) throw std::runtime_error("not a URL: " + url);
  const auto rest = url.substr(out.tls ? 8 : 7);
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto colon = rest.substr(0, slash).rfind(':');
  out.target = slash < rest.size() ? rest.substr(slash) : "/";
  out.host = rest.substr(0, std::min(colon, slash));
  out.port = out.tls ? "443" : "80";
  if (colon != std::string::npos) out.port = rest.substr(colon + 1, slash - colon - 1);
  return out;
}

std::string bytes_of(const OutgoingRequest& request, const Address& to, const Pairs& headers) {
  std::string out = request.method + " " + to.target + " HTTP/1.1\r\nHost: " + to.host + ":" +
                    to.port + "\r\nUser-Agent: erario-sim\r\nConnection: close\r\n" +
                    "Content-Type: application/json\r\n";
  for (const auto& [name, value] : headers)
    out.append(name).append(": ").append(value).append("\r\n");
  if (!request.user.empty()) {
    const auto credentials = base64_encode(request.user + ":" + request.password);
    out.append("Authorization: Basic ").append(credentials).append("\r\n");
  }
  out.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n\r\n");
  return out + request.body;
}

// The status and what follows the head; whoever answers was asked to close the line.
OutgoingAnswer answer_of(const std::string& bytes) {
  const auto body = bytes.find("\r\n\r\n");
  const bool head = bytes.starts_with("HTTP/1.") && body != std::string::npos && bytes.size() > 12;
  if (!head || !all_digits(bytes.substr(9, 3))) return {0, "", "no answer that can be read"};
  return {std::stoi(bytes.substr(9, 3)), bytes.substr(body + 4), ""};
}

template <class Stream>
asio::awaitable<OutgoingAnswer> exchange(Stream& stream, std::string sent) {
  co_await asio::async_write(stream, asio::buffer(sent), asio::use_awaitable);
  std::string got;
  boost::system::error_code end;
  co_await asio::async_read(stream, asio::dynamic_buffer(got, kAnswerBytesMax),
                            asio::redirect_error(asio::use_awaitable, end));
  co_return answer_of(got);
}

asio::awaitable<void> deliver(const OutgoingRequest& request, const Pairs& headers,
                              OutgoingAnswer& answer) {
  try {
    const Address to = parse_address(request.url);
    const auto executor = co_await asio::this_coro::executor;
    tcp::resolver resolver(executor);
    const auto places = co_await resolver.async_resolve(to.host, to.port, asio::use_awaitable);
    std::string sent = bytes_of(request, to, headers);
    if (!to.tls) {
      tcp::socket socket(executor);
      co_await asio::async_connect(socket, places, asio::use_awaitable);
      answer = co_await exchange(socket, std::move(sent));
      co_return;
    }
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_verify_mode(asio::ssl::verify_peer);
    if (request.certificate_authority.empty()) {
      tls.set_default_verify_paths();
    } else {
      tls.load_verify_file(request.certificate_authority);
    }
    asio::ssl::stream<tcp::socket> stream(executor, tls);
    stream.set_verify_callback(asio::ssl::host_name_verification(to.host));
    SSL_set_tlsext_host_name(stream.native_handle(), to.host.c_str());
    co_await asio::async_connect(stream.lowest_layer(), places, asio::use_awaitable);
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    answer = co_await exchange(stream, std::move(sent));
  } catch (const std::exception& problem) {
    answer = {0, "", problem.what()};
  }
}

}  // namespace

OutgoingAnswer post_with_headers(const OutgoingRequest& request, const Pairs& headers,
                                 const std::atomic<bool>& stop) {
  OutgoingAnswer answer;
  asio::io_context context;
  asio::co_spawn(context, deliver(request, headers, answer), asio::detached);
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(request.timeout_ms);
  while (!context.stopped() && !stop && std::chrono::steady_clock::now() < deadline)
    context.run_for(kSlice);
  if (!context.stopped()) answer = {0, "", "no answer in time"};
  return answer;
}

}  // namespace erario::sim
