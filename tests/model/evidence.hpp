// Everything a check may look at: what the world knows, and what the records hold.
#pragma once

#include <string>
#include <vector>

#include "tests/model/calls.hpp"
#include "tests/model/ears.hpp"
#include "tests/model/memory_store.hpp"
#include "tests/model/night.hpp"
#include "tests/model/portal.hpp"

namespace erario::model {

struct Finding {
  std::string invariant;
  std::string detail;
};

// How far the log was at one moment, and a hash of all of it up to there.
struct Checkpoint {
  std::size_t events = 0;
  std::size_t entries = 0;
  std::uint64_t hash = 0;
};
// Takes checkpoints: reads on from where the last one ended.
class LogReader {
 public:
  Checkpoint read_on(const Records& records, std::size_t events, std::size_t entries);

 private:
  Checkpoint at_;
  bool started_ = false;
};

struct Books;

struct Evidence {
  const Stage& stage;
  const Records& records;
  const Portal& portal;
  const Psp& psp;
  const Spei& spei;
  const Calls& calls;
  const Night& night;
  const Ears& ears;
  const std::vector<Checkpoint>& checkpoints;
  bool clock_jumped = false;
  bool night_is_over = false;    // the days were reconciled
  const Books* books = nullptr;  // the second bookkeeper's, where everything is quiet
  int foreign_reads = 0;         // payments that a portal saw of another one's
  int own_reads_refused = 0;
  bool rerun_changed = false;  // reconciling a day once more moved something
};

// A hash of everything that money and its owners can see: payments, deposits, disputes, events,
// entries, balances, receipts, jobs and answers; `and_inbound` adds what the outside sent.
std::uint64_t digest_of(const Records& records, bool and_inbound);

}  // namespace erario::model
