// Web addresses that others give us: https, or http on loopback, read as RFC 3986 says. Scheme and
// host are case-insensitive. Whatever a resolver would take for an address is one here, in its
// usual form: what is judged is what is connected to. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace erario {

struct WebUrl {
  bool tls = true;
  std::string host;  // lower case; an IPv6 address without brackets
  std::uint16_t port = 443;
  std::string path;   // encoded; may be empty
  std::string query;  // encoded, with its "?"; empty: none
  bool has_fragment = false;

  // "portal.example", "[2001:db8::1]:8443": the port where it is not the scheme's own.
  std::string authority() const;
  // "https://" and the authority.
  std::string origin() const;
  // The whole in its usual form, without the fragment: whatever is written differently and is the
  // same by RFC 3986, 6.2.3 (scheme, host, port, an empty path), is written the same here.
  std::string text() const;
};

// Fails with kFieldInvalid, naming the rule and no field.
Result<WebUrl> parse_web_url(std::string_view text);

}  // namespace erario
