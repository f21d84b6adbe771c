#include "engine/catalogue/fields.hpp"

#include <algorithm>
#include <charconv>

namespace erario {
namespace {

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) {
    return Error{ErrorCode::kFieldInvalid, "a whole number is expected"};
  }
  return value;
}

Result<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Error{ErrorCode::kFieldInvalid, "true or false is expected"};
}

Result<std::string> parse_line(std::string_view text) {
  if (text.empty()) return Error{ErrorCode::kFieldInvalid, "the text is empty"};
  if (text.size() > kCatalogueTextBytesMax) {
    return Error{ErrorCode::kFieldInvalid,
                 "the text is longer than " + std::to_string(kCatalogueTextBytesMax) + " bytes"};
  }
  if (text.front() == ' ' || text.back() == ' ') {
    return Error{ErrorCode::kFieldInvalid, "the text begins or ends with a blank"};
  }
  // Quoted YAML can smuggle in control characters by escapes.
  const bool control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
  });
  if (control) return Error{ErrorCode::kFieldInvalid, "the text is one line without controls"};
  return std::string(text);
}

Result<std::string> parse_id(std::string_view text) {
  if (is_catalogue_id(text)) return std::string(text);
  return Error{ErrorCode::kFieldInvalid,
               "an id has 1 to 80 lower-case letters, digits, dots, dashes or underscores"};
}

}  // namespace

bool is_catalogue_id(std::string_view text) {
  if (text.empty() || text.size() > 80 || !is_lower_or_digit(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower_or_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

Fields::Fields(const YamlNode& node, std::string_view file, Problems& problems, std::string subject)
    : node_(node), file_(file), problems_(problems), subject_(std::move(subject)) {
  if (node.kind != YamlNode::Kind::kMap) problem("a map of keys is expected");
}

void Fields::problem(std::string_view rule) {
  problems_.add(place(), subject_ + ": " + std::string(rule));
}

void Fields::problem_at(std::string_view key, std::string_view rule) {
  problems_.add({file_, line_of(key)},
                subject_ + ": " + std::string(key) + ": " + std::string(rule));
}

const YamlEntry* Fields::entry(std::string_view key) const {
  const auto found = std::find_if(node_.entries.begin(), node_.entries.end(),
                                  [&](const YamlEntry& each) { return each.key == key; });
  return found == node_.entries.end() ? nullptr : &*found;
}

const YamlNode* Fields::find(std::string_view key) {
  known_.push_back(key);
  const YamlEntry* found = entry(key);
  return found == nullptr ? nullptr : &found->value;
}

const YamlNode* Fields::need(std::string_view key) {
  const YamlNode* found = find(key);
  if (found == nullptr && node_.kind == YamlNode::Kind::kMap) {
    problem("the key \"" + std::string(key) + "\" is missing");
  }
  return found;
}

bool Fields::has(std::string_view key) const {
  return entry(key) != nullptr;
}

int Fields::line_of(std::string_view key) const {
  const YamlEntry* found = entry(key);
  return found == nullptr ? node_.line : found->line;
}

bool Fields::check_text(std::string_view key, const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kText) return true;
  problem_at(key, node.kind == YamlNode::Kind::kNull ? "a value is expected, none is given"
                                                     : "one plain value is expected");
  return false;
}

std::string Fields::text(std::string_view key) {
  return value<std::string>(key, parse_line);
}

std::string Fields::text_or_empty(std::string_view key) {
  return maybe<std::string>(key, parse_line).value_or("");
}

std::string Fields::id(std::string_view key) {
  return value<std::string>(key, parse_id);
}

bool Fields::boolean_or(std::string_view key, bool fallback) {
  return maybe<bool>(key, parse_boolean).value_or(fallback);
}

std::int64_t Fields::integer(std::string_view key) {
  return value<std::int64_t>(key, parse_integer);
}

std::int64_t Fields::integer_or(std::string_view key, std::int64_t fallback) {
  return maybe_integer(key).value_or(fallback);
}

std::optional<std::int64_t> Fields::maybe_integer(std::string_view key) {
  return maybe<std::int64_t>(key, parse_integer);
}

const std::vector<YamlNode>* Fields::need_list(std::string_view key) {
  return need(key) == nullptr ? nullptr : find_list(key);
}

const std::vector<YamlNode>* Fields::find_list(std::string_view key) {
  const YamlNode* node = find(key);
  if (node == nullptr) return nullptr;
  if (node->kind == YamlNode::Kind::kList) return &node->items;
  problem_at(key, "a list is expected");
  return nullptr;
}

void Fields::finish() {
  for (const YamlEntry& each : node_.entries) {
    if (std::find(known_.begin(), known_.end(), each.key) == known_.end()) {
      problems_.add({file_, each.line}, subject_ + ": unknown key \"" + each.key + "\"");
    }
  }
}

}  // namespace erario
