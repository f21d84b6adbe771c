#include "api/head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "engine/base/utf8.hpp"

namespace erario::api {
namespace {

HeadRefusal refuse(std::string detail, int status = 400) {
  return HeadRefusal{status, std::move(detail)};
}

constexpr std::array<bool, 256> make_token_characters() {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kTokenCharacters = make_token_characters();

bool is_token_character(char c) {
  return kTokenCharacters[static_cast<unsigned char>(c)];
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return is_token_character(c) || c == ':' || c == '[' || c == ']';
  });
}

// "http://host/path?query" asks for "/path?query" (RFC 9112, 3.2.2). We are one host only: the name
// decides nothing, as that of the header decides nothing.
std::optional<HeadRefusal> take_absolute_target(RequestHead& head) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (lower(head.target.substr(0, scheme.size())) != scheme) continue;
    const std::size_t end =
        std::min(head.target.find_first_of("/?#", scheme.size()), head.target.size());
    if (!is_host(std::string_view(head.target).substr(scheme.size(), end - scheme.size())))
      return refuse("the target's authority is not a host name");
    head.target.erase(0, end);
    if (!head.target.starts_with('/')) head.target.insert(0, 1, '/');
    return std::nullopt;
  }
  return std::nullopt;
}

// "METHOD SP target SP HTTP/1.x". Sets keep_alive to the version's default.
std::optional<HeadRefusal> read_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t second = first == std::string_view::npos ? first : line.find(' ', first + 1);
  if (second == std::string_view::npos || line.find(' ', second + 1) != std::string_view::npos)
    return refuse("the request line is not 'method target version'");
  const std::string_view version = line.substr(second + 1);
  if (version.size() != 8 || version.substr(0, 5) != "HTTP/")
    return refuse("the request line has no HTTP version");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return refuse("only HTTP/1.1 and HTTP/1.0 are spoken", 505);
  head.keep_alive = version == "HTTP/1.1";
  head.method = line.substr(0, first);
  if (!is_token(head.method)) return refuse("the method is not a token");
  head.target = line.substr(first + 1, second - first - 1);
  if (head.target.size() > kTargetBytesMax) return refuse("the target is too long", 414);
  if (auto refusal = take_absolute_target(head)) return refusal;
  if (head.target.empty() || head.target.front() != '/')
    return refuse("the target is not a path of this server");
  return std::nullopt;
}

