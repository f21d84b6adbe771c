// Where a gateway is reached.
#pragma once

#include <string>

#include "engine/base/result.hpp"

namespace erario {

struct BaseUrl {
  bool tls = true;
  std::string host;  // without brackets
  std::string port;
  std::string authority;  // the Host header
  std::string prefix;     // path without a trailing slash
};

// https, or http on loopback; no user, query or fragment. Fails with kFieldInvalid at "base_url".
Result<BaseUrl> parse_base_url(const std::string& text);

}  // namespace erario
