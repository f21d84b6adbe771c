#include "engine/base/web_url.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

namespace erario {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kHostNameMax = 253;
constexpr std::size_t kLabelMax = 63;
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::uint16_t kHttpPort = 80;
constexpr const char* kPlainHost =
    "must have its host in ASCII; other letters are written as punycode, like xn--mxico-bsa";

Error refused(const char* rule) {
  return Error{ErrorCode::kFieldInvalid, rule};
}

bool is_label(std::string_view label) {
  const bool plain = std::all_of(label.begin(), label.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  return plain && !label.empty() && label.size() <= kLabelMax && label.front() != '-' &&
         label.back() != '-';
}

// Of a text that is no URL, because of the letters of its host.
bool has_foreign_host(std::string_view text) {
  const auto begin = text.find("://");
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin + 3);
  text = text.substr(0, text.find_first_of("/?#"));
  return std::any_of(text.begin(), text.end(), [](char c) { return (c & 0x80) != 0; });
}

// "7", "0177", "0x7f": where a name ends so, resolvers take the whole for an IPv4 address.
bool is_number(std::string_view label) {
  const bool hexadecimal = label.starts_with("0x");
  return label.find_first_not_of(hexadecimal ? "0123456789abcdef" : "0123456789",
                                 hexadecimal ? 2 : 0) == std::string_view::npos;
}

bool is_host_name(std::string_view host) {
  if (host.size() > kHostNameMax) return false;
  for (;;) {
    const auto dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (!is_label(label)) return false;
    if (dot == std::string_view::npos) return !is_number(label);
    host.remove_prefix(dot + 1);
  }
}

struct Host {
  std::string name;
  bool is_loopback = false;
};

Result<Host> host_of(const urls::url_view& url) {
  switch (url.host_type()) {
    case urls::host_type::ipv4: {
      const auto address = url.host_ipv4_address();
      return Host{address.to_string(), address.is_loopback()};
    }
    case urls::host_type::ipv6: {
      const auto address = url.host_ipv6_address();
      return Host{address.to_string(), address.is_loopback()};
    }
    case urls::host_type::name: {
      std::string name(url.encoded_host());
      if (name.empty()) break;
      for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      if (name.find('%') != std::string::npos) return refused(kPlainHost);
      if (is_host_name(name)) return Host{name, name == "localhost"};
      return refused("must name a host, or an address in its usual form");
    }
    case urls::host_type::none:
    case urls::host_type::ipvfuture: break;
  }
  return refused("must name a host");
}

// RFC 3986 lets the digits be absent after the colon, which is a slip wherever a person writes it.
Result<std::uint16_t> port_of(const urls::url_view& url, bool tls) {
  if (!url.has_port()) return tls ? kHttpsPort : kHttpPort;
  const std::string digits(url.port());
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (failure == std::errc() && end == digits.data() + digits.size() && port != 0) return port;
  return refused("must have a port from 1 to 65535, or none");
}

}  // namespace

std::string WebUrl::authority() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  const std::string name = is_v6 ? "[" + host + "]" : host;
  return port == (tls ? kHttpsPort : kHttpPort) ? name : name + ":" + std::to_string(port);
}

std::string WebUrl::origin() const {
  return (tls ? "https://" : "http://") + authority();
}

std::string WebUrl::text() const {
  return origin() + (path.empty() ? "/" : path) + query;
}

Result<WebUrl> parse_web_url(std::string_view text) {
  constexpr const char* kShape = "must be a URL like https://host/path";
  const auto parsed = urls::parse_uri(text);
  if (parsed.has_error()) return refused(has_foreign_host(text) ? kPlainHost : kShape);
  const urls::url_view url = parsed.value();
  // Boost.URL 1.81 ends an authority where it reads no further: of https://8.8.8.8.portal.example/
  // it takes the number for the host and the rest for the path.
  const std::string path(url.encoded_path());
  if (url.has_authority() && !path.empty() && path.front() != '/') return refused(kShape);
  WebUrl read;
  read.tls = url.scheme_id() == urls::scheme::https;
  if (!read.tls && url.scheme_id() != urls::scheme::http) return refused("must be https");
  if (url.has_userinfo()) return refused("must not have a user or a password");
  TRY(Host host, host_of(url));
  if (!read.tls && !host.is_loopback) return refused("must be https, except on loopback");
  read.host = std::move(host.name);
  TRY(read.port, port_of(url, read.tls));
  read.path = path;
  if (url.has_query()) read.query = "?" + std::string(url.encoded_query());
  read.has_fragment = url.has_fragment();
  return read;
}

}  // namespace erario
