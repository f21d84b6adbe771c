// Measurements of Erario's parts without HTTP, each in this process; the figures are JSON objects.
// The store is made anew in `folder` (the embedded one) or is the empty one at `url`.
#pragma once

#include <boost/json/fwd.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.hpp"

namespace erario::bench {

// W2: entries of two postings, straight into the store, in batches.
struct LedgerOptions {
  std::string folder;
  std::string url;  // empty: an embedded store in the folder
  std::int64_t entries = 100'000;
  std::vector<std::size_t> batches = {1, 16, 64, 256, 512};
};
Result<boost::json::object> measure_ledger(const LedgerOptions& options);

// SPEI payments through the commit lane, created and paid, beside one transaction each.
struct LaneOptions {
  std::string folder;
  std::string url;
  std::vector<int> waiters = {1, 16, 64, 256};
  int rounds = 3;
  double seconds = 0.6;
};
Result<boost::json::object> measure_lane(const LaneOptions& options);

// W4: explained quotes from a catalogue, on one thread.
struct QuotesOptions {
  std::string catalogue;
  std::string on = "2026-03-02";
  double seconds = 2;
};
Result<boost::json::object> measure_quotes(const QuotesOptions& options);

// W5: a day of `lines` postings against as many lines of a bank, checked against the known truth.
struct ReconciliationOptions {
  std::string folder;
  std::string url;
  std::int64_t lines = 100'000;
  std::uint64_t seed = 1;
};
Result<boost::json::object> measure_reconciliation(const ReconciliationOptions& options);

// W6: entries derived again and hash-checked, from the store at `url` and in memory; Merkle proofs
// over `leaves` leaves made and verified.
struct AuditOptions {
  std::string url;
  std::int64_t leaves = 1'000'000;
  std::int64_t entries = 200'000;  // in memory
};
Result<boost::json::object> measure_audit(const AuditOptions& options);

}  // namespace erario::bench
