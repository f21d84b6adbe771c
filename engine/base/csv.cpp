#include "engine/base/csv.hpp"

#include <algorithm>

#include "engine/base/utf8.hpp"

namespace erario {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Takes a quoted field off `rest`, which begins with its quote.
Result<std::string> take_quoted(std::string_view& rest) {
  std::string field;
  rest.remove_prefix(1);
  while (true) {
    const auto quote = rest.find('"');
    if (quote == std::string_view::npos) {
      return Error{ErrorCode::kFieldInvalid, "a quoted field must end in its line"};
    }
    field += rest.substr(0, quote);
    rest.remove_prefix(quote + 1);
    if (!rest.starts_with('"')) break;
    field += '"';
    rest.remove_prefix(1);
  }
  if (!rest.empty() && rest.front() != ',') {
    return Error{ErrorCode::kFieldInvalid, "a comma must follow a quoted field"};
  }
  return field;
}

Result<std::string> take_plain(std::string_view& rest) {
  const auto field = rest.substr(0, rest.find(','));
  rest.remove_prefix(field.size());
  if (field.find('"') != std::string_view::npos) {
    return Error{ErrorCode::kFieldInvalid, "a field with a quote must stand in quotes"};
  }
  return std::string(field);
}

}  // namespace

Result<std::vector<std::string>> split_csv_line(std::string_view line) {
  std::vector<std::string> fields;
  while (true) {
    TRY(std::string field, line.starts_with('"') ? take_quoted(line) : take_plain(line));
    fields.push_back(std::move(field));
    if (line.empty()) return fields;
    line.remove_prefix(1);  // the comma
  }
}

std::string_view broken_line_rule(std::string_view line) {
  if (!is_utf8(line)) return "must be UTF-8";
  const bool controlled = std::any_of(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == '\x7F';
  });
  return controlled ? "must not have control characters" : "";
}

CsvLines::CsvLines(std::string_view text) : rest_(text) {
  if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
}

bool CsvLines::next() {
  if (rest_.empty()) return false;
  const auto end = rest_.find('\n');
  line_ = rest_.substr(0, end);
  rest_ = end == std::string_view::npos ? std::string_view() : rest_.substr(end + 1);
  if (line_.ends_with('\r')) line_.remove_suffix(1);
  ++number_;
  return true;
}

}  // namespace erario
