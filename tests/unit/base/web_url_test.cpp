#include "engine/base/web_url.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

TEST(WebUrl, IsReadWithSchemeAndHostInTheirUsualForm) {
  struct Case {
    std::string text;
    std::string origin;
    std::uint16_t port;
    std::string target;
  };
  const std::vector<Case> cases{
      {"https://portal.example", "https://portal.example", 443, ""},
      {"HTTPS://Portal.EXAMPLE/A?B=c", "https://portal.example", 443, "/A?B=c"},
      {"https://portal.example:8443/", "https://portal.example:8443", 8443, "/"},
      {"https://portal.example:443/", "https://portal.example", 443, "/"},
      {"https://portal.example:00443/", "https://portal.example", 443, "/"},
      {"https://8.8.8.8/?a", "https://8.8.8.8", 443, "/?a"},
      {"https://[2001:DB8:0::1]:8443/", "https://[2001:db8::1]:8443", 8443, "/"},
      {"http://127.0.0.1:9000", "http://127.0.0.1:9000", 9000, ""},
      {"HTTP://LocalHost/", "http://localhost", 80, "/"},
      {"http://[::1]/", "http://[::1]", 80, "/"},
      {"https://3com.example/", "https://3com.example", 443, "/"},
      {"https://0x.example/", "https://0x.example", 443, "/"},
      {"https://xn--mxico-bsa.example/", "https://xn--mxico-bsa.example", 443, "/"},
  };
  for (const Case& row : cases) {
    const auto url = parse_web_url(row.text);
    ASSERT_TRUE(url.ok()) << row.text << " " << url.error().detail;
    EXPECT_EQ(url->origin(), row.origin) << row.text;
    EXPECT_EQ(url->port, row.port) << row.text;
    EXPECT_EQ(url->path + url->query, row.target) << row.text;
    EXPECT_EQ(url->text(), row.origin + (row.target.empty() ? "/" : row.target)) << row.text;
  }
  EXPECT_TRUE(parse_web_url("https://portal.example/#/done")->has_fragment);
}

TEST(WebUrl, WhatIsTheSameIsWrittenTheSame) {
  const std::vector<std::vector<std::string>> alike{
      {"https://a.example/", "HTTPS://A.Example", "https://a.example:443", "https://a.example/#x"},
      {"https://a.example/?b=C", "https://A.example?b=C"},
      {"https://[2001:db8::1]/", "https://[2001:DB8:0:0::1]:443/"},
      {"http://127.0.0.1/", "HTTP://127.0.0.1:80"},
  };
  for (const auto& texts : alike)
    for (const std::string& text : texts)
      EXPECT_EQ(parse_web_url(text)->text(), texts.front()) << text;
  // A path and a query say what they say.
  EXPECT_EQ(parse_web_url("https://a.example/A?B")->text(), "https://a.example/A?B");
}

TEST(WebUrl, SaysWhichRuleIsBroken) {
  const std::pair<std::vector<std::string>, std::string> table[] = {
      {{"", "portal.example", "https://a b/", "https://a/\r\nx: y", "https://[::1/",
        "https://a.example/á", "https://127.0.0.1./", "https://8.8.8.8.portal.example/",
        "http://127.0.0.1.portal.example/", "https://portal.example:443a",
        "https://portal.example:a/", "//portal.example/"},
       "must be a URL like https://host/path"},
      {{"https://á/", "https://méxico.example:443/?a", "https://m%C3%A9xico.example/",
        "https://%31%32%37.0.0.1/"},
       "must have its host in ASCII; other letters are written as punycode, like xn--mxico-bsa"},
      {{"ftp://portal.example/", "javascript:alert(1)", "httpss://portal.example/"},
       "must be https"},
      {{"https://ana@portal.example/", "https://ana:word@portal.example/", "https://@a.example/",
        "https://127.0.0.1@portal.example/", "https://127.0.0.1:80@portal.example/"},
       "must not have a user or a password"},
      {{"https:///hooks", "https:/hooks", "https://:443/", "https:portal.example",
        "https://[v1.a]/"},
       "must name a host"},
      // What resolvers read as an IPv4 address, and what they cannot read at all.
      {{"https://0/", "https://2130706433/", "https://0x7f000001/", "https://0X7F.1/",
        "https://127.1/", "https://0177.0.0.1/", "https://017700000001/", "https://1.2.3.256/",
        "https://a.0x/", "https://a..example/", "https://.example/", "https://-a.example/",
        "https://a_b.example/", "https://" + std::string(64, 'a') + ".example/"},
       "must name a host, or an address in its usual form"},
      {{"https://portal.example:/", "https://portal.example:0/", "https://portal.example:99999/",
        "https://portal.example:65536/", "http://127.0.0.1:0/"},
       "must have a port from 1 to 65535, or none"},
      {{"http://portal.example/", "http://localhost.portal.example/", "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/"},
       "must be https, except on loopback"},
  };
  for (const auto& [texts, rule] : table)
    for (const std::string& text : texts) {
      const auto url = parse_web_url(text);
      ASSERT_FALSE(url.ok()) << text;
      EXPECT_EQ(url.error().detail, rule) << text;
    }
}

}  // namespace
}  // namespace erario
