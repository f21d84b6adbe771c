// Reads the keys of one YAML map by name and type, and reports every key that is missing, of the
// wrong type, or unknown. Reading goes on after a fault with a harmless value, so that one import
// names them all. Not thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/yaml_tree.hpp"

namespace erario {

inline constexpr std::size_t kCatalogueTextBytesMax = 500;

class Fields {
 public:
  // `subject` opens every message: "fee sre.passport.3y". A node that is not a map is reported.
  // `node`, `file` and `problems` must outlive this.
  Fields(const YamlNode& node, std::string_view file, Problems& problems, std::string subject);

  Place place() const { return {file_, node_.line}; }
  const std::string& subject() const { return subject_; }
  void set_subject(std::string subject) { subject_ = std::move(subject); }
  // A rule of the whole map, or of one key's value where the key is there.
  void problem(std::string_view rule);
  void problem_at(std::string_view key, std::string_view rule);

  // Null where the key is missing; `need` reports that. Both mark the key as known.
  const YamlNode* find(std::string_view key);
  const YamlNode* need(std::string_view key);
  bool has(std::string_view key) const;
  int line_of(std::string_view key) const;  // the map's line where the key is missing

  // Text, not empty, bounded; empty after a fault.
  std::string text(std::string_view key);
  std::string text_or_empty(std::string_view key);
  // Lower-case letters, digits and . _ - ; empty after a fault.
  std::string id(std::string_view key);
  bool boolean_or(std::string_view key, bool fallback);
  std::int64_t integer(std::string_view key);
  std::int64_t integer_or(std::string_view key, std::int64_t fallback);
  std::optional<std::int64_t> maybe_integer(std::string_view key);
  // The items of a list; null after a fault. An absent list is only reported by need_list.
  const std::vector<YamlNode>* need_list(std::string_view key);
  const std::vector<YamlNode>* find_list(std::string_view key);

  // Any value with a parser of text: money, decimals, dates, closed words.
  template <class T>
  std::optional<T> maybe(std::string_view key, Result<T> (*parse)(std::string_view)) {
    const YamlNode* node = find(key);
    return node == nullptr ? std::nullopt : parsed(key, *node, parse);
  }
  template <class T>
  T value(std::string_view key, Result<T> (*parse)(std::string_view)) {
    const YamlNode* node = need(key);
    if (node == nullptr) return T{};
    return parsed(key, *node, parse).value_or(T{});
  }

  // Call last: reports every key that nobody asked for.
  void finish();

 private:
  template <class T>
  std::optional<T> parsed(std::string_view key, const YamlNode& node,
                          Result<T> (*parse)(std::string_view)) {
    if (!check_text(key, node)) return std::nullopt;
    Result<T> result = parse(node.text);
    if (result.ok()) return std::move(result).value();
    const Error& error = result.error();
    problem_at(key, error.fields.empty() ? error.detail : error.fields.front().rule);
    return std::nullopt;
  }
  bool check_text(std::string_view key, const YamlNode& node);
  const YamlEntry* entry(std::string_view key) const;

  const YamlNode& node_;
  std::string_view file_;
  Problems& problems_;
  std::string subject_;
  std::vector<std::string_view> known_;
};

// Lower-case letters, digits and . _ - , 1 to 80 characters, opening with a letter or digit.
bool is_catalogue_id(std::string_view text);

}  // namespace erario
