#include "tests/sim/json.hpp"

#include <algorithm>
#include <charconv>

#include "tests/sim/text.hpp"

namespace erario::sim {
namespace {

constexpr int kDepthMax = 32;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Json> document() {
    auto value = this->value(0);
    skip_blanks();
    if (!value || at_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos)
      ++at_;
  }

  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  std::optional<Json> value(int depth) {
    skip_blanks();
    if (at_ >= text_.size() || depth > kDepthMax) return std::nullopt;
    switch (text_[at_]) {
      case '{': return object(depth);
      case '[': return array(depth);
      case '"': {
        auto characters = string();
        if (!characters) return std::nullopt;
        return Json(std::move(*characters));
      }
      default: break;
    }
    if (take("true")) return Json(true);
    if (take("false")) return Json(false);
    if (take("null")) return Json(nullptr);
    return number();
  }

  std::optional<Json> number() {
    const auto begin = at_;
    const auto digits = [this] {
      const auto first = at_;
      while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9')
        ++at_;
      return at_ - first;
    };
    take("-");
    if (!take("0") && digits() == 0) return std::nullopt;
    if (take(".") && digits() == 0) return std::nullopt;
    if (take("e") || take("E")) {
      if (!take("+")) take("-");
      if (digits() == 0) return std::nullopt;
    }
    return Json::number(std::string(text_.substr(begin, at_ - begin)));
  }

  std::optional<std::uint32_t> hex4() {
    std::uint32_t code = 0;
    const auto digits = text_.substr(at_, 4);
    const auto end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, code, 16);
    if (digits.size() != 4 || parsed.ptr != end) return std::nullopt;
    at_ += 4;
    return code;
  }

  bool escape(std::string& out) {
    if (at_ >= text_.size()) return false;
    const char mark = text_[at_++];
    constexpr std::string_view kMarks = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const auto found = kMarks.find(mark); found != kMarks.npos) {
      out.push_back(kMeanings[found]);
      return true;
    }
    if (mark != 'u') return false;
    auto code = hex4();
    if (!code || (*code >= 0xDC00 && *code < 0xE000)) return false;
    if (*code >= 0xD800 && *code < 0xDC00) {
      if (!take("\\u")) return false;
      const auto low = hex4();
      if (!low || *low < 0xDC00 || *low >= 0xE000) return false;
      code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
    }
    append_utf8(out, *code);
    return true;
  }

  std::optional<std::string> string() {
    if (!take("\"")) return std::nullopt;
    std::string out;
    while (at_ < text_.size()) {
      const char next = text_[at_++];
      if (next == '"') return out;
      if (static_cast<unsigned char>(next) < 0x20) return std::nullopt;
      if (next != '\\') {
        out.push_back(next);
      } else if (!escape(out)) {
        return std::nullopt;
      }
    }
    return std::nullopt;
  }

  std::optional<Json> array(int depth) {
    take("[");
    auto out = Json::array();
    skip_blanks();
    if (take("]")) return out;
    while (true) {
      auto item = value(depth + 1);
      if (!item) return std::nullopt;
      out.push(std::move(*item));
      skip_blanks();
      if (take("]")) return out;
      if (!take(",")) return std::nullopt;
    }
  }

  std::optional<Json> object(int depth) {
    take("{");
    std::vector<Json::Member> members;
    skip_blanks();
    if (take("}")) return Json::object();
    while (true) {
      skip_blanks();
      auto key = string();
      skip_blanks();
      if (!key || !take(":")) return std::nullopt;
      auto item = value(depth + 1);
      if (!item) return std::nullopt;
      const auto same = [&key](const Json::Member& member) { return member.first == *key; };
      if (std::any_of(members.begin(), members.end(), same)) return std::nullopt;
      members.emplace_back(std::move(*key), std::move(*item));
      skip_blanks();
      if (take("}")) return Json::object(std::move(members));
      if (!take(",")) return std::nullopt;
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

void append_quoted(std::string& out, std::string_view characters) {
  constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  for (const char next : characters) {
    const auto byte = static_cast<unsigned char>(next);
    if (next == '"' || next == '\\') {
      out.push_back('\\');
      out.push_back(next);
    } else if (byte < 0x20) {
      out.append("\\u00");
      out.push_back(kHex[byte >> 4]);
      out.push_back(kHex[byte & 15]);
    } else {
      out.push_back(next);
    }
  }
  out.push_back('"');
}

}  // namespace

Json Json::object(std::vector<Member> members) {
  Json out;
  out.kind_ = Kind::kObject;
  out.members_ = std::move(members);
  return out;
}

Json Json::array(std::vector<Json> items) {
  Json out;
  out.kind_ = Kind::kArray;
  out.items_ = std::move(items);
  return out;
}

Json Json::number(std::string text) {
  Json out;
  out.kind_ = Kind::kNumber;
  out.scalar_ = std::move(text);
  return out;
}

Json Json::pesos(std::int64_t centavos) {
  return number(pesos_text(centavos));
}

std::optional<Json> Json::parse(std::string_view text) {
  return Parser(text).document();
}

const Json& Json::at(std::string_view key) const {
  static const Json null;
  for (const auto& [name, value] : members_) {
    if (name == key) return value;
  }
  return null;
}

std::string Json::text_at(std::string_view key) const {
  const auto& member = at(key);
  return member.is_text() || member.is_number() ? member.scalar() : std::string();
}

std::optional<std::int64_t> Json::integer_at(std::string_view key) const {
  const auto& member = at(key);
  std::int64_t value = 0;
  const auto& digits = member.scalar();
  const auto end = digits.data() + digits.size();
  const auto parsed = std::from_chars(digits.data(), end, value);
  if (!member.is_number() || parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return value;
}

Json& Json::set(std::string key, Json value) {
  kind_ = Kind::kObject;
  for (auto& [name, member] : members_) {
    if (name == key) {
      member = std::move(value);
      return *this;
    }
  }
  members_.emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::push(Json value) {
  kind_ = Kind::kArray;
  items_.push_back(std::move(value));
  return *this;
}

std::string Json::dump() const {
  std::string out;
  dump_to(out);
  return out;
}

void Json::dump_to(std::string& out) const {
  switch (kind_) {
    case Kind::kNull: out.append("null"); return;
    case Kind::kBoolean:
    case Kind::kNumber: out.append(scalar_); return;
    case Kind::kText: append_quoted(out, scalar_); return;
    case Kind::kArray:
      out.push_back('[');
      for (std::size_t i = 0; i < items_.size(); ++i) {
        if (i > 0) out.push_back(',');
        items_[i].dump_to(out);
      }
      out.push_back(']');
      return;
    case Kind::kObject:
      out.push_back('{');
      for (std::size_t i = 0; i < members_.size(); ++i) {
        if (i > 0) out.push_back(',');
        append_quoted(out, members_[i].first);
        out.push_back(':');
        members_[i].second.dump_to(out);
      }
      out.push_back('}');
      return;
  }
}

}  // namespace erario::sim
