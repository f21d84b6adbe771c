// Parameters in the binary form of PostgreSQL's protocol: no quoting, no escaping, no parsing of
// numbers on either side.
#pragma once

#include <span>
#include <string>

#include "ledger/store/session.hpp"

namespace erario::store {

// A one-dimensional array of every `width`-th value, from `column` on: one column of rows. `type`
// is that of Parameter: TEXT, BIGINT or BYTES.
struct ColumnOf {
  std::span<const Value> values;
  std::size_t width = 0;
  std::size_t column = 0;
};
std::string binary_array(const ColumnOf& column, std::string_view type);

// One value; must not be null.
std::string binary_value(const Value& value);

// What a bytea column answers: "\x00ff".
std::string from_hex_bytea(std::string_view text);

}  // namespace erario::store
