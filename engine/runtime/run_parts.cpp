#include "engine/runtime/run_parts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace erario {
namespace {

class Cutter {
 public:
  Cutter(RecordRun run, const RunPartLimits& limits) : run_(std::move(run)), limits_(limits) {}

  std::vector<RecordRun> cut() {
    add_statements();
    add_claims();
    add_breaks();
    RecordRun last;
    last.rows.run = std::move(run_.rows.run);
    parts_.push_back(std::move(last));
    return std::move(parts_);
  }

 private:
  RecordRun& open_part() {
    RecordRun& part = parts_.emplace_back();
    part.rows.run.id = run_.rows.run.id;
    part.rows.run.date = run_.rows.run.date;
    part.rows.final = false;
    return part;
  }

  void add_statements() {
    std::size_t bytes = 0;
    for (StatementRow& statement : run_.rows.statements) {
      const bool full =
          !parts_.empty() && (bytes + statement.bytes.size() > limits_.bytes_max ||
                              parts_.back().rows.statements.size() >= limits_.rows_max);
      if (parts_.empty() || full) {
        open_part();
        bytes = 0;
      }
      bytes += statement.bytes.size();
      parts_.back().rows.statements.push_back(std::move(statement));
    }
  }

  // In the order of the store's key, both.
  void add_claims() {
    auto& claims = run_.rows.claims;
    auto& settlements = run_.settlements;
    std::ranges::sort(claims, {}, &Claim::key);
    std::ranges::sort(settlements, {}, &RecordRun::Settlement::claim);
    auto settlement = settlements.begin();
    for (std::size_t from = 0; from < claims.size(); from += limits_.rows_max) {
      const auto first = claims.begin() + static_cast<std::ptrdiff_t>(from);
      const auto size = std::min(limits_.rows_max, claims.size() - from);
      const auto end = first + static_cast<std::ptrdiff_t>(size);
      RecordRun& part = open_part();
      part.rows.claims.assign(std::move_iterator(first), std::move_iterator(end));
      const ClaimKey& last = part.rows.claims.back().key;
      for (; settlement != settlements.end() && settlement->claim <= last; ++settlement) {
        CHECK(std::ranges::binary_search(part.rows.claims, settlement->claim, {}, &Claim::key));
        part.settlements.push_back(std::move(*settlement));
      }
    }
    CHECK(settlement == settlements.end());
  }

  void add_breaks() {
    auto& breaks = run_.rows.breaks;
    for (std::size_t from = 0; from < breaks.size(); from += limits_.rows_max) {
      const auto first = breaks.begin() + static_cast<std::ptrdiff_t>(from);
      const auto size = std::min(limits_.rows_max, breaks.size() - from);
      RecordRun& part = open_part();
      part.rows.breaks_before = static_cast<std::int64_t>(from);
      part.rows.breaks.assign(std::move_iterator(first),
                              std::move_iterator(first + static_cast<std::ptrdiff_t>(size)));
    }
  }

  RecordRun run_;
  RunPartLimits limits_;
  std::vector<RecordRun> parts_;
};

bool is_small(const RunRows& rows, const RunPartLimits& limits) {
  std::size_t bytes = 0;
  for (const StatementRow& statement : rows.statements)
    bytes += statement.bytes.size();
  return bytes <= limits.bytes_max &&
         rows.statements.size() + rows.claims.size() + rows.breaks.size() <= limits.rows_max;
}

}  // namespace

std::vector<RecordRun> run_parts(RecordRun run, const RunPartLimits& limits) {
  CHECK(limits.rows_max > 0);
  if (!is_small(run.rows, limits)) return Cutter(std::move(run), limits).cut();
  std::vector<RecordRun> whole;
  whole.push_back(std::move(run));
  return whole;
}

}  // namespace erario
