// Proves the books from the log alone: every validation below is re-derived, in memory that does
// not grow with the log. `erario ledger verify` prints the report; a running checker exports it as
// a metric. Pure: the source reads, this judges.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/audit.hpp"

namespace erario {

struct Validation {
  std::string_view name;
  std::string_view sentence;
};
// All of them, in the order they are run.
const std::vector<Validation>& validations();

struct AuditFinding {
  std::string_view validation;
  std::string where;   // "entry 12 (ent_…)", "series SRE", "pay_…"
  std::string detail;  // one sentence
};

// Findings are counted without a limit and described up to this many.
inline constexpr std::size_t kFindingsDescribedMax = 100;

struct AuditReport {
  std::int64_t events = 0;
  std::int64_t entries = 0;
  std::int64_t postings = 0;
  std::int64_t receipts = 0;
  std::int64_t payments = 0;
  // Of each lane: what to write down and compare with next time.
  std::map<std::int64_t, ChainHead> heads;
  std::map<std::string_view, std::int64_t> failed;  // findings by validation; absent: none
  std::vector<AuditFinding> findings;
  bool clean() const { return failed.empty(); }
};

// Fails with kStoreUnavailable where the source cannot be read to its end.
Result<AuditReport> audit(AuditSource& source);

}  // namespace erario
