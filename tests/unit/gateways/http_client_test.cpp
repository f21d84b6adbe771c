#include "gateways/http_client.hpp"

#include <algorithm>
#include <cstdlib>

#include "gateways/circuit_breaker.hpp"
#include "tests/unit/gateways/support.hpp"

namespace erario {
namespace {

using namespace testing_support;
using std::chrono::milliseconds;

class HttpClientTest : public testing::Test {
 protected:
  std::unique_ptr<HttpClient> client(const std::string& base_url) {
    options_.base_url = base_url;
    auto made = HttpClient::create(options_, io_.get_executor());
    EXPECT_TRUE(made.ok()) << made.error().detail;
    return std::move(*made);
  }
  HttpOutcome send(HttpClient& client, HttpRequest request) {
    return run_task(io_, client.send(std::move(request)));
  }
  static HttpRequest get(const std::string& target) {
    HttpRequest request("GET", target);
    request.read_only = true;
    return request;
  }
  static HttpRequest post(const std::string& target, const std::string& body) {
    HttpRequest request("POST", target);
    request.body = body;
    return request;
  }
  static HttpFailure failure_of(const HttpOutcome& outcome) {
    const auto* failure = std::get_if<HttpFailure>(&outcome);
    EXPECT_NE(failure, nullptr);
    return failure == nullptr ? HttpFailure{} : *failure;
  }

