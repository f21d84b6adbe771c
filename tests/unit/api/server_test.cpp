// The server on a real socket: framing, limits, deadlines, stopping, TLS. The service behind it is
// made up and says what reached it.
#include "api/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <mutex>
#include <thread>

#include "api/prometheus_metrics.hpp"

namespace erario::api {
namespace {

using std::chrono::milliseconds;

// Of a client: servers under load are slow, and an answer ends the waiting anyway.
constexpr milliseconds kPatience{20'000};

class EchoService final : public Service {
 public:
  std::optional<Response> admit(Request& request) override {
    request.body_bytes_max = 1'000;
    if (request.head.target != "/refused") return std::nullopt;
    Response response;
    response.status = 404;
    response.body = "refused";
    return response;
  }
  Task<Response> handle(Request request) override {
    reached += 1;
    if (request.head.target == "/slow") {
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, milliseconds(300));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
    Response response;
    if (request.head.target == "/bad") response.status = 400;
    response.body = request.head.method + " " + request.head.target + " [" + request.body + "]";
    co_return response;
  }
  std::atomic<int> reached{0};
};

// A blocking client of one connection.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  ~Client() { ::close(socket_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const { return connected_; }
  int socket() const { return socket_; }
  void send(std::string_view bytes) { ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  // What comes until the peer closes, says `until`, or is silent for so long.
  std::string receive(milliseconds silence, std::string_view until = "\r\n\r\n\r\n\r\n") {
    std::string all;
    char bytes[4096];
    closed_ = false;
    while (true) {
      pollfd wait{socket_, POLLIN, 0};
      if (::poll(&wait, 1, static_cast<int>(silence.count())) <= 0) break;
      const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
      if (count <= 0) {
        closed_ = true;
        break;
      }
      all.append(bytes, static_cast<std::size_t>(count));
      if (all.find(until) != std::string::npos) break;
    }
    return all;
  }
  bool closed() const { return closed_; }

 private:
  int socket_;
  bool connected_ = false;
  bool closed_ = false;
};

int status_of(std::string_view answer) {
  if (answer.substr(0, 9) != "HTTP/1.1 ") return 0;
  return std::stoi(std::string(answer.substr(9, 3)));
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++found;
  return found;
}

class LiveServer : public ::testing::Test {
 protected:
  void open(ServerSettings settings) {
    if (settings.tls.certificate.empty()) settings.plain = true;
    auto opened = Server::open(io, settings, service, metrics);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    server = *std::move(opened);
    server->start();
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([this] { io.run(); });
  }
  void TearDown() override {
    if (server) server->stop();
    for (std::thread& thread : threads)
      thread.join();
    EXPECT_EQ(server ? server->connections() : 0u, 0u);
  }
  std::string exchange(std::string_view bytes, milliseconds silence = kPatience) {
    Client client(server->port());
    client.send(bytes);
    std::string answer = client.receive(silence);
    closed = client.closed();
    return answer;
  }

  boost::asio::io_context io;
  EchoService service;
  PrometheusMetrics metrics;
  std::unique_ptr<Server> server;
  std::vector<std::thread> threads;
  bool closed = false;
};

ServerSettings quick() {
  ServerSettings settings;
  settings.head_deadline = milliseconds(1'000);
  settings.body_deadline = milliseconds(1'000);
  settings.idle_deadline = milliseconds(1'000);
  settings.stop_deadline = milliseconds(5'000);
  return settings;
}

TEST_F(LiveServer, KeepsTheConnectionForOneRequestAfterTheOther) {
  open(quick());
  const std::string get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string post = "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  const std::string chunked =
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n";
  const std::string answers = exchange(get + post + chunked + get);
  EXPECT_EQ(count(answers, "HTTP/1.1 200"), 4u) << answers;
  EXPECT_NE(answers.find("POST /b [hello]"), std::string::npos);
  EXPECT_NE(answers.find("POST /c [abcde]"), std::string::npos);
  EXPECT_EQ(service.reached, 4);
}

TEST_F(LiveServer, ClosesWhenAskedAndWhenIdle) {
  open(quick());
  const std::string close = exchange("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(close.find("Connection: close"), std::string::npos) << close;
  EXPECT_TRUE(closed);
  EXPECT_EQ(exchange(""), "");
  EXPECT_TRUE(closed);
}

TEST_F(LiveServer, AWellFramedRequestThatIsRefusedKeepsTheConnection) {
  open(quick());
  const std::string bad = exchange(
      "POST /bad HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
      "GET /b HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(bad), 400);
  EXPECT_EQ(count(bad, "HTTP/1.1 "), 2u) << bad;
}

TEST_F(LiveServer, OneEmptyLineBeforeARequestIsPassedOver) {
  open(quick());
  const std::string get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(count(exchange("\r\n" + get + "\r\n" + get), "HTTP/1.1 200"), 2u);
  EXPECT_EQ(status_of(exchange("\r\n\r\n" + get)), 400);
  EXPECT_EQ(status_of(exchange("\n" + get)), 400);
  Client split(server->port());
  split.send("\r");
  std::this_thread::sleep_for(milliseconds(50));
  split.send("\n");
  std::this_thread::sleep_for(milliseconds(50));
  split.send(get);
  EXPECT_EQ(status_of(split.receive(kPatience, "]")), 200);
}

TEST_F(LiveServer, ARequestThatIsNotCompleteInTimeIsToldSo) {
  open(quick());
  for (const std::string_view bytes : {
           "GET / HTTP/1.1\r\nHost:",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
       }) {
    const std::string answer = exchange(bytes);
    EXPECT_EQ(status_of(answer), 408) << bytes << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << answer;
    EXPECT_TRUE(closed) << bytes;
  }
  // Who leaves in between is not waited for, and who never began is not told.
  Client gone(server->port());
  gone.send("GET / HTTP/1.1\r\nHost:");
  ::shutdown(gone.socket(), SHUT_WR);
  EXPECT_EQ(gone.receive(kPatience), "");
  EXPECT_EQ(exchange("\r\n"), "");
  EXPECT_TRUE(closed);
  EXPECT_EQ(service.reached, 0);
}

TEST_F(LiveServer, WhatItRefusesByItselfIsProtectedLikeEveryAnswer) {
  open(quick());
  const std::string answer = exchange("nonsense\r\n\r\n");
  EXPECT_EQ(status_of(answer), 400);
  for (const std::string_view header :
       {"cache-control: no-store\r\n", "x-content-type-options: nosniff\r\n",
        "content-language: es-MX, en\r\n"})
    EXPECT_NE(answer.find(header), std::string::npos) << answer;
}

TEST_F(LiveServer, SmuggledRequestsNeverReachTheService) {
  open(quick());
  const std::string smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string table[] = {
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\n" +
          smuggled,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n" + smuggled,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + smuggled,
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n" + smuggled,
      "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 44\r\n\r\n" + smuggled,
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled,
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + smuggled,
      "GET / HTTP/1.1\nHost: a\n\n" + smuggled,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n" + smuggled,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n" + smuggled,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n" + smuggled,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "FFFFFFFFFFFFFFFFF\r\n" +
          smuggled,
  };
  for (const std::string& bytes : table) {
    const std::string answer = exchange(bytes);
    EXPECT_GE(status_of(answer), 400) << bytes << answer;
    EXPECT_EQ(count(answer, "HTTP/1.1 "), 1u) << bytes << answer;
    EXPECT_TRUE(closed) << bytes;
  }
  EXPECT_EQ(service.reached, 0);
}

TEST_F(LiveServer, RefusesWhatIsTooLarge) {
  open(quick());
  EXPECT_EQ(status_of(exchange("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(20'000, 'x'))),
            431);
  EXPECT_EQ(status_of(exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n")), 413);
  EXPECT_EQ(status_of(exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "7d0\r\n" +
                               std::string(2'000, 'x') + "\r\n0\r\n\r\n")),
            413);
  EXPECT_EQ(status_of(exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" +
                               std::string(1'000, 'x'))),
            200);
  EXPECT_EQ(service.reached, 1);
}

// None of this counts towards the body, and all of it would wait in memory.
TEST_F(LiveServer, EndlessFramingOfChunksIsCutOff) {
  open(quick());
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& endless : {
           "5;" + std::string(200'000, 'a'),
           "0\r\nX: " + std::string(200'000, 'a'),
           std::string(200'000, '0'),
       }) {
    SCOPED_TRACE(endless.substr(0, 10));
    EXPECT_EQ(status_of(exchange(head + endless)), 413);
  }
  EXPECT_EQ(service.reached, 0);
}

TEST_F(LiveServer, DrippingBytesDoNotHoldAConnection) {
  open(quick());
  const auto started = std::chrono::steady_clock::now();
  Client slow(server->port());
  for (int i = 0; i < 300 && !slow.closed(); ++i) {
    slow.send("X");
    slow.receive(milliseconds(50));
  }
  EXPECT_TRUE(slow.closed());
  exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_TRUE(closed);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(20));
  EXPECT_EQ(service.reached, 0);
}

TEST_F(LiveServer, AnswersAReadyClientBeforeTheBody) {
  open(quick());
  Client client(server->port());
  client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_NE(client.receive(kPatience, "100 Continue").find("100 Continue"), std::string::npos);
  client.send("ok");
  EXPECT_NE(client.receive(kPatience, "[ok]").find("[ok]"), std::string::npos);
}

TEST_F(LiveServer, ARefusalBeforeTheBodyEndsTheConnection) {
  open(quick());
  const std::string refused = exchange(
      "POST /refused HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
      "GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status_of(refused), 404);
  EXPECT_EQ(count(refused, "HTTP/1.1 "), 1u);
  const std::string without_body =
      exchange("GET /refused HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(count(without_body, "HTTP/1.1 "), 2u);
}

TEST_F(LiveServer, AHeadRequestGetsNoBody) {
  open(quick());
  const std::string answer = exchange("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n")) << answer;
}

TEST_F(LiveServer, TooManyConnectionsAreToldToComeBack) {
  ServerSettings settings = quick();
  settings.connections_max = 2;
  settings.idle_deadline = milliseconds(60'000);
  open(settings);
  const std::string get = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  Client first(server->port());
  Client second(server->port());
  first.send(get);
  second.send(get);
  EXPECT_EQ(status_of(first.receive(kPatience, "]")), 200);
  EXPECT_EQ(status_of(second.receive(kPatience, "]")), 200);
  const std::string third = exchange(get);
  EXPECT_EQ(status_of(third), 503);
  EXPECT_NE(third.find("retry-after"), std::string::npos) << third;
  first.send(get);
  EXPECT_EQ(status_of(first.receive(kPatience, "]")), 200);
}

TEST_F(LiveServer, StoppingFinishesTheRequestInWork) {
  ServerSettings settings = quick();
  settings.idle_deadline = milliseconds(20'000);
  open(settings);
  Client idle(server->port());
  Client working(server->port());
  working.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n");
  while (service.reached == 0)
    std::this_thread::sleep_for(milliseconds(5));
  server->stop();
  const std::string answer = working.receive(kPatience);
  EXPECT_EQ(status_of(answer), 200) << answer;
  EXPECT_TRUE(working.closed());
  idle.receive(kPatience);
  EXPECT_TRUE(idle.closed());
  EXPECT_FALSE(Client(server->port()).connected());
}

TEST(ServerOpen, PlainIsForLoopbackOnly) {
  boost::asio::io_context io;
  EchoService service;
  PrometheusMetrics metrics;
  ServerSettings settings;
  settings.plain = true;
  settings.address = "0.0.0.0";
  auto opened = Server::open(io, settings, service, metrics);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kConfigInvalid);
  settings.address = "::1";
  settings.plain = false;
  settings.tls.certificate = "/nonexistent.pem";
  EXPECT_EQ(Server::open(io, settings, service, metrics).error().code, ErrorCode::kConfigInvalid);
  settings.address = "localhost";
  EXPECT_EQ(Server::open(io, settings, service, metrics).error().code, ErrorCode::kConfigInvalid);
}

// A client of one TLS connection.
class TlsClient {
 public:
  explicit TlsClient(std::uint16_t port, int version_max = TLS1_3_VERSION)
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free),
        client_(port),
        ssl_(nullptr, SSL_free) {
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), version_max);
    SSL_CTX_set_security_level(context_.get(), 0);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), client_.socket());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  // The version agreed on, or "" where the handshake failed.
  std::string version() const { return connected_ ? SSL_get_version(ssl_.get()) : ""; }
  // The name in the server's certificate: "/CN=localhost".
  std::string subject() const {
    const std::unique_ptr<X509, void (*)(X509*)> shown(SSL_get1_peer_certificate(ssl_.get()),
                                                       X509_free);
    char text[100] = "";
    if (shown) X509_NAME_oneline(X509_get_subject_name(shown.get()), text, sizeof text);
    return text;
  }
  std::string get() {
    const std::string request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    SSL_write(ssl_.get(), request.data(), static_cast<int>(request.size()));
    std::string answer(4096, '\0');
    const int read = SSL_read(ssl_.get(), answer.data(), static_cast<int>(answer.size()));
    answer.resize(static_cast<std::size_t>(std::max(read, 0)));
    return answer;
  }

 private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  Client client_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  bool connected_ = false;
};

class TlsServer : public LiveServer {
 protected:
  TlsServer() {
    std::filesystem::create_directories(folder_);
    settings_.tls.certificate = (folder_ / "cert.pem").string();
    settings_.tls.key = (folder_ / "key.pem").string();
    settings_.idle_deadline = milliseconds(20'000);
  }
  ~TlsServer() override { std::filesystem::remove_all(folder_); }
  void write_certificate(const std::string& name) {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" +
        name + " -keyout " + settings_.tls.key + " -out " + settings_.tls.certificate +
        " 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
  }

  // By the key that is there.
  struct Dates {
    std::string begin;
    std::string end;
  };
  void write_dated(const Dates& dates) {
    const std::string command =
        "cd " + folder_.string() +
        " && rm -f index.txt* && touch index.txt && echo 01 > serial && printf '" +
        "[ca]\\ndefault_ca=a\\n[a]\\ndatabase=index.txt\\nserial=serial\\nnew_certs_dir=.\\n" +
        "default_md=sha256\\npolicy=p\\nunique_subject=no\\n[p]\\ncommonName=supplied\\n' > "
        "ca.cnf" +
        " && openssl req -new -key key.pem -subj /CN=dated -out dated.csr 2>/dev/null" +
        " && openssl ca -batch -config ca.cnf -selfsign -keyfile key.pem -in dated.csr -notext" +
        " -startdate " + dates.begin + " -enddate " + dates.end + " -out cert.pem 2>/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("erario-tls-" + std::to_string(::getpid()));
  ServerSettings settings_ = quick();
};

TEST_F(TlsServer, SpeaksTls12AndNewerOnly) {
  write_certificate("localhost");
  open(settings_);
  EXPECT_EQ(TlsClient(server->port()).version(), "TLSv1.3");
  TlsClient older(server->port(), TLS1_2_VERSION);
  EXPECT_EQ(older.version(), "TLSv1.2");
  EXPECT_EQ(status_of(older.get()), 200);
  EXPECT_EQ(TlsClient(server->port(), TLS1_1_VERSION).version(), "");
  EXPECT_EQ(exchange("GET /a HTTP/1.1\r\nHost: a\r\n\r\n").find("200"), std::string::npos);
}

TEST_F(TlsServer, ANewCertificateIsSeenByNewConnectionsAndTheOthersGoOn) {
  write_certificate("first");
  open(settings_);
  TlsClient old(server->port());
  EXPECT_EQ(old.subject(), "/CN=first");
  write_certificate("second");
  EXPECT_EQ(TlsClient(server->port()).subject(), "/CN=first");
  ASSERT_TRUE(server->reload_tls().ok());
  TlsClient fresh(server->port());
  EXPECT_EQ(fresh.subject(), "/CN=second");
  EXPECT_EQ(status_of(fresh.get()), 200);
  EXPECT_EQ(status_of(old.get()), 200);
}

TEST_F(TlsServer, ABrokenFileLeavesTheCertificateThatIsThere) {
  write_certificate("first");
  open(settings_);
  const auto refused = [&](const std::string& field) {
    const auto told = server->reload_tls();
    ASSERT_FALSE(told.ok());
    EXPECT_EQ(told.error().code, ErrorCode::kConfigInvalid);
    EXPECT_EQ(told.error().fields.front().pointer, field);
    TlsClient client(server->port());
    EXPECT_EQ(client.subject(), "/CN=first");
    EXPECT_EQ(status_of(client.get()), 200);
  };
  const std::string key = settings_.tls.key;
  std::filesystem::rename(key, key + ".old");
  refused("server.tls_key");
  write_certificate("second");
  std::filesystem::rename(key + ".old", key);  // a key of another certificate
  refused("server.tls_key");
  std::filesystem::resize_file(settings_.tls.certificate, 100);
  refused("server.tls_cert");
  EXPECT_NE(metrics.text().find("erario_tls_reloads_total{result=\"refused\"} 3"),
            std::string::npos);
  write_certificate("third");
  EXPECT_TRUE(server->reload_tls().ok());
  EXPECT_EQ(TlsClient(server->port()).subject(), "/CN=third");
  EXPECT_NE(metrics.text().find("erario_tls_certificate_end_timestamp_seconds"), std::string::npos);
}

TEST_F(TlsServer, ACertificateIsTakenOnTheDaysItIsFor) {
  struct Row {
    Dates dates;
    std::string rule;
  };
  write_certificate("first");
  open(settings_);
  for (const Row& row :
       {Row{{"20200101000000Z", "20200201103000Z"}, "is out of date since 2020-02-01 10:30 UTC"},
        Row{{"20990101000000Z", "20990201000000Z"}, "is not valid before 2099-01-01 00:00 UTC"}}) {
    write_dated(row.dates);
    const auto told = server->reload_tls();
    ASSERT_FALSE(told.ok()) << row.rule;
    EXPECT_EQ(told.error().detail, "server.tls_cert: " + row.rule);
    EXPECT_EQ(TlsClient(server->port()).subject(), "/CN=first");
    EXPECT_EQ(server_tls(settings_.tls).error().detail, told.error().detail);
  }
}

TEST_F(TlsServer, AKeyThatCannotBeUsedIsToldApart) {
  write_certificate("first");
  const auto key = settings_.tls.key;
  const auto run = [&](const std::string& command) {
    ASSERT_EQ(std::system((command + " 2>/dev/null").c_str()), 0) << command;
  };
  const auto rule = [&] {
    auto made = server_tls(settings_.tls);
    return made.ok() ? "taken" : made.error().fields.front().rule;
  };
  EXPECT_EQ(rule(), "taken");
  run("chmod 644 " + key);
  EXPECT_EQ(rule(), "may be read by others; chmod 600 it");
  run("chmod 600 " + key);
  run("openssl pkey -in " + key + " -aes256 -passout pass:ficticia -out " + key + ".locked");
  run("cp " + key + ".locked " + key);
  EXPECT_EQ(rule(), "is encrypted; it must be stored without a passphrase");
  run("openssl genpkey -algorithm ed25519 -out " + key);
  EXPECT_EQ(rule(), "is not the key of the certificate in server.tls_cert");
  std::filesystem::resize_file(key, 0);
  EXPECT_EQ(rule(), "is empty");
  std::filesystem::remove(key);
  EXPECT_EQ(rule(), "cannot be read: there is no such file");
}

TEST_F(LiveServer, APlainServerHasNoCertificateToReadAgain) {
  open(quick());
  EXPECT_TRUE(server->reload_tls().ok());
  EXPECT_EQ(metrics.text().find("erario_tls_reloads_total{"), std::string::npos);
}

}  // namespace
}  // namespace erario::api
