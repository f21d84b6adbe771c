// One table of the configuration file: reads each key once and reports every rule that is broken
// and every key that nobody asked for. Values are those of TOML, without conversions.
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"

namespace erario::api {

struct Problems {
  std::vector<FieldError> fields;
  void add(std::string key, std::string rule) {
    fields.push_back(FieldError{std::move(key), std::move(rule)});
  }
};

// A list that is empty says nothing that leaving it out would not say better.
inline constexpr std::string_view kEmptyListRule = "must name one at least, or be left out";

class Section {
 public:
  Section(const toml::table* table, std::string name, Problems& problems)
      : table_(table), name_(std::move(name)), problems_(problems) {}

  bool present() const { return table_ != nullptr; }
  std::string key(std::string_view name) const {
    return name_.empty() ? std::string(name) : name_ + "." + std::string(name);
  }

  std::string text(std::string_view name, bool required) {
    const toml::node* node = find(name, required);
    if (node == nullptr) return {};
    const auto value = node->value_exact<std::string>();
    if (!value || (required && value->empty())) {
      problems_.add(key(name), required ? "must be a text that is not empty" : "must be a text");
      return {};
    }
    return *value;
  }
  int integer(std::string_view name, int fallback, int minimum, int maximum) {
    const toml::node* node = find(name, false);
    if (node == nullptr) return fallback;
    const auto value = node->value_exact<std::int64_t>();
    if (value && *value >= minimum && *value <= maximum) return static_cast<int>(*value);
    problems_.add(key(name), "must be a whole number from " + std::to_string(minimum) + " to " +
                                 std::to_string(maximum));
    return fallback;
  }
  bool boolean(std::string_view name, bool fallback) {
    const toml::node* node = find(name, false);
    if (node == nullptr) return fallback;
    const auto value = node->value_exact<bool>();
    if (!value) problems_.add(key(name), "must be true or false");
    return value.value_or(fallback);
  }
  std::vector<std::string> texts(std::string_view name) {
    std::vector<std::string> all;
    const toml::node* node = find(name, false);
    if (node == nullptr) return all;
    const toml::array* array = node->as_array();
    if (array == nullptr) {
      problems_.add(key(name), "must be a list of texts");
      return all;
    }
    for (const toml::node& element : *array) {
      const auto value = element.value_exact<std::string>();
      if (value)
        all.push_back(*value);
      else
        problems_.add(key(name), "must be a list of texts");
    }
    return all;
  }
  const toml::node* find(std::string_view name, bool required) {
    known_.emplace(name);
    const toml::node* node = table_ == nullptr ? nullptr : table_->get(name);
    if (node == nullptr && required) problems_.add(key(name), "is required");
    return node;
  }
  Section table(std::string_view name, bool required) {
    const toml::node* node = find(name, required);
    if (node != nullptr && !node->is_table())
      problems_.add(key(name), "must be a table: { name = value, … }");
    return Section(node == nullptr ? nullptr : node->as_table(), key(name), problems_);
  }
  std::vector<std::string> names() const {
    std::vector<std::string> all;
    if (table_ == nullptr) return all;
    for (const auto& [name, node] : *table_)
      all.emplace_back(name.str());
    return all;
  }
  // Everything not read so far, as texts; a list is its texts with commas between them.
  std::map<std::string, std::string> rest() {
    std::map<std::string, std::string> all;
    if (table_ == nullptr) return all;
    for (const auto& [name, node] : *table_) {
      if (known_.contains(name.str())) continue;
      known_.emplace(name.str());
      if (const auto text = node.value_exact<std::string>())
        all.emplace(name.str(), *text);
      else if (const auto number = node.value_exact<std::int64_t>())
        all.emplace(name.str(), std::to_string(*number));
      else if (const auto flag = node.value_exact<bool>())
        all.emplace(name.str(), *flag ? "true" : "false");
      else if (const auto joined = joined_texts(node))
        all.emplace(name.str(), *joined);
      else if (const auto* array = node.as_array(); array != nullptr && array->empty())
        problems_.add(key(name.str()), std::string(kEmptyListRule));
      else
        problems_.add(key(name.str()),
                      "must be a text, a whole number, true, false or a list of texts without "
                      "commas");
    }
    return all;
  }
  void finish() {
    if (table_ == nullptr) return;
    for (const auto& [name, node] : *table_)
      if (!known_.contains(name.str())) problems_.add(key(name.str()), "is not a known key");
  }

 private:
  static std::optional<std::string> joined_texts(const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr || array->empty()) return std::nullopt;
    std::string joined;
    for (const toml::node& element : *array) {
      const auto text = element.value_exact<std::string>();
      if (!text || text->empty() || text->find(',') != std::string::npos) return std::nullopt;
      joined += (joined.empty() ? "" : ",") + *text;
    }
    return joined;
  }

  const toml::table* table_;
  std::string name_;
  Problems& problems_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace erario::api
