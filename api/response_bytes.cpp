#include "api/response_bytes.hpp"

#include <boost/beast/http/status.hpp>
#include <ctime>
#include <initializer_list>

namespace erario::api {
namespace {

namespace http = boost::beast::http;

// "Mon, 02 Mar 2026 16:00:00 GMT", made once a second.
std::string_view http_date() {
  thread_local std::time_t made = 0;
  thread_local char text[40];
  thread_local std::size_t length = 0;
  const std::time_t now = std::time(nullptr);
  if (now != made) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    length = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    made = now;
  }
  return {text, length};
}

}  // namespace

// Header values have no control characters: Response::set() sees to it.
std::string to_bytes(const Response& response, Framing framing) {
  std::string out = "HTTP/1.1 ";
  const auto add = [&out](std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts)
      out += part;
  };
  out.reserve(512 + response.body.size());
  const auto status = http::int_to_status(static_cast<unsigned>(response.status));
  const auto reason = http::obsolete_reason(status);
  add({std::to_string(response.status), " ", {reason.data(), reason.size()}, "\r\n"});
  for (const auto& [name, value] : response.headers)
    add({name, ": ", value, "\r\n"});
  add({"Date: ", http_date(), "\r\n"});
  if (response.status != 204 && response.status != 304)
    add({"Content-Length: ", std::to_string(response.body.size()), "\r\n"});
  if (!framing.keep_alive) out += "Connection: close\r\n";
  out += "\r\n";
  if (!framing.head_only) out += response.body;
  return out;
}

}  // namespace erario::api
