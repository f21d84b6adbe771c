#include "engine/base/json_object.hpp"

#include <algorithm>

#include "engine/base/shown_name.hpp"

namespace erario {

Result<JsonObject> JsonObject::open(const boost::json::value& value, std::string pointer,
                                    std::initializer_list<std::string_view> names,
                                    std::initializer_list<std::string_view> optional) {
  const boost::json::object* object = value.if_object();
  if (object == nullptr) return field_error(std::move(pointer), "must be an object");
  JsonObject reader{*object, std::move(pointer)};
  const auto missing = std::find_if(names.begin(), names.end(), [object](std::string_view name) {
    return !object->contains(name);
  });
  if (missing == names.end() && object->size() == names.size()) return reader;
  const auto is_one_of = [](std::string_view key, std::initializer_list<std::string_view> of) {
    return std::find(of.begin(), of.end(), key) != of.end();
  };
  for (const auto& [key, field] : *object) {
    if (!is_one_of(key, names) && !is_one_of(key, optional)) {
      return field_error(reader.at(shown_name(key)), "is not a field of this object",
                         ErrorCode::kFieldUnknown);
    }
  }
  if (missing == names.end()) return reader;
  return field_error(reader.at(*missing), "is required", ErrorCode::kFieldMissing);
}

Result<std::string> JsonObject::text(std::string_view name) const {
  const boost::json::string* text = field(name).if_string();
  if (text == nullptr) return field_error(at(name), "must be a text");
  if (text->size() > kJsonTextMax) return field_error(at(name), "is too long");
  return std::string(*text);
}

Result<bool> JsonObject::boolean(std::string_view name) const {
  const bool* value = field(name).if_bool();
  if (value == nullptr) return field_error(at(name), "must be true or false");
  return *value;
}

Result<std::int64_t> JsonObject::integer(std::string_view name) const {
  const std::int64_t* value = field(name).if_int64();
  if (value == nullptr) return field_error(at(name), "must be a whole number");
  return *value;
}

Result<Money> JsonObject::amount(std::string_view name) const {
  const std::int64_t* centavos = field(name).if_int64();
  if (centavos == nullptr) return field_error(at(name), "must be whole centavos");
  if (*centavos > kAmountMax.centavos || *centavos < -kAmountMax.centavos) {
    return field_error(at(name), "is larger than any amount accepted", ErrorCode::kAmountOverflow);
  }
  return Money{*centavos};
}

}  // namespace erario
