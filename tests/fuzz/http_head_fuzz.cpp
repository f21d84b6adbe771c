// The raw-header gate: what passes has one framing and no control characters anywhere.
#include <algorithm>

#include "api/head.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

namespace {

bool is_plain(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

void check(const api::RequestHead& head) {
  fuzz::holds(!head.method.empty() && !head.target.empty(), "a request has a method and a target");
  fuzz::holds(head.target.size() <= api::kTargetBytesMax, "the target is bounded");
  fuzz::holds(head.headers.size() <= api::kHeadersMax, "the headers are bounded");
  fuzz::holds(!(head.chunked && head.content_length), "one framing");
  std::size_t hosts = 0;
  for (const auto& [name, value] : head.headers) {
    hosts += name == "host" ? 1U : 0U;
    fuzz::holds(!name.empty() && is_plain(name) && is_plain(value), "headers are plain");
    fuzz::holds(std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }),
                "names are lower case");
  }
  fuzz::holds(hosts <= 1, "one host");
  for (const auto& segment : head.segments) {
    fuzz::holds(is_plain(segment), "segments are plain");
    fuzz::holds(segment.find('/') == std::string::npos, "a segment holds no slash");
    fuzz::holds(segment != "." && segment != "..", "a path does not climb");
  }
  for (const auto& [name, value] : head.query) {
    fuzz::holds(is_plain(name) && is_plain(value), "the query is plain");
  }
}

}  // namespace

// Files of the corpus end their lines with LF: the head has CRLF, so that an LF becomes one, and a
// "\n" that the mutations put behind a CR stays as it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string raw;
  for (const char c : fuzz::text_of(data, size)) {
    if (c == '\n' && (raw.empty() || raw.back() != '\r')) raw += '\r';
    raw += c;
  }
  if (const auto end = raw.find("\r\n\r\n"); end != std::string::npos) raw.resize(end + 4);
  if (raw.size() > api::kHeadBytesMax || !raw.ends_with("\r\n\r\n")) return 0;
  const auto read = api::read_head(raw);
  if (const auto* head = std::get_if<api::RequestHead>(&read)) {
    check(*head);
  } else {
    const int status = std::get<api::HeadRefusal>(read).status;
    fuzz::holds(status >= 400 && status < 600, "a refusal is an error");
  }
  return 0;
}
