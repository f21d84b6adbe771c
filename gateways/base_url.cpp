#include "gateways/base_url.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace erario {
namespace {

bool is_loopback(const std::string& host) {
  if (host == "localhost") return true;
  boost::system::error_code bad;
  const auto address = boost::asio::ip::make_address(host, bad);
  return !bad && address.is_loopback();
}

}  // namespace

Result<BaseUrl> parse_base_url(const std::string& text) {
  const auto refuse = [](const char* rule) { return field_error("base_url", rule); };
  const auto parsed = boost::urls::parse_uri(text);
  if (parsed.has_error()) return refuse("must be a URL like https://host:port/path");
  const auto& url = parsed.value();
  if (url.scheme() != "https" && url.scheme() != "http") return refuse("must be https");
  if (url.has_query() || url.has_fragment() || url.has_userinfo()) {
    return refuse("must not have a user, a query or a fragment");
  }
  BaseUrl base;
  base.tls = url.scheme() == "https";
  base.host = std::string(url.encoded_host_address());
  if (base.host.empty()) return refuse("must name a host");
  if (!base.tls && !is_loopback(base.host)) return refuse("must be https, except on loopback");
  base.port = std::string(url.port());
  base.authority = std::string(url.encoded_host_and_port());
  if (base.port.empty()) base.port = base.tls ? "443" : "80";
  base.prefix = std::string(url.encoded_path());
  while (base.prefix.ends_with('/'))
    base.prefix.pop_back();
  return base;
}

}  // namespace erario
