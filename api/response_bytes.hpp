// An answer as it goes over the wire: HTTP/1.1, its length known. Pure but for the Date header,
// which is the machine's time, whatever day a demonstration plays. Thread safe.
#pragma once

#include <string>

#include "api/http.hpp"

namespace erario::api {

struct Framing {
  bool keep_alive = false;
  bool head_only = false;  // of a HEAD request: the length is told, the body is not sent
};

std::string to_bytes(const Response& response, Framing framing);

}  // namespace erario::api