  boost::asio::io_context io_;
  HttpClientOptions options_;
};

TEST_F(HttpClientTest, ARequestArrivesAsWrittenAndItsAnswerComesBack) {
  Listener listener({http_reply(201, "{\"a\":1}")});
  auto http = client(listener.url() + "/base/");
  HttpRequest request = post("/charges?x=1", "{\"amount\":2440.00}");
  request.headers.emplace_back("authorization", "Basic c2VjcmV0Og==");
  const auto outcome = send(*http, request);
  const auto& response = std::get<HttpResponse>(outcome);
  EXPECT_EQ(response.status, 201);
  EXPECT_EQ(response.body, "{\"a\":1}");
  ASSERT_EQ(listener.requests().size(), 1U);
  const std::string sent = listener.requests()[0];
  EXPECT_TRUE(sent.starts_with("POST /base/charges?x=1 HTTP/1.1\r\n")) << sent;
  EXPECT_TRUE(sent.ends_with("\r\n\r\n{\"amount\":2440.00}")) << sent;
  EXPECT_NE(sent.find("Host: 127.0.0.1:" + std::to_string(listener.port())), std::string::npos);
}

TEST_F(HttpClientTest, AConnectionIsKeptAndReused) {
  Listener listener({http_reply(200, "1"), http_reply(200, "2"), http_reply(200, "3")});
  auto http = client(listener.url());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(std::get<HttpResponse>(send(*http, get("/"))).status, 200);
  }
  EXPECT_EQ(listener.connections(), 1);
}

TEST_F(HttpClientTest, AConnectionTheOtherSideClosedIsNotReused) {
  Reply closing = http_reply(200, "1");
  closing.close_after = true;
  Listener listener({closing, http_reply(200, "2")});
  auto http = client(listener.url());
  EXPECT_EQ(std::get<HttpResponse>(send(*http, get("/"))).body, "1");
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(std::get<HttpResponse>(send(*http, post("/", "x"))).body, "2");
  EXPECT_EQ(listener.connections(), 2);
}

TEST_F(HttpClientTest, NoConnectionMeansCertainlyNotSent) {
  int port = 0;
  {
    Listener closed({});
    port = closed.port();
  }
  auto http = client("http://127.0.0.1:" + std::to_string(port));
  const auto failure = failure_of(send(*http, post("/charges", "{}")));
  EXPECT_EQ(failure.delivery, Delivery::kNotSent);
  EXPECT_EQ(failure.cause, HttpCause::kConnect);
}

TEST_F(HttpClientTest, AfterTheRequestLeftEveryFailureIsUnknown) {
  struct Case {
    std::string name;
    Reply reply;
    HttpCause cause;
  };
  Reply hold;
  hold.hold = true;
  Reply drip = http_reply(200, "slow");
  drip.drip_ms = 50;
  const std::vector<Case> cases{
      {"no answer", hold, HttpCause::kTimeout},
      {"a dripping answer", drip, HttpCause::kTimeout},
      {"closed at once", {"", true, false, 0}, HttpCause::kClosed},
      {"closed in the body",
       {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", true, false, 0},
       HttpCause::kMalformed},
      {"no HTTP", {"SSH-2.0-x\r\n\r\n", true, false, 0}, HttpCause::kMalformed},
      {"two lengths of one body",
       {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        false, false, 0},
       HttpCause::kMalformed},
      {"an interim status",
       {"HTTP/1.1 100 Continue\r\n\r\n", false, false, 0},
       HttpCause::kMalformed},
      {"a body over the limit", http_reply(200, std::string(2000, 'x')), HttpCause::kBodyTooLarge},
  };
  options_.timeout = milliseconds(300);
  options_.body_bytes_max = 1000;
  for (const auto& test : cases) {
    Listener listener({test.reply});
    auto http = client(listener.url());
    const auto failure = failure_of(send(*http, post("/charges", "{}")));
    EXPECT_EQ(failure.delivery, Delivery::kUnknown) << test.name;
    EXPECT_EQ(to_text(failure.cause), to_text(test.cause)) << test.name;
    EXPECT_EQ(listener.requests().size(), 1U) << test.name << ": never repeated";
  }
}

TEST_F(HttpClientTest, AReadIsRepeatedAndAChargeIsNot) {
  {
    Listener listener({{"", true, false, 0}, http_reply(200, "ok")});
    auto http = client(listener.url());
    EXPECT_EQ(std::get<HttpResponse>(send(*http, get("/charges/1"))).body, "ok");
  }
  Listener listener({{"", true, false, 0}, http_reply(200, "ok")});
  auto http = client(listener.url());
  EXPECT_EQ(failure_of(send(*http, post("/charges", "{}"))).delivery, Delivery::kUnknown);
  EXPECT_EQ(listener.requests().size(), 1U);
}

TEST_F(HttpClientTest, TheDeadlineHoldsWhateverTheOtherSideDoes) {
  Listener listener({});
  options_.timeout = milliseconds(200);
  auto http = client(listener.url());
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(failure_of(send(*http, get("/"))).cause, HttpCause::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - started, milliseconds(600));
}

TEST_F(HttpClientTest, ALineEndInAHeaderOrTargetNeverReachesTheWire) {
  Listener listener({http_reply(200, "")});
  auto http = client(listener.url());
  std::vector<HttpRequest> requests{get("/a\r\nX: 1"), get("no-slash"), get("/a b"), get("/")};
  requests[3].headers.emplace_back("x", "1\r\ny: 2");
  for (const auto& request : requests) {
    const auto failure = failure_of(send(*http, request));
    EXPECT_EQ(failure.delivery, Delivery::kNotSent);
    EXPECT_EQ(failure.cause, HttpCause::kRequestInvalid);
  }
  EXPECT_EQ(listener.connections(), 0);
}

TEST_F(HttpClientTest, AGatewayThatKeepsFailingIsLeftAloneForAWhile) {
  Listener listener({http_reply(503, ""), http_reply(503, ""), http_reply(200, "back")});
  options_.breaker_failures_max = 2;
  options_.breaker_open_for = milliseconds(100);
  auto http = client(listener.url());
  send(*http, post("/", ""));
  EXPECT_FALSE(http->is_open());
  send(*http, post("/", ""));
  EXPECT_TRUE(http->is_open());
  const auto refused = failure_of(send(*http, post("/", "")));
  EXPECT_EQ(refused.cause, HttpCause::kCircuitOpen);
  EXPECT_EQ(refused.delivery, Delivery::kNotSent);
  EXPECT_EQ(listener.requests().size(), 2U);
  std::this_thread::sleep_for(milliseconds(120));
  EXPECT_EQ(std::get<HttpResponse>(send(*http, post("/", ""))).body, "back");
  EXPECT_FALSE(http->is_open());
}

TEST(CircuitBreakerTest, OneProbeAPeriodPassesUntilOneSucceeds) {
  CircuitBreaker breaker(2, milliseconds(100));
  CircuitBreaker::TimePoint now{};
  EXPECT_TRUE(breaker.allow(now));
  breaker.failed(now);
  EXPECT_TRUE(breaker.allow(now));
  breaker.failed(now);
  EXPECT_FALSE(breaker.allow(now + milliseconds(99)));
  EXPECT_TRUE(breaker.allow(now + milliseconds(100)));
  EXPECT_FALSE(breaker.allow(now + milliseconds(101)));
  breaker.failed(now + milliseconds(150));
  EXPECT_FALSE(breaker.allow(now + milliseconds(249)));
  EXPECT_TRUE(breaker.allow(now + milliseconds(250)));
  breaker.succeeded();
  EXPECT_TRUE(breaker.allow(now + milliseconds(251)));
}

TEST_F(HttpClientTest, ABaseUrlThatCannotBeUsedIsRefusedByName) {
  for (const std::string url :
       {"", "openpay.example.invalid", "ftp://127.0.0.1", "http://pagos.example.invalid",
        "https://user@127.0.0.1", "https://127.0.0.1/?a=1", "https://"}) {
    HttpClientOptions options;
    options.base_url = url;
    const auto made = HttpClient::create(options, io_.get_executor());
    ASSERT_FALSE(made.ok()) << url;
    EXPECT_EQ(made.error().fields.front().pointer, "base_url") << url;
  }
  HttpClientOptions options;
  options.base_url = "https://127.0.0.1";
  options.ca_file = "/nowhere.pem";
  EXPECT_EQ(HttpClient::create(options, io_.get_executor()).error().fields.front().pointer,
            "ca_file");
}

TEST(PercentEncodeTest, OnlyUnreservedCharactersStayAsTheyAre) {
  EXPECT_EQ(percent_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encode("a/b?c=d&e [ñ]"), "a%2Fb%3Fc%3Dd%26e%20%5B%C3%B1%5D");
}

// Certificates made by the openssl program: a test authority, a good one, an expired one.
class TlsTest : public HttpClientTest {
 protected:
  void SetUp() override {
    run("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ficticia "
        "-addext basicConstraints=critical,CA:TRUE");
    run("req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 2 -subj "
        "/CN=otra");
    sign("good", "IP:127.0.0.1,DNS:localhost", "-days 2");
    sign("elsewhere", "DNS:otro.example.invalid", "-days 2");
    sign("expired", "IP:127.0.0.1", "-days -1");
  }
  void run(const std::string& arguments) {
    const std::string command =
        "cd " + folder_.file("") + " && openssl " + arguments + " >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  void sign(const std::string& name, const std::string& names, const std::string& days) {
    folder_.write(name + ".ext", "subjectAltName=" + names + "\n");
    run("req -new -newkey rsa:2048 -nodes -keyout " + name + ".key -out " + name +
        ".csr -subj /CN=" + name);
    run("x509 -req -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -out " + name +
        ".pem -extfile " + name + ".ext " + days);
  }
  HttpOutcome talk(const std::string& certificate, const std::string& authority,
                   const std::string& host) {
    Listener listener({http_reply(200, "safe"), http_reply(200, "safe")},
                      {folder_.file(certificate + ".pem"), folder_.file(certificate + ".key")});
    options_.ca_file = folder_.file(authority + ".pem");
    options_.timeout = milliseconds(3000);
    auto http = client(listener.url("https", host));
    send(*http, post("/charges", "{}"));
    auto outcome = send(*http, post("/charges", "{}"));
    seen_ = listener.requests().size();
    connections_ = listener.connections();
    return outcome;
  }

  TemporaryFolder folder_;
  std::size_t seen_ = 0;
  int connections_ = 0;
};

TEST_F(TlsTest, ATrustedCertificateOfTheRightNameIsAcceptedAndTheConnectionKept) {
  EXPECT_EQ(std::get<HttpResponse>(talk("good", "ca", "127.0.0.1")).body, "safe");
  EXPECT_EQ(connections_, 1);
  EXPECT_EQ(std::get<HttpResponse>(talk("good", "ca", "localhost")).body, "safe");
}

TEST_F(TlsTest, AnUnknownAuthorityAWrongNameAndAnExpiredCertificateAreRefusedBeforeAnythingIsSent) {
  for (const auto& [certificate, authority] : std::vector<std::pair<std::string, std::string>>{
           {"good", "other"}, {"elsewhere", "ca"}, {"expired", "ca"}}) {
    const auto failure = failure_of(talk(certificate, authority, "127.0.0.1"));
    EXPECT_EQ(failure.cause, HttpCause::kTls) << certificate << " by " << authority;
    EXPECT_EQ(failure.delivery, Delivery::kNotSent);
    EXPECT_EQ(seen_, 0U);
  }
}

}  // namespace
}  // namespace erario
