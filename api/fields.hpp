// The one way outside fields are read: each call names a field and its rule, every broken rule is
// collected with its JSON pointer, and what nobody asked for is an unknown field. Readers return a
// harmless default after a broken rule, so that all errors of a body are found in one pass.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/http.hpp"
#include "engine/base/id.hpp"
#include "engine/base/money.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

namespace erario::api {

// One request's broken rules. After kFieldErrorsMax the rest is left out.
inline constexpr std::size_t kFieldErrorsMax = 50;
class FieldErrors {
 public:
  void add(ErrorCode code, std::string pointer, std::string rule);
  // Takes over the pointers of an error found deeper, below `pointer`.
  void add(const Error& error, std::string_view pointer);
  bool empty() const { return fields_.empty(); }
  // The first broken rule gives the code, all of them the list.
  Result<void> result() const;

 private:
  std::optional<ErrorCode> code_;
  std::vector<FieldError> fields_;
};

enum class Need { kRequired, kOptional };

// What an optional text that is empty means: the same as an absent one, or a slip, where absence
// means something of its own.
enum class Empty { kAbsent, kRefused };

struct TextRule {
  Need need = Need::kRequired;
  std::size_t characters_max = 255;
  Empty empty = Empty::kAbsent;
};
struct IntegerRule {
  Need need = Need::kRequired;
  std::int64_t minimum = 0;
  std::int64_t maximum = 0;
};
struct MoneyRule {
  Need need = Need::kRequired;
  Money minimum{1};
};

// An object's members. Call finish() last: it reports unknown fields.
class Fields {
 public:
  // The value may be absent (null pointer) or no object: both are reported at `pointer`.
  Fields(const boost::json::value* value, std::string pointer, FieldErrors& errors);

  bool has(std::string_view name) const;
  // No control characters; null is the same as absent.
  std::string text(std::string_view name, TextRule rule);
  std::optional<std::int64_t> integer(std::string_view name, IntegerRule rule);
  bool boolean(std::string_view name, bool fallback);
  // {"centavos": 244000, "currency": "MXN"}
  std::optional<Money> money(std::string_view name, MoneyRule rule);
  std::optional<Date> date(std::string_view name, Need need);
  // Any Result-returning parser of a text.
  template <class Parse>
  auto parsed(std::string_view name, Need need, Parse parse)
      -> std::optional<std::decay_t<decltype(parse(std::string_view()).value())>> {
    const std::string raw = text(name, TextRule{need, 255});
    // An empty text is a wrong value, not an absent one; a required one is reported already.
    if (raw.empty() && (need == Need::kRequired || !is_empty_text(name))) return std::nullopt;
    auto value = parse(std::string_view(raw));
    if (value.ok()) return *std::move(value);
    errors_.add(value.error().code, pointer_to(name), last_rule(value.error()));
    return std::nullopt;
  }
  // A check that returns Result<void>, on an optional text.
  std::string checked(std::string_view name, TextRule rule,
                      const std::function<Result<void>(std::string_view)>& check);
  // The raw member, marked as known; null when absent or JSON null.
  const boost::json::value* member(std::string_view name, Need need);
  // One element at least: an optional list is left out, not empty.
  const boost::json::array* array(std::string_view name, Need need, std::size_t elements_max);

  std::string pointer_to(std::string_view name) const;
  FieldErrors& errors() { return errors_; }
  void finish();

  static std::string last_rule(const Error& error);

 private:
  bool is_empty_text(std::string_view name) const;

  const boost::json::object* object_ = nullptr;
  std::string pointer_;
  FieldErrors& errors_;
  std::set<std::string, std::less<>> known_;
};

// Query parameters under the same regime; pointers are "?name". One that is given has a value: a
// filter of nothing would be a list of everything.
class QueryFields {
 public:
  QueryFields(const RequestHead& head, FieldErrors& errors);
  std::string text(std::string_view name, std::size_t characters_max = 255);
  std::optional<std::int64_t> integer(std::string_view name, IntegerRule rule);
  template <class Parse>
  auto parsed(std::string_view name, Parse parse)
      -> std::optional<std::decay_t<decltype(parse(std::string_view()).value())>> {
    const std::string raw = text(name);
    if (raw.empty()) return std::nullopt;
    auto value = parse(std::string_view(raw));
    if (value.ok()) return *std::move(value);
    errors_.add(value.error().code, "?" + std::string(name), Fields::last_rule(value.error()));
    return std::nullopt;
  }
  // `limit` (1..200, 50) and `cursor`.
  Page page();
  void finish();

 private:
  const RequestHead& head_;
  FieldErrors& errors_;
  std::set<std::string, std::less<>> known_;
};

// Where a payment card number hides in a key or value of the document, `exempt` members of the top
// level left out: a JSON pointer, empty for the document itself. Numbers count as their digits.
std::optional<std::string> find_card_number(const boost::json::value& document,
                                            std::span<const std::string_view> exempt = {});
// The refusal of it.
inline constexpr std::string_view kNoCardNumbers =
    "holds a payment card number, which this service refuses";

}  // namespace erario::api
