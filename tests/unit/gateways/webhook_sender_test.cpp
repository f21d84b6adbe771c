#include "gateways/webhook_sender.hpp"

#include "tests/unit/gateways/support.hpp"

namespace erario {
namespace {

using namespace testing_support;

class WebhookSenderTest : public testing::Test {
 protected:
  std::unique_ptr<WebhookSender> sender(std::vector<std::string> allowed = {"127.0.0.0/8"}) {
    WebhookSenderConfig config;
    config.allow_networks = std::move(allowed);
    config.timeout = std::chrono::milliseconds(300);
    auto made = build_webhook_sender(std::move(config), io_.get_executor());
    EXPECT_TRUE(made.ok());
    return std::move(*made);
  }
  WebhookAnswer post(WebhookSender& sender, const std::string& url) {
    WebhookCall call;
    call.url = url;
    call.id = "evt_1";
    call.timestamp = "1772463600";
    call.signature = "v1,abc v1,def";
    call.body = "{\"id\":\"evt_1\"}";
    return run_task(io_, sender.post(std::move(call)));
  }

  boost::asio::io_context io_;
};

TEST_F(WebhookSenderTest, ACallArrivesWholeAndIsAnsweredByItsStatusAndAnExcerpt) {
  Listener listener({http_reply(200, "ok\n\x01" + std::string(500, 'x')),
                     http_reply(500, "4111 1111 1111 1111 \xff")});
  const auto hooks = sender();
  WebhookAnswer answer = post(*hooks, listener.url() + "/hooks/a%20b?portal=norte");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.excerpt.substr(0, 6), "ok  xx");
  EXPECT_LE(answer.excerpt.size(), kWebhookExcerptMax);
  answer = post(*hooks, listener.url() + "/hooks");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.excerpt.find("4111 1111"), std::string::npos) << answer.excerpt;
  const std::string sent = listener.requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST /hooks/a%20b?portal=norte HTTP/1.1\r\n")) << sent;
  for (const char* line :
       {"\r\nwebhook-id: evt_1\r\n", "\r\nwebhook-timestamp: 1772463600\r\n",
        "\r\nwebhook-signature: v1,abc v1,def\r\n", "\r\nContent-Type: application/json\r\n"})
    EXPECT_NE(sent.find(line), std::string::npos) << line;
  EXPECT_TRUE(sent.ends_with("\r\n\r\n{\"id\":\"evt_1\"}"));
}

TEST_F(WebhookSenderTest, FollowsNoRedirectAndWaitsForNobodyLong) {
  Listener elsewhere({http_reply(200, "")});
  Reply redirect;
  redirect.bytes = "HTTP/1.1 307 Temporary Redirect\r\nLocation: " + elsewhere.url() +
                   "/\r\nContent-Length: 0\r\n\r\n";
  Reply hold;
  hold.hold = true;
  Listener listener({redirect, hold});
  const auto hooks = sender();
  EXPECT_EQ(post(*hooks, listener.url()).status, 307);
  EXPECT_EQ(post(*hooks, listener.url()).failure, "timeout");
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(WebhookSenderTest, ALongAnswerIsAnAnswer) {
  const std::string page(kWebhookAnswerBytesMax + 1, 'x');
  Reply chunked;
  chunked.bytes = "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n3\r\noh \r\n10001\r\n" +
                  page + "\r\n0\r\n\r\n";
  Listener listener({http_reply(200, page), chunked, http_reply(200, "ok")});
  const auto hooks = sender();
  EXPECT_EQ(post(*hooks, listener.url()).status, 200);
  const WebhookAnswer answer = post(*hooks, listener.url());
  EXPECT_EQ(answer.status, 500);
  EXPECT_TRUE(answer.excerpt.starts_with("oh ")) << answer.excerpt;
  EXPECT_EQ(post(*hooks, listener.url()).excerpt, "ok") << "what was not read is in nobody's way";
}

TEST_F(WebhookSenderTest, CallsNoAddressThatTheInstallationDoesNotAllow) {
  Listener listener({http_reply(200, "")});
  const auto hooks = sender({});
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const WebhookAnswer answer = post(*hooks, listener.url("http", host));
    EXPECT_EQ(answer.status, 0);
    EXPECT_EQ(answer.failure, "address_refused") << host;
  }
  EXPECT_EQ(listener.connections(), 0);
}

TEST_F(WebhookSenderTest, AHostIsTheSameHoweverItIsWritten) {
  Listener listener({http_reply(200, ""), http_reply(200, "")});
  const auto hooks = sender();
  const std::string port = listener.url().substr(listener.url().rfind(':'));
  for (const char* start : {"http://localhost", "HTTP://LocalHost"})
    EXPECT_EQ(post(*hooks, start + port + "/Hooks").status, 200) << start;
  EXPECT_EQ(listener.connections(), 1) << "a connection is kept for its host";
  for (const std::string& sent : listener.requests()) {
    EXPECT_TRUE(sent.starts_with("POST /Hooks ")) << sent;
    EXPECT_NE(sent.find("\r\nHost: localhost" + port + "\r\n"), std::string::npos) << sent;
  }
}

TEST_F(WebhookSenderTest, TellsWhichUrlsAnEndpointMayHave) {
  struct Case {
    std::string url;
    bool with_loopback;
    bool without;
  };
  const std::vector<Case> cases{
      {"https://portal.example/hooks", true, true},
      {"https://portal.example:8443/hooks?a=b", true, true},
      {"https://8.8.8.8/", true, true},
      {"http://127.0.0.1:9000/hooks", true, false},
      {"https://127.0.0.1/", true, false},
      {"http://localhost:9000/hooks", true, true},  // judged when it is called
      {"http://portal.example/hooks", false, false},
      {"https://10.0.0.1/", false, false},
      {"https://[::1]/", false, false},
      {"https://[::ffff:10.0.0.1]/", false, false},
      {"HTTPS://Portal.Example/hooks", true, true},
      {"HTTPS://127.0.0.1/", true, false},
      {"https://0/", false, false},
      {"https://2130706433/", false, false},
      {"https://0x7f000001/", false, false},
      {"https://portal.example:0/", false, false},
      {"https://portal.example:99999/", false, false},
      {"https://user:word@portal.example/", false, false},
      {"https://portal.example/#part", false, false},
      {"ftp://portal.example/", false, false},
      {"https:///hooks", false, false},
      {"portal.example", false, false},
      {"https://portal.example/a b", false, false},
      {"https://portal.example/\r\nx: y", false, false},
      {"https://portal.example/" + std::string(2'000, 'x'), false, false},
      {"", false, false},
  };
  const auto with = sender();
  const auto without = sender({});
  for (const Case& row : cases) {
    EXPECT_EQ(with->check(row.url).ok(), row.with_loopback) << row.url;
    const auto checked = without->check(row.url);
    EXPECT_EQ(checked.ok(), row.without) << row.url;
    if (checked.ok()) continue;
    EXPECT_EQ(checked.error().fields.front().pointer, "url") << row.url;
  }
}

TEST_F(WebhookSenderTest, IsNotBuiltFromABrokenConfiguration) {
  WebhookSenderConfig config;
  config.allow_networks = {"localhost"};
  EXPECT_EQ(build_webhook_sender(config, io_.get_executor()).error().fields.front().pointer,
            "webhooks.allow_networks");
  config.allow_networks.clear();
  config.ca_file = "/nonexistent.pem";
  EXPECT_EQ(build_webhook_sender(config, io_.get_executor()).error().fields.front().pointer,
            "webhooks.ca_file");
}

}  // namespace
}  // namespace erario
