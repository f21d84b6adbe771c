#include "api/fields.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <charconv>

#include "engine/base/card_number.hpp"
#include "engine/base/shown_name.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;

std::size_t count_characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

// Controls, and the marks that turn the direction of text: on a receipt they would show another
// name than the one that is sealed (U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069).
bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    if (byte(i) < 0x20 || byte(i) == 0x7f) return true;
    if (byte(i) != 0xE2) continue;
    const unsigned last = byte(i + 2);
    if (byte(i + 1) == 0x80 && (last == 0x8E || last == 0x8F || (last >= 0xAA && last <= 0xAE))) {
      return true;
    }
    if (byte(i + 1) == 0x81 && last >= 0xA6 && last <= 0xA9) return true;
  }
  return false;
}

std::string range_rule(IntegerRule rule) {
  return "must be a whole number from " + std::to_string(rule.minimum) + " to " +
         std::to_string(rule.maximum);
}

}  // namespace

void FieldErrors::add(ErrorCode code, std::string pointer, std::string rule) {
  if (!code_) code_ = code;
  if (fields_.size() < kFieldErrorsMax)
    fields_.push_back(FieldError{std::move(pointer), std::move(rule)});
}

void FieldErrors::add(const Error& error, std::string_view pointer) {
  if (error.fields.empty()) {
    add(error.code, std::string(pointer), error.detail);
    return;
  }
  for (const FieldError& field : error.fields)
    add(error.code, std::string(pointer) + field.pointer, field.rule);
}

Result<void> FieldErrors::result() const {
  if (fields_.empty()) return {};
  const FieldError& first = fields_.front();
  std::string detail = first.pointer + ": " + first.rule;
  if (fields_.size() > 1) detail += " (and " + std::to_string(fields_.size() - 1) + " more)";
  return Error{*code_, std::move(detail), fields_};
}

Fields::Fields(const json::value* value, std::string pointer, FieldErrors& errors)
    : pointer_(std::move(pointer)), errors_(errors) {
  if (value == nullptr) return;  // its own reader has reported it
  object_ = value->if_object();
  if (object_ == nullptr)
    errors_.add(ErrorCode::kFieldInvalid, pointer_.empty() ? "/" : pointer_, "must be an object");
}

std::string Fields::pointer_to(std::string_view name) const {
  return pointer_ + "/" + std::string(name);
}

bool Fields::has(std::string_view name) const {
  return object_ != nullptr && object_->contains(json::string_view(name.data(), name.size()));
}

bool Fields::is_empty_text(std::string_view name) const {
  if (object_ == nullptr) return false;
  const json::value* value = object_->if_contains(json::string_view(name.data(), name.size()));
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text != nullptr && text->empty();
}

const json::value* Fields::member(std::string_view name, Need need) {
  known_.emplace(name);
  if (object_ == nullptr) return nullptr;
  const json::value* value = object_->if_contains(json::string_view(name.data(), name.size()));
  if (value != nullptr && !value->is_null()) return value;
  if (need == Need::kRequired)
    errors_.add(ErrorCode::kFieldMissing, pointer_to(name), "is required");
  return nullptr;
}

std::string Fields::text(std::string_view name, TextRule rule) {
  const json::value* value = member(name, rule.need);
  if (value == nullptr) return {};
  const json::string* found = value->if_string();
  if (found == nullptr) {
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name), "must be a text");
    return {};
  }
  const std::string_view text(found->data(), found->size());
  const bool blank = text.find_first_not_of(' ') == std::string_view::npos;
  if (blank && rule.need == Need::kRequired) {
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name), "must not be empty");
    return {};
  }
  if (blank && rule.empty == Empty::kRefused) {
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name),
                "must not be empty; it may be left out");
    return {};
  }
  if (count_characters(text) > rule.characters_max) {
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name),
                "must have at most " + std::to_string(rule.characters_max) + " characters");
    return {};
  }
  if (has_control_characters(text)) {
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name), "must not have control characters");
    return {};
  }
  return std::string(text);
}

std::optional<std::int64_t> Fields::integer(std::string_view name, IntegerRule rule) {
  const json::value* value = member(name, rule.need);
  if (value == nullptr) return std::nullopt;
  const std::int64_t* number = value->if_int64();
  if (number == nullptr) {
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name),
                value->is_string() ? "must be a number, without quotes" : "must be a number");
    return std::nullopt;
  }
  if (*number < rule.minimum || *number > rule.maximum) {
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name), range_rule(rule));
    return std::nullopt;
  }
  return *number;
}

bool Fields::boolean(std::string_view name, bool fallback) {
  const json::value* value = member(name, Need::kOptional);
  if (value == nullptr) return fallback;
  const bool* flag = value->if_bool();
  if (flag == nullptr) {
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name), "must be true or false");
    return fallback;
  }
  return *flag;
}

