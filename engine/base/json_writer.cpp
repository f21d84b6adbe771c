#include "engine/base/json_writer.hpp"

#include <algorithm>
#include <boost/json/value.hpp>
#include <charconv>
#include <utility>

namespace erario {
namespace {

namespace json = boost::json;

constexpr std::size_t kMembersUsual = 32;

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void write_escaped(char c, std::string& out) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\t': out += "\\t"; return;
    case '\n': out += "\\n"; return;
    case '\f': out += "\\f"; return;
    case '\r': out += "\\r"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 0x0F];
}

// What needs no escape, which is nearly all of it, is copied in one piece.
void write_string(std::string_view text, std::string& out) {
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_plain(text[i])) continue;
    out.append(text, copied, i - copied);
    write_escaped(text[i], out);
    copied = i + 1;
  }
  out.append(text, copied);
  out += '"';
}

// RFC 8785 sorts by UTF-16 code units. That is the order of UTF-8 bytes, except that characters
// beyond U+FFFF (first byte F0 to F4) come before U+E000 to U+FFFF (first byte EE or EF).
int utf16_rank(char c) {
  const int byte = static_cast<unsigned char>(c);
  return byte == 0xEE || byte == 0xEF ? byte + 0x10 : byte;
}

bool utf16_less(std::string_view a, std::string_view b) {
  const auto [left, right] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  if (left == a.end() || right == b.end()) return left == a.end() && right != b.end();
  return utf16_rank(*left) < utf16_rank(*right);
}

}  // namespace

// ---- Values ----

JsonWriter::JsonWriter(std::size_t bytes_usual) {
  out_.reserve(bytes_usual);
  members_.reserve(kMembersUsual);
}

void JsonWriter::text(std::string_view it) {
  write_string(it, out_);
}

void JsonWriter::id(std::string_view prefix, const IdBytes& bytes) {
  out_ += '"';
  append_id_text(prefix, bytes, out_);
  out_ += '"';
}

void JsonWriter::integer(std::int64_t it) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), it).ptr;
  out_.append(digits.begin(), end);
}

void JsonWriter::boolean(bool it) {
  out_ += it ? "true" : "false";
}

void JsonWriter::null() {
  out_ += "null";
}

void JsonWriter::tree(const json::value& it) {
  switch (it.kind()) {
    case json::kind::null: return null();
    case json::kind::bool_: return boolean(it.get_bool());
    case json::kind::int64: return integer(it.get_int64());
    case json::kind::uint64: {
      const std::uint64_t number = it.get_uint64();
      CHECK(std::in_range<std::int64_t>(number));
      return integer(static_cast<std::int64_t>(number));
    }
    case json::kind::string: return text(it.get_string());
    case json::kind::array: return value(it.get_array());
    case json::kind::object: return tree(it.get_object());
    case json::kind::double_: break;
  }
  CHECK(!"canonical JSON holds no floating-point number");
}

void JsonWriter::tree(const json::object& it) {
  JsonMembers members(*this);
  for (const auto& member : it)
    members(member.key(), member.value());
}

std::string JsonWriter::take() {
  CHECK(members_.empty());
  return std::exchange(out_, {});
}

void write_json(JsonWriter& out, const std::map<std::string, std::string>& texts) {
  JsonMembers members(out);
  for (const auto& [name, text] : texts)
    members(name, text);
}

// ---- Objects ----

JsonMembers::JsonMembers(JsonWriter& out) : out_(out), first_(out.members_.size()) {
  out_.out_ += '{';
}

JsonMembers::~JsonMembers() {
  if (!sorted_) sort();
  out_.members_.resize(first_);
  out_.out_ += '}';
}

void JsonMembers::begin(std::string_view name) {
  std::string& out = out_.out_;
  auto& members = out_.members_;
  if (members.size() > first_) {
    sorted_ = sorted_ && utf16_less(members.back().name, name);
    out += ',';
  }
  members.push_back({name, out.size()});
  write_string(name, out);
  out += ':';
}

// The members' texts are taken out and put back in order.
void JsonMembers::sort() {
  struct Part {
    std::string_view name;
    std::string_view text;
  };
  std::string& out = out_.out_;
  const auto& members = out_.members_;
  const std::size_t begin = members[first_].begin;
  out_.sorting_.assign(out, begin);
  const std::string_view copy = out_.sorting_;
  std::vector<Part> parts;
  parts.reserve(members.size() - first_);
  for (std::size_t i = first_; i < members.size(); ++i) {
    const std::size_t end = i + 1 < members.size() ? members[i + 1].begin - 1 : out.size();
    parts.push_back(
        {members[i].name, copy.substr(members[i].begin - begin, end - members[i].begin)});
  }
  std::sort(parts.begin(), parts.end(),
            [](const Part& a, const Part& b) { return utf16_less(a.name, b.name); });
  out.resize(begin);
  for (const Part& part : parts) {
    if (out.size() > begin) out += ',';
    out += part.text;
  }
}

}  // namespace erario
