#include "gateways/json_fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"

namespace erario {

namespace json = boost::json;

namespace {
constexpr std::size_t kPlainIdMax = 64;
}  // namespace

std::string text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (value == nullptr) return {};
  if (const auto* number = value->if_int64()) return std::to_string(*number);
  const auto* text = value->if_string();
  if (text == nullptr) return {};
  std::string_view view(text->data(), text->size());
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!view.empty() && blank(view.front()))
    view.remove_prefix(1);
  while (!view.empty() && blank(view.back()))
    view.remove_suffix(1);
  return std::string(view);
}

const json::object* object_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_array();
}

bool has_field(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && !value->is_null();
}

Result<Money> pesos_of(const json::object& object, std::string_view key) {
  const std::string pointer = "/" + std::string(key);
  if (!has_field(object, key)) {
    return field_error(pointer, "is required", ErrorCode::kFieldMissing);
  }
  auto amount = parse_pesos(text_of(object, key));
  if (!amount.ok()) return field_error(pointer, "must be pesos with two decimals");
  return amount;
}

Result<Money> centavos_of(const json::object& object, std::string_view key) {
  const std::string pointer = "/" + std::string(key);
  if (!has_field(object, key)) {
    return field_error(pointer, "is required", ErrorCode::kFieldMissing);
  }
  const auto* number = object.at(key).if_int64();
  const bool fits =
      number != nullptr && *number <= kAmountMax.centavos && *number >= -kAmountMax.centavos;
  if (!fits) return field_error(pointer, "must be a whole number of centavos, at most 10^12");
  return Money{*number};
}

Result<Money> charged_centavos_of(const json::object& object, std::string_view key) {
  TRY(const Money amount, centavos_of(object, key));
  if (amount < Money{}) return field_error("/" + std::string(key), "must not be negative");
  return amount;
}

Result<json::object> parse_object(std::string_view text) {
  TRY(json::value value, parse_json_with_decimals(text));
  if (auto* object = value.if_object()) return std::move(*object);
  return Error{ErrorCode::kMalformedJson, "the body must be a JSON object"};
}

void JsonText::add(std::string_view key, std::string_view value) {
  if (!members_.empty()) members_ += ',';
  members_ += json::serialize(json::string_view(key.data(), key.size()));
  members_ += ':';
  members_ += value;
}

JsonText& JsonText::text(std::string_view key, std::string_view value) {
  add(key, json::serialize(json::string_view(value.data(), value.size())));
  return *this;
}

JsonText& JsonText::optional_text(std::string_view key, std::string_view value) {
  return value.empty() ? *this : text(key, value);
}

JsonText& JsonText::number(std::string_view key, std::string_view digits) {
  add(key, digits);
  return *this;
}

JsonText& JsonText::flag(std::string_view key, bool value) {
  add(key, value ? "true" : "false");
  return *this;
}

JsonText& JsonText::object(std::string_view key, const JsonText& value) {
  add(key, value.str());
  return *this;
}

JsonText& JsonText::objects(std::string_view key, const std::vector<JsonText>& values) {
  std::string items;
  for (const auto& value : values) {
    if (!items.empty()) items += ',';
    items += value.str();
  }
  add(key, "[" + items + "]");
  return *this;
}

bool is_plain_id(std::string_view id) {
  if (id.empty() || id.size() > kPlainIdMax) return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
         std::string_view::npos;
}

std::string_view first_characters(std::string_view utf8, std::size_t characters) {
  std::size_t at = 0;
  while (at < utf8.size()) {
    const bool starts = (static_cast<unsigned char>(utf8[at]) & 0xC0U) != 0x80U;
    if (starts && characters-- == 0) break;
    ++at;
  }
  return utf8.substr(0, at);
}

}  // namespace erario
