// The invariants, each a named check with one sentence.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/model/evidence.hpp"

namespace erario::model {

// Collects what one check finds; a broken world finds the same thing a thousand times.
class Findings {
 public:
  explicit Findings(std::string_view invariant) : invariant_(invariant) {}
  void add(std::string detail);
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  std::string_view invariant_;
  int count_ = 0;
  std::vector<Finding> findings_;
};

enum class When : std::uint8_t {
  kAnytime,  // also while things are on their way
  kQuiet,    // when nothing is on its way any more
};

struct Invariant {
  std::string_view name;
  std::string_view sentence;
  When when;
  void (*check)(const Evidence& see, Findings& findings);
};
std::span<const Invariant> invariants_of_books();     // what the records alone must keep
std::span<const Invariant> invariants_of_promises();  // what the outside was promised, and knows
std::span<const Invariant> invariants_of_nights();    // reports, statements, matches and breaks
std::span<const Invariant> invariants_of_webhooks();  // what portals are owed, and hear
std::span<const Invariant> invariants_of_disputes();  // contested charges, their books and receipts
std::span<const Invariant> invariants_of_accounts();  // transfers to accounts of the PSP's

// Those of the moment: `quiet` runs all of them.
std::vector<Finding> check_invariants(Evidence see, bool quiet);

}  // namespace erario::model