std::optional<Money> Fields::money(std::string_view name, MoneyRule rule) {
  const json::value* value = member(name, rule.need);
  if (value == nullptr) return std::nullopt;
  Fields inner(value, pointer_to(name), errors_);
  const auto centavos = inner.integer(
      "centavos", IntegerRule{Need::kRequired, rule.minimum.centavos, kAmountMax.centavos});
  inner.parsed("currency", Need::kRequired,
               [](std::string_view text) { return parse_currency(text); });
  inner.finish();
  if (!centavos) return std::nullopt;
  return Money{*centavos};
}

std::optional<Date> Fields::date(std::string_view name, Need need) {
  return parsed(name, need, [](std::string_view text) { return parse_date(text); });
}

std::string Fields::checked(std::string_view name, TextRule rule,
                            const std::function<Result<void>(std::string_view)>& check) {
  std::string value = text(name, rule);
  if (value.empty()) return value;
  if (auto verdict = check(value); !verdict.ok())
    errors_.add(ErrorCode::kFieldInvalid, pointer_to(name), last_rule(verdict.error()));
  return value;
}

const json::array* Fields::array(std::string_view name, Need need, std::size_t elements_max) {
  const json::value* value = member(name, need);
  if (value == nullptr) return nullptr;
  const json::array* elements = value->if_array();
  if (elements != nullptr && !elements->empty() && elements->size() <= elements_max)
    return elements;
  std::string rule = "must be a list of 1 to " + std::to_string(elements_max) + " elements";
  if (need == Need::kOptional) rule += "; it may be left out";
  errors_.add(ErrorCode::kFieldInvalid, pointer_to(name), std::move(rule));
  return nullptr;
}

void Fields::finish() {
  if (object_ == nullptr) return;
  for (const auto& member : *object_) {
    const std::string_view key(member.key().data(), member.key().size());
    if (!known_.contains(key))
      errors_.add(ErrorCode::kFieldUnknown, pointer_to(shown_name(key)),
                  "is not a field of this object");
  }
}

std::string Fields::last_rule(const Error& error) {
  return error.fields.empty() ? error.detail : error.fields.back().rule;
}

QueryFields::QueryFields(const RequestHead& head, FieldErrors& errors)
    : head_(head), errors_(errors) {}

std::string QueryFields::text(std::string_view name, std::size_t characters_max) {
  known_.emplace(name);
  const auto count = std::count_if(head_.query.begin(), head_.query.end(),
                                   [&](const auto& pair) { return pair.first == name; });
  if (count == 0) return {};
  const std::string_view value = *find_pair(head_.query, name);
  if (count > 1)
    errors_.add(ErrorCode::kFieldInvalid, "?" + std::string(name), "must be given once");
  else if (value.empty())
    errors_.add(ErrorCode::kFieldInvalid, "?" + std::string(name),
                "must not be empty; it may be left out");
  if (count_characters(value) <= characters_max) return std::string(value);
  errors_.add(ErrorCode::kFieldInvalid, "?" + std::string(name),
              "must have at most " + std::to_string(characters_max) + " characters");
  return {};
}

std::optional<std::int64_t> QueryFields::integer(std::string_view name, IntegerRule rule) {
  const std::string digits = text(name);
  if (digits.empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failure == std::errc() && end == digits.data() + digits.size() && number >= rule.minimum &&
      number <= rule.maximum)
    return number;
  errors_.add(ErrorCode::kFieldInvalid, "?" + std::string(name), range_rule(rule));
  return std::nullopt;
}

Page QueryFields::page() {
  Page page;
  if (const auto limit = integer("limit", IntegerRule{Need::kOptional, 1, 200}))
    page.limit = static_cast<int>(*limit);
  page.cursor = text("cursor");
  return page;
}

void QueryFields::finish() {
  for (const auto& [name, value] : head_.query)
    if (!known_.contains(name))
      errors_.add(ErrorCode::kFieldUnknown, "?" + shown_name(name),
                  "is not a parameter of this route");
}

std::optional<std::string> find_card_number(const json::value& document,
                                            std::span<const std::string_view> exempt) {
  if (const auto* text = document.if_string())
    if (contains_card_number(std::string_view(text->data(), text->size()))) return "";
  if (const auto* number = document.if_int64())
    if (contains_card_number(std::to_string(*number))) return "";
  if (const auto* array = document.if_array()) {
    for (std::size_t i = 0; i < array->size(); ++i)
      if (const auto found = find_card_number((*array)[i])) return "/" + std::to_string(i) + *found;
  }
  if (const auto* object = document.if_object()) {
    for (const auto& member : *object) {
      const std::string_view key(member.key().data(), member.key().size());
      if (contains_card_number(key)) return "/" + shown_name(key);
      if (std::find(exempt.begin(), exempt.end(), key) != exempt.end()) continue;
      if (const auto found = find_card_number(member.value()))
        return "/" + shown_name(key) + *found;
    }
  }
  return std::nullopt;
}

}  // namespace erario::api
