// A JSON value that keeps every number as the text it was written with, so that pesos never pass
// through a binary float and answers read 2440.00, not 2.44E3. Objects keep their order. Not for
// speed. Values are plain data, safe to copy between threads.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace erario::sim {

class Json {
 public:
  enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kText, kArray, kObject };
  using Member = std::pair<std::string, Json>;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(std::same_as<bool> auto value) : kind_(Kind::kBoolean), scalar_(value ? "true" : "false") {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) Json(T value)
      : kind_(Kind::kNumber), scalar_(std::to_string(value)) {}
  Json(std::string value) : kind_(Kind::kText), scalar_(std::move(value)) {}
  Json(std::string_view value) : Json(std::string(value)) {}
  Json(const char* value) : Json(std::string(value)) {}

  static Json object(std::vector<Member> members = {});
  static Json array(std::vector<Json> items = {});
  // A number exactly as written. Requires: `text` is a JSON number.
  static Json number(std::string text);
  // Pesos with two decimals: 244000 becomes 2440.00.
  static Json pesos(std::int64_t centavos);

  // Strict RFC 8259, at most 32 levels; empty on any error, duplicate keys included.
  static std::optional<Json> parse(std::string_view text);

  Kind kind() const { return kind_; }
  bool is_null() const { return kind_ == Kind::kNull; }
  bool is_text() const { return kind_ == Kind::kText; }
  bool is_number() const { return kind_ == Kind::kNumber; }
  bool is_object() const { return kind_ == Kind::kObject; }
  bool is_true() const { return kind_ == Kind::kBoolean && scalar_ == "true"; }
  // The characters of a text, or the literal of a number or boolean.
  const std::string& scalar() const { return scalar_; }
  const std::vector<Json>& items() const { return items_; }
  const std::vector<Member>& members() const { return members_; }

  // The member, or null when absent (also when this is not an object).
  const Json& at(std::string_view key) const;
  bool has(std::string_view key) const { return !at(key).is_null(); }
  // The member as characters: texts and number literals; empty otherwise.
  std::string text_at(std::string_view key) const;
  // The member as an integer written without point or exponent.
  std::optional<std::int64_t> integer_at(std::string_view key) const;

  Json& set(std::string key, Json value);
  Json& push(Json value);
  std::string dump() const;

 private:
  void dump_to(std::string& out) const;

  Kind kind_ = Kind::kNull;
  std::string scalar_;
  std::vector<Json> items_;
  std::vector<Member> members_;
};

}  // namespace erario::sim