std::optional<HeadRefusal> read_target(RequestHead& head) {
  const std::string_view target = head.target;
  if (std::any_of(target.begin(), target.end(),
                  [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return refuse("the target has bytes that should be percent-encoded");
  if (target.find('#') != std::string_view::npos) return refuse("the target has a fragment");
  const std::size_t question = target.find('?');
  std::string_view path = target.substr(0, question);
  path.remove_prefix(1);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    auto segment = percent_decode(path.substr(0, slash), Part::kPathSegment);
    if (!segment) return refuse("the path has a broken escape");
    if (*segment == "." || *segment == "..") return refuse("the path has dot segments");
    head.segments.push_back(std::move(*segment));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
    if (path.empty()) head.segments.emplace_back();  // a trailing slash names another resource
  }
  if (question == std::string_view::npos) return std::nullopt;
  std::string_view query = target.substr(question + 1);
  while (!query.empty()) {
    const std::size_t ampersand = query.find('&');
    const std::string_view pair = query.substr(0, ampersand);
    const std::size_t equals = pair.find('=');
    auto name = percent_decode(pair.substr(0, equals), Part::kQuery);
    auto value = equals == std::string_view::npos
                     ? std::optional<std::string>(std::string())
                     : percent_decode(pair.substr(equals + 1), Part::kQuery);
    if (!name || !value) return refuse("the query has a broken escape");
    if (!pair.empty()) head.query.emplace_back(std::move(*name), std::move(*value));
    if (ampersand == std::string_view::npos) break;
    query.remove_prefix(ampersand + 1);
  }
  return std::nullopt;
}

std::optional<HeadRefusal> read_header_line(std::string_view line, RequestHead& head) {
  if (line.front() == ' ' || line.front() == '\t') return refuse("a header line is folded");
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return refuse("a header name is not a token followed by a colon");
  const std::string_view value = trim(line.substr(colon + 1));
  for (const char c : value) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
      return refuse("a header value has a control character");
  }
  if (head.headers.size() >= kHeadersMax) return refuse("too many headers", 431);
  head.headers.emplace_back(lower(line.substr(0, colon)), std::string(value));
  return std::nullopt;
}

// Headers that decide framing, identity or meaning: two of one are a question of whom to believe.
constexpr std::array<std::string_view, 9> kOnlyOnce = {
    "host",         "content-length", "transfer-encoding", "authorization",
    "content-type", "if-none-match",  "idempotency-key",   "expect",
    "connection"};

std::optional<HeadRefusal> read_length(std::string_view text, RequestHead& head) {
  if (text.empty() ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return refuse("Content-Length is not a number");
  std::uint64_t length = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (failure != std::errc() || end != text.data() + text.size())
    return refuse("Content-Length is too large", 413);
  head.content_length = length;
  return std::nullopt;
}

std::optional<HeadRefusal> decide_framing(RequestHead& head) {
  for (const std::string_view name : kOnlyOnce) {
    const auto count = std::count_if(head.headers.begin(), head.headers.end(),
                                     [&](const auto& pair) { return pair.first == name; });
    if (count > 1) return refuse("the header " + std::string(name) + " is repeated");
  }
  const bool is_http_1_1 = head.keep_alive;
  const auto host = head.header("host");
  if (is_http_1_1 && !host) return refuse("the header host is missing");
  if (host && !is_host(*host)) return refuse("the header host is not a host name");

  const auto encoding = head.header("transfer-encoding");
  const auto length = head.header("content-length");
  if (encoding && length) return refuse("Content-Length and Transfer-Encoding exclude each other");
  if (encoding) {
    if (!is_http_1_1) return refuse("Transfer-Encoding is not part of HTTP/1.0");
    if (lower(*encoding) != "chunked")
      return refuse("the only transfer encoding spoken is chunked", 501);
    head.chunked = true;
  }
  if (length) {
    if (auto refusal = read_length(*length, head)) return refusal;
  }
  if (const auto expect = head.header("expect")) {
    if (lower(*expect) != "100-continue") return refuse("the expectation is not 100-continue", 417);
    head.expects_continue = is_http_1_1;
  }
  if (const auto connection = head.header("connection")) {
    const std::string words = lower(*connection);
    if (words.find("close") != std::string::npos) head.keep_alive = false;
    if (!is_http_1_1 && words == "keep-alive") head.keep_alive = true;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, Part part) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char c = text[at];
    if (c == '+' && part == Part::kQuery) {
      c = ' ';
    } else if (c == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[at + 1]);
      const int low = hex_digit(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      if (part == Part::kPathSegment && c == '/') return std::nullopt;
      at += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return std::nullopt;
    out.push_back(c);
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::variant<RequestHead, HeadRefusal> read_head(std::string_view raw) {
  RequestHead head;
  bool first = true;
  while (true) {
    const std::size_t end = raw.find("\r\n");
    if (end == std::string_view::npos) return refuse("the head does not end with an empty line");
    const std::string_view line = raw.substr(0, end);
    raw.remove_prefix(end + 2);
    if (std::any_of(line.begin(), line.end(),
                    [](char c) { return c == '\r' || c == '\n' || c == '\0'; }))
      return refuse("a line of the head has a lone CR, LF or NUL");
    if (line.empty()) break;
    auto refusal = first ? read_request_line(line, head) : read_header_line(line, head);
    if (refusal) return *refusal;
    first = false;
  }
  if (first) return refuse("the request line is missing");
  if (!raw.empty()) return refuse("bytes follow the head");
  if (auto refusal = read_target(head)) return *refusal;
  if (auto refusal = decide_framing(head)) return *refusal;
  return head;
}

}  // namespace erario::api
