#include "ledger/store/postgres_arrays.hpp"

#include <endian.h>

#include <cstring>
#include <limits>

#include "engine/base/overloaded.hpp"

namespace erario::store {
namespace {

// The identities of built-in types never change (pg_type.dat).
constexpr std::uint32_t kByteaOid = 17;
constexpr std::uint32_t kInt8Oid = 20;
constexpr std::uint32_t kTextOid = 25;

constexpr std::size_t kHeaderBytes = 20;
constexpr std::int32_t kNullLength = -1;

std::uint32_t oid_of(std::string_view type) {
  if (type == "TEXT") return kTextOid;
  if (type == "BIGINT") return kInt8Oid;
  CHECK(type == "BYTES");
  return kByteaOid;
}

class Writer {
 public:
  void reserve(std::size_t bytes) { out_.reserve(bytes); }
  void int32(std::uint32_t number) {
    const std::uint32_t wire = htobe32(number);
    out_.append(reinterpret_cast<const char*>(&wire), sizeof wire);
  }
  void int64(std::int64_t number) {
    const std::uint64_t wire = htobe64(static_cast<std::uint64_t>(number));
    out_.append(reinterpret_cast<const char*>(&wire), sizeof wire);
  }
  void sized(std::string_view bytes) {
    if (bytes.size() > std::numeric_limits<std::int32_t>::max()) {
      throw StoreFailure(FailureKind::kOther, "a value is larger than the database takes");
    }
    int32(static_cast<std::uint32_t>(bytes.size()));
    out_.append(bytes);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

std::size_t size_of(const Value& value) {
  return std::visit(Overloaded{[](std::monostate) { return std::size_t{0}; },
                               [](std::int64_t) { return sizeof(std::int64_t); },
                               [](const std::string& text) { return text.size(); },
                               [](const Bytes& bytes) { return bytes.data.size(); }},
                    value);
}

}  // namespace

std::string binary_array(const ColumnOf& column, std::string_view type) {
  const std::size_t rows = column.values.size() / column.width;
  std::size_t bytes = kHeaderBytes;
  bool nulls = false;
  for (std::size_t row = 0; row < rows; ++row) {
    const Value& value = column.values[row * column.width + column.column];
    nulls = nulls || std::holds_alternative<std::monostate>(value);
    bytes += sizeof(std::int32_t) + size_of(value);
  }
  Writer writer;
  writer.reserve(bytes);
  writer.int32(1);  // dimensions
  writer.int32(nulls ? 1 : 0);
  writer.int32(oid_of(type));
  writer.int32(static_cast<std::uint32_t>(rows));
  writer.int32(1);  // the first index
  for (std::size_t row = 0; row < rows; ++row) {
    std::visit(
        Overloaded{[&](std::monostate) { writer.int32(static_cast<std::uint32_t>(kNullLength)); },
                   [&](std::int64_t number) {
                     CHECK(type == "BIGINT");
                     writer.int32(sizeof number);
                     writer.int64(number);
                   },
                   [&](const std::string& text) {
                     CHECK(type == "TEXT");
                     writer.sized(text);
                   },
                   [&](const Bytes& raw) {
                     CHECK(type == "BYTES");
                     writer.sized(raw.data);
                   }},
        column.values[row * column.width + column.column]);
  }
  return writer.take();
}

std::string binary_value(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    Writer writer;
    writer.int64(*number);
    return writer.take();
  }
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  CHECK(std::holds_alternative<Bytes>(value));
  return std::get<Bytes>(value).data;
}

std::string from_hex_bytea(std::string_view text) {
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    throw StoreFailure(FailureKind::kOther, "the database answers bytes in a form not asked for");
  };
  if (!text.starts_with("\\x") || text.size() % 2 != 0) digit('\\');
  text.remove_prefix(2);
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(digit(text[2 * i]) * 16 + digit(text[2 * i + 1]));
  }
  return bytes;
}

}  // namespace erario::store
