// Cursors: the key of the last row of a page, opaque to callers. Pages end one row early to learn
// whether there is more.
#pragma once

#include <string>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/ports/store.hpp"

namespace erario::store {

inline std::string encode_cursor(const std::string& key) {
  return to_base64url(key);
}

inline Result<std::string> decode_cursor(const std::string& cursor) {
  std::string text = cursor;
  for (char& c : text)
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  text.append((4 - text.size() % 4) % 4, '=');
  auto key = from_base64(text);
  if (!key.ok()) return field_error("?cursor", "is not a cursor this list gave");
  return key;
}

// The bound for "id < :before": the cursor's id, or what no id reaches.
template <class IdType>
Result<std::string> decode_id_cursor(const std::string& cursor) {
  if (cursor.empty()) return std::string("~");
  TRY(std::string key, decode_cursor(cursor));
  if (!IdType::parse(key).ok()) return field_error("?cursor", "is not a cursor this list gave");
  return key;
}

// A place in the books, "lane.ordinal" as text: the bound for "(lane, ordinal) > (:lane, :after)".
struct BookPlace {
  std::int64_t lane = 0;
  std::int64_t ordinal = 0;
};
inline std::string place_key(const Entry& entry) {
  return std::to_string(entry.lane) + "." + std::to_string(entry.ordinal);
}
inline Result<BookPlace> decode_place_cursor(const std::string& cursor) {
  if (cursor.empty()) return BookPlace{};
  TRY(const std::string key, decode_cursor(cursor));
  const auto dot = key.find('.');
  const auto number = [](const std::string& digits) {
    const bool plain = !digits.empty() && digits.size() <= 18 &&
                       digits.find_first_not_of("0123456789") == std::string::npos;
    return plain ? std::optional<std::int64_t>(std::stoll(digits)) : std::nullopt;
  };
  const auto lane = number(key.substr(0, dot));
  const auto ordinal = dot == std::string::npos ? std::nullopt : number(key.substr(dot + 1));
  if (!lane || !ordinal) return field_error("?cursor", "is not a cursor this list gave");
  return BookPlace{*lane, *ordinal};
}

// Cuts the row too many and names the last one kept.
template <class T, class KeyOf>
Paged<T> to_page(std::vector<T> rows, int limit, const KeyOf& key_of) {
  Paged<T> paged;
  if (rows.size() > static_cast<std::size_t>(limit)) {
    rows.resize(static_cast<std::size_t>(limit));
    paged.next = encode_cursor(key_of(rows.back()));
  }
  paged.rows = std::move(rows);
  return paged;
}

}  // namespace erario::store
