// The raw-header gate: reads the bytes of a request head and refuses every framing on which two
// servers might disagree, before any library or route sees it. Stricter than RFC 9112 on purpose.
// Pure; the fuzz target of the HTTP head.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "api/http.hpp"

namespace erario::api {

inline constexpr std::size_t kHeadersMax = 100;
inline constexpr std::size_t kTargetBytesMax = 4 * 1024;

// The connection is closed after it, whatever the status: framing is in doubt.
struct HeadRefusal {
  int status = 400;
  std::string detail;
};

// `raw` ends with the empty line ("\r\n\r\n") and holds nothing behind it.
std::variant<RequestHead, HeadRefusal> read_head(std::string_view raw);

// Percent-decodes one path segment or query part. Nothing for a broken escape, a control character
// or bytes that are not UTF-8; in a path segment also for an escaped slash.
enum class Part { kPathSegment, kQuery };
std::optional<std::string> percent_decode(std::string_view text, Part part);

}  // namespace erario::api
