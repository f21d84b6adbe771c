// Turns a struct into a JSON row of the journal and back. A struct T takes part by
// `template <class Self, class Visit> static void fields_of(Self& self, Visit&& visit)`, which
// calls visit("name", self.member) for each member. Pure.
#pragma once

#include <string>

#include "tests/sim/json.hpp"

namespace erario::sim {

inline void read_field(const Json& value, std::string& out) {
  out = value.scalar();
}
inline void read_field(const Json& value, bool& out) {
  out = value.is_true();
}
inline void read_field(const Json& value, Json& out) {
  out = value;
}
inline void read_field(const Json& value, std::integral auto& out) {
  const auto holder = Json::object({{"value", value}}).integer_at("value");
  out = static_cast<std::remove_reference_t<decltype(out)>>(holder.value_or(0));
}

template <class T>
Json row_of(const T& value) {
  auto row = Json::object();
  T::fields_of(value,
               [&row](const char* name, const auto& member) { row.set(name, Json(member)); });
  return row;
}

template <class T>
T from_row(const Json& row) {
  T value;
  T::fields_of(value, [&row](const char* name, auto& member) { read_field(row.at(name), member); });
  return value;
}

}  // namespace erario::sim
