// The strict reader of our own documents (quotes, receipts, events): exactly the named fields, all
// required but those called optional, each of its type, with a JSON pointer in every error. What
// portals send is read with api/fields, which collects every broken rule instead of stopping at the
// first.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/money.hpp"
#include "engine/base/result.hpp"

namespace erario {

inline constexpr std::size_t kJsonTextMax = 4'000;  // bytes of one text

class JsonObject {
 public:
  // Fails with kFieldInvalid (no object), kFieldUnknown or kFieldMissing.
  static Result<JsonObject> open(const boost::json::value& value, std::string pointer,
                                 std::initializer_list<std::string_view> names,
                                 std::initializer_list<std::string_view> optional = {});

  std::string at(std::string_view name) const { return pointer_ + "/" + std::string(name); }
  bool has(std::string_view name) const { return object_->contains(name); }
  const boost::json::value& field(std::string_view name) const { return object_->at(name); }

  // Each fails with kFieldInvalid; amounts beyond kAmountMax with kAmountOverflow.
  Result<std::string> text(std::string_view name) const;
  Result<bool> boolean(std::string_view name) const;
  Result<std::int64_t> integer(std::string_view name) const;
  Result<Money> amount(std::string_view name) const;

  // A text read by `parse`, which gives a Result.
  template <class T, class Parse>
  Result<T> parsed(std::string_view name, Parse parse) const {
    TRY(const std::string raw, text(name));
    Result<T> value = parse(raw);
    if (!value.ok()) return field_error(at(name), value.error().detail);
    return value;
  }

  // Every element by `read(value, pointer)`.
  template <class T, class Read>
  Result<std::vector<T>> list(std::string_view name, std::size_t size_max, Read read) const {
    const boost::json::array* array = field(name).if_array();
    if (array == nullptr) return field_error(at(name), "must be a list");
    if (array->size() > size_max) {
      return field_error(at(name), "must have at most " + std::to_string(size_max));
    }
    std::vector<T> values;
    values.reserve(array->size());
    for (std::size_t index = 0; index < array->size(); ++index) {
      TRY(T value, read((*array)[index], at(name) + "/" + std::to_string(index)));
      values.push_back(std::move(value));
    }
    return values;
  }

 private:
  JsonObject(const boost::json::object& object, std::string pointer)
      : object_(&object), pointer_(std::move(pointer)) {}

  const boost::json::object* object_;
  std::string pointer_;
};

}  // namespace erario
