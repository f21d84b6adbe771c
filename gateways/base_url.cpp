#include "gateways/base_url.hpp"

#include "engine/base/web_url.hpp"

namespace erario {

Result<BaseUrl> parse_base_url(const std::string& text) {
  const auto url = parse_web_url(text);
  if (!url.ok()) return field_error("base_url", url.error().detail);
  if (!url->query.empty() || url->has_fragment) {
    return field_error("base_url", "must not have a query or a fragment");
  }
  BaseUrl base;
  base.tls = url->tls;
  base.host = url->host;
  base.port = std::to_string(url->port);
  base.authority = url->authority();
  base.prefix = url->path;
  while (base.prefix.ends_with('/'))
    base.prefix.pop_back();
  return base;
}

}  // namespace erario
