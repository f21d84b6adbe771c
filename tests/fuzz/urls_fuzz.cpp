// Web addresses that others name, and the ranges of addresses that a configuration names, over the
// same text. What a resolver takes for an address must be one that AddressRule gets to see.
#include <netdb.h>

#include <boost/asio/ip/address.hpp>
#include <string>

#include "engine/base/web_url.hpp"
#include "gateways/address_rule.hpp"
#include "tests/fuzz/errors.hpp"

using namespace erario;

namespace {

// The numeric form that the resolver of this machine gives the host, or nothing.
std::string resolved_number(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return {};
  char text[NI_MAXHOST] = {};
  const int failed = ::getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0,
                                   NI_NUMERICHOST);
  ::freeaddrinfo(found);
  return failed == 0 ? text : "";
}

void check_url(std::string_view text) {
  const auto url = parse_web_url(text);
  if (!url.ok()) return fuzz::check(url.error());
  fuzz::holds(!url->host.empty() && url->port != 0, "a URL leads somewhere");
  const auto again = parse_web_url(url->text());
  fuzz::holds(again.ok(), "a URL's own form is one");
  fuzz::holds(again->origin() == url->origin(), "a URL's own form leads to the same place");
  fuzz::holds(again->text() == url->text(), "a URL's own form is its own form");
  boost::system::error_code is_a_name;
  const auto address = boost::asio::ip::make_address(url->host, is_a_name);
  const std::string number = resolved_number(url->host);
  fuzz::holds(number.empty() == is_a_name.failed(), "a resolver's address is an address");
  if (number.empty()) return;
  fuzz::holds(boost::asio::ip::make_address(number) == address, "and it is the same");
  fuzz::holds(url->tls || address.is_loopback(), "only loopback is called without TLS");
}

void check_networks(std::string_view text) {
  const auto rule = AddressRule::create({std::string(text)});
  if (!rule.ok()) return fuzz::check(rule.error());
  const std::string first(text.substr(0, text.find('/')));
  boost::system::error_code failure;
  const auto address = boost::asio::ip::make_address(first, failure);
  fuzz::holds(!failure, "a network begins with an address");
  fuzz::holds(rule->allows(address), "a network that is allowed holds its first address");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  check_url(text);
  check_networks(text);
  return 0;
}
