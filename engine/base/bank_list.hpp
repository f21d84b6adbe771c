// Who takes part in SPEI, and since and until when: dated data, which changes several times a year
// and so comes from a file (ops/banks.csv). Lines "clabe,spei,name,from,until" under a line with
// those words; dates like 2026-03-02, both optional and the last one included; lines that begin
// with # are comments. All of it is UTF-8 without control characters. Immutable, pure but for
// reading the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/clabe.hpp"
#include "engine/base/time.hpp"

namespace erario {

class BankList {
 public:
  BankList() = default;  // the built-in list, whatever the day

  // Fails with kConfigInvalid at "line 7".
  static Result<BankList> parse(std::string_view text);
  // Likewise, and kIo. An empty path: the built-in list.
  static Result<BankList> read(const std::string& path);

  // Those that take part on this day, by the first digits of their CLABEs.
  BankTable on(Date date) const;

 private:
  struct Row {
    std::string clabe_code;
    Bank bank;
    Date from{};  // not ok(): always
    Date until{};
    bool holds(Date date) const {
      return (!from.ok() || from <= date) && (!until.ok() || date <= until);
    }
    bool meets(const Row& other) const;
  };
  static Result<Row> parse_row(std::string_view line);

  std::vector<Row> rows_;  // empty: the built-in list
};

}  // namespace erario
