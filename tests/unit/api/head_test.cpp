#include "api/head.hpp"

#include <gtest/gtest.h>

namespace erario::api {
namespace {

RequestHead accepted(const std::string& raw) {
  auto read = read_head(raw);
  const auto* refusal = std::get_if<HeadRefusal>(&read);
  EXPECT_EQ(refusal, nullptr) << (refusal == nullptr ? "" : refusal->detail);
  return refusal == nullptr ? std::get<RequestHead>(read) : RequestHead{};
}

int refused(const std::string& raw) {
  auto read = read_head(raw);
  const auto* refusal = std::get_if<HeadRefusal>(&read);
  return refusal == nullptr ? 0 : refusal->status;
}

TEST(Head, ReadsPathQueryAndHeaders) {
  const RequestHead head = accepted(
      "GET /v1/services/sre.passport%2E10y?q=tr%C3%A1mite+nuevo&limit=5 HTTP/1.1\r\n"
      "Host: pagos.example:8443\r\nX-Thing:  a b \t\r\nContent-Length: 12\r\n\r\n");
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.segments, (std::vector<std::string>{"v1", "services", "sre.passport.10y"}));
  EXPECT_EQ(find_pair(head.query, "q"), "trámite nuevo");
  EXPECT_EQ(find_pair(head.query, "limit"), "5");
  EXPECT_EQ(head.header("x-thing"), "a b");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_TRUE(head.keep_alive);
  EXPECT_TRUE(head.has_body());
}

TEST(Head, AnAbsoluteTargetNamesTheSameThingAsItsPath) {
  for (const auto& [target, path] : std::vector<std::pair<std::string, std::string>>{
           {"http://a/v1/services?q=x", "/v1/services?q=x"},
           {"HTTPS://pagos.example:8443/v1/services?q=x", "/v1/services?q=x"},
           {"http://[::1]:8443/", "/"},
           {"http://a", "/"},
           {"http://a?q=x", "/?q=x"},
       }) {
    const RequestHead plain = accepted("GET " + path + " HTTP/1.1\r\nHost: b\r\n\r\n");
    const RequestHead head = accepted("GET " + target + " HTTP/1.1\r\nHost: b\r\n\r\n");
    EXPECT_EQ(head.target, path);
    EXPECT_EQ(head.segments, plain.segments) << target;
    EXPECT_EQ(head.query, plain.query) << target;
  }
}

TEST(Head, KnowsWhoWantsToStayConnected) {
  EXPECT_FALSE(accepted("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(accepted("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
  EXPECT_TRUE(
      accepted("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

struct Refusal {
  const char* name;
  std::string raw;
  int status;
};

// The forms on which two servers have disagreed about where a request ends or for whom it is.
TEST(Head, RefusesEveryDoubtfulFraming) {
  const std::string get = "GET / HTTP/1.1\r\n";
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const Refusal table[] = {
      {"length and chunked", post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"chunked and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n", 400},
      {"two lengths", post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\n", 400},
      {"two equal lengths", post + "Content-Length: 4\r\nContent-Length: 4\r\n\r\n", 400},
      {"a list of lengths", post + "Content-Length: 4, 4\r\n\r\n", 400},
      {"a signed length", post + "Content-Length: +4\r\n\r\n", 400},
      {"a negative length", post + "Content-Length: -1\r\n\r\n", 400},
      {"a hexadecimal length", post + "Content-Length: 0x4\r\n\r\n", 400},
      {"an empty length", post + "Content-Length:\r\n\r\n", 400},
      {"a length beyond 64 bits", post + "Content-Length: 99999999999999999999\r\n\r\n", 413},
      {"two encodings", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n", 400},
      {"a list of encodings", post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"a misspelt encoding", post + "Transfer-Encoding: xchunked\r\n\r\n", 501},
      {"an encoding with a tab", post + "Transfer-Encoding:\tchunked\x0b\r\n\r\n", 400},
      {"a blank before the colon", post + "Transfer-Encoding : chunked\r\n\r\n", 400},
      {"chunked on 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"a folded line", post + "X: a\r\n b\r\n\r\n", 400},
      {"a folded first line", get + " Host: a\r\n\r\n", 400},
      {"two hosts", get + "Host: a\r\nHost: b\r\n\r\n", 400},
      {"no host", get + "\r\n", 400},
      {"an empty host", get + "Host:\r\n\r\n", 400},
      {"a host with a blank", get + "Host: a b\r\n\r\n", 400},
      {"a host with a path", get + "Host: a/b\r\n\r\n", 400},
      {"a lone LF", get + "Host: a\nX: b\r\n\r\n", 400},
      {"a lone CR", get + "Host: a\rX: b\r\n\r\n", 400},
      {"a NUL", get + std::string("Host: a\0b\r\n\r\n", 13), 400},
      {"a control character", get + "Host: a\r\nX: \x01\r\n\r\n", 400},
      {"a header without colon", get + "Host: a\r\nnonsense\r\n\r\n", 400},
      {"a header without name", get + "Host: a\r\n: b\r\n\r\n", 400},
      {"two authorizations", get + "Host: a\r\nAuthorization: x\r\nAuthorization: y\r\n\r\n", 400},
      {"two idempotency keys", post + "Idempotency-Key: x\r\nIdempotency-Key: y\r\n\r\n", 400},
      {"an absolute target of nobody", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an absolute target with a user", "GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an absolute target that climbs", "GET http://a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an absolute target with a fragment", "GET http://a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an absolute target without a host", "GET http://a/ HTTP/1.1\r\n\r\n", 400},
      {"another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an asterisk", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an authority", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"raw bytes in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an escaped slash", "GET /a%2Fb HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an escaped NUL", "GET /a%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an escaped line end", "GET /a?b=%0d%0aX:y HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a path that climbs", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an escaped dot segment", "GET /a/%2E%2e HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"a broken escape", "GET /a%2 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"overlong UTF-8", "GET /%c0%af HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"no version", "GET /\r\nHost: a\r\n\r\n", 400},
      {"another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505},
      {"a version that is none", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", 400},
      {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n", 400},
      {"a method that is none", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"another expectation", post + "Expect: 200-ok\r\n\r\n", 417},
  };
  for (const Refusal& row : table)
    EXPECT_EQ(refused(row.raw), row.status) << row.name;
}

TEST(Head, BoundsTheTargetAndTheNumberOfHeaders) {
  EXPECT_EQ(refused("GET /" + std::string(kTargetBytesMax, 'a') + " HTTP/1.1\r\nHost: a\r\n\r\n"),
            414);
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (std::size_t i = 0; i < kHeadersMax; ++i)
    many += "X" + std::to_string(i) + ": b\r\n";
  EXPECT_EQ(refused(many + "\r\n"), 431);
}

}  // namespace
}  // namespace erario::api
