#include "tests/bench/http_connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

namespace erario::bench {
namespace {

constexpr std::size_t kReadBytes = 64 * 1024;
constexpr std::size_t kAnswerBytesMax = 16u << 20;
constexpr int kWaitMs = 30'000;

// The value of Content-Length in a head, whatever its case.
std::optional<std::size_t> content_length(std::string_view head) {
  static constexpr std::string_view kName = "\r\ncontent-length:";
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos;
       at = head.find("\r\n", at + 2)) {
    const std::string_view line = head.substr(at);
    if (line.size() < kName.size() || ::strncasecmp(line.data(), kName.data(), kName.size()) != 0)
      continue;
    std::size_t from = kName.size();
    while (from < line.size() && line[from] == ' ')
      ++from;
    std::size_t value = 0;
    const auto read = std::from_chars(line.data() + from, line.data() + line.size(), value);
    if (read.ec != std::errc{}) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

// The whole answer at the front of `bytes`; its size, 0 while it is not whole, npos when it is no
// answer that we read.
std::size_t parse_answer(std::string_view bytes, HttpAnswer& answer) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return bytes.size() > kReadBytes ? std::string_view::npos : 0;
  const std::string_view head = bytes.substr(0, end);
  if (head.size() < 12 || !head.starts_with("HTTP/1.1 ")) return std::string_view::npos;
  const auto read = std::from_chars(head.data() + 9, head.data() + 12, answer.status);
  if (read.ec != std::errc{}) return std::string_view::npos;
  const bool bodiless = answer.status == 204 || answer.status == 304;
  const auto length = bodiless ? std::optional<std::size_t>(0) : content_length(head);
  if (!length || *length > kAnswerBytesMax) return std::string_view::npos;
  if (bytes.size() < end + 4 + *length) return 0;
  answer.body = bytes.substr(end + 4, *length);
  return end + 4 + *length;
}

bool wait_for(int descriptor, short events) {
  pollfd waiting{descriptor, events, 0};
  return ::poll(&waiting, 1, kWaitMs) == 1;
}

}  // namespace

HttpConnection::HttpConnection() : HttpConnection(-1) {}

HttpConnection::HttpConnection(int descriptor)
    : descriptor_(descriptor), tls_(nullptr, &SSL_free) {}

HttpConnection::~HttpConnection() {
  close();
}

HttpConnection::HttpConnection(HttpConnection&& other) noexcept : HttpConnection() {
  *this = std::move(other);
}

HttpConnection& HttpConnection::operator=(HttpConnection&& other) noexcept {
  if (this == &other) return *this;
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  tls_ = std::move(other.tls_);
  pending_ = std::move(other.pending_);
  taken_ = std::exchange(other.taken_, 0);
  return *this;
}

void HttpConnection::close() {
  tls_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

Result<HttpConnection> HttpConnection::open(const Endpoint& endpoint) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return Error{ErrorCode::kIo, std::string("socket: ") + std::strerror(errno)};
  HttpConnection connection(descriptor);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(endpoint.port);
  if (::inet_pton(AF_INET, endpoint.address.c_str(), &address.sin_addr) != 1)
    return Error{ErrorCode::kIo, endpoint.address + " is no IPv4 address"};
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return Error{ErrorCode::kIo, std::string("connect: ") + std::strerror(errno)};
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!endpoint.ca_file.empty()) TRY_VOID(connection.shake_hands(endpoint.ca_file));
  ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  return connection;
}

Result<void> HttpConnection::shake_hands(const std::string& ca_file) {
  // One context for all: the load talks to one service.
  static SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  CHECK(context != nullptr);
  if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1)
    return Error{ErrorCode::kIo, "cannot read " + ca_file};
  tls_.reset(SSL_new(context));
  CHECK(tls_ != nullptr);
  SSL_set_verify(tls_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_set1_host(tls_.get(), "localhost");
  SSL_set_fd(tls_.get(), descriptor_);
  if (SSL_connect(tls_.get()) != 1) return Error{ErrorCode::kIo, "no TLS with the service"};
  return {};
}

ssize_t HttpConnection::send_some(std::string_view bytes) {
  if (!tls_) return ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  const int sent = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (sent <= 0) errno = SSL_get_error(tls_.get(), sent) == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
  return sent;
}

ssize_t HttpConnection::receive(std::span<char> into) {
  if (!tls_) return ::recv(descriptor_, into.data(), into.size(), 0);
  const int count = SSL_read(tls_.get(), into.data(), static_cast<int>(into.size()));
  if (count > 0) return count;
  const int why = SSL_get_error(tls_.get(), count);
  if (why == SSL_ERROR_ZERO_RETURN) return 0;
  errno = why == SSL_ERROR_WANT_READ ? EAGAIN : EPIPE;
  return -1;
}

bool HttpConnection::send(std::string_view request) {
  while (!request.empty()) {
    const ssize_t sent = send_some(request);
    if (sent > 0) {
      request.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!wait_for(descriptor_, POLLOUT)) return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

HttpConnection::Reading HttpConnection::read(HttpAnswer& answer) {
  static thread_local std::array<char, kReadBytes> buffer;
  pending_.erase(0, std::exchange(taken_, 0));
  const ssize_t count = receive(buffer);
  if (count < 0) return errno == EAGAIN || errno == EINTR ? Reading::kMore : Reading::kClosed;
  if (count == 0) return Reading::kClosed;
  const std::string_view fresh(buffer.data(), static_cast<std::size_t>(count));
  if (pending_.empty()) {
    const std::size_t size = parse_answer(fresh, answer);
    if (size == std::string_view::npos) return Reading::kClosed;
    if (size == fresh.size()) return Reading::kAnswer;  // the usual case copies nothing
  }
  pending_ += fresh;
  const std::size_t size = parse_answer(pending_, answer);
  if (size == std::string_view::npos) return Reading::kClosed;
  taken_ = size;
  return size == 0 ? Reading::kMore : Reading::kAnswer;
}

Result<std::pair<int, std::string>> ask(HttpConnection& connection, std::string_view request) {
  if (!connection.send(request)) return Error{ErrorCode::kIo, "the peer closed the connection"};
  HttpAnswer answer;
  while (true) {
    if (!wait_for(connection.descriptor(), POLLIN))
      return Error{ErrorCode::kIo, "no answer came in time"};
    const auto reading = connection.read(answer);
    if (reading == HttpConnection::Reading::kAnswer)
      return std::pair<int, std::string>{answer.status, std::string(answer.body)};
    if (reading == HttpConnection::Reading::kClosed)
      return Error{ErrorCode::kIo, "the peer closed the connection"};
  }
}

}  // namespace erario::bench
