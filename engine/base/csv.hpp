// One line of comma-separated values (RFC 4180): a field may stand in double quotes, and must where
// it holds a comma or a quote, which is then written twice. A field does not go on in the next
// line. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.hpp"

namespace erario {

// Requires: no line break in it. Fails with kFieldInvalid saying which rule of quotes is broken.
Result<std::vector<std::string>> split_csv_line(std::string_view line);

// What every line of a file must be, comments included: UTF-8 without control characters. Empty
// where it is; else the rule.
std::string_view broken_line_rule(std::string_view line);

// The text of a file, line by line, without its line break ("\n" or "\r\n") and without the mark
// that some editors begin a file of UTF-8 with.
class CsvLines {
 public:
  explicit CsvLines(std::string_view text);
  // False at the end; `number` counts from 1, empty lines included.
  bool next();
  std::string_view line() const { return line_; }
  int number() const { return number_; }

 private:
  std::string_view rest_;
  std::string_view line_;
  int number_ = 0;
};

}  // namespace erario
