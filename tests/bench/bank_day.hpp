// A generated day for W5: clearing postings of one gateway, and the bank's camt.053 files that tell
// of them with known faults, in known numbers. The same seed gives the same bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/ports/store.hpp"

namespace erario::bench {

// Of all postings; lines follow from them.
struct BankDayTruth {
  std::int64_t exact = 0;            // 96 %
  std::int64_t amount_differs = 0;   // 1 %
  std::int64_t unnamed_unique = 0;   // 0.5 %: no reference, found by their amount
  std::int64_t unnamed_common = 0;   // 0.5 %: no reference, and many of that amount
  std::int64_t wrong_reference = 0;  // 1 %
  std::int64_t missing = 0;          // 0.7 %
  std::int64_t told_twice = 0;       // 0.2 %: two lines for one posting
  std::int64_t batched = 0;          // 0.1 %: up to five to a line, declared in its details
  std::int64_t lines = 0;            // entries of the statements, details of a batch not counted

  std::int64_t matched() const { return exact + unnamed_unique + batched; }
};

struct GeneratedBankDay {
  Date date{};
  std::vector<ClearingPosting> postings;
  std::vector<std::string> files;  // each one statement
  BankDayTruth truth;
};

// Requires: count is at least 2,000, so that every fault appears more than once.
GeneratedBankDay generate_bank_day(std::int64_t count, std::uint64_t seed);

}  // namespace erario::bench
