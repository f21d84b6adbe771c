// Entries and postings as values, and the port through which the engine keeps books without knowing
// the rules: ledger/ implements Bookkeeper.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/digest.hpp"
#include "engine/payment/event.hpp"

namespace erario {

// One line of an entry. Debits are positive, credits negative, zero is not a posting.
struct Posting {
  std::string account;  // "assets:clearing:openpay"
  Money amount;
  std::string reference;  // what the other side's report names it by; empty where nobody does
};

struct Entry {
  EntryId id;
  EventId event;  // the one event it records
  Instant at;
  Date operating_date{};  // SPEI's operating day of `at` (deposits: their own)
  Currency currency = Currency::kMxn;
  std::string description;
  std::string subject;            // payment, deposit or statement id text
  std::vector<Posting> postings;  // sum is zero
  // The chain: entries of a lane are numbered from 1 and each holds the hash of the one before.
  std::int64_t ordinal = 0;
  Sha256 previous{};
  Sha256 hash{};
  std::int64_t lane = 1;
};

struct ChainHead {
  std::int64_t ordinal = 0;  // of the last entry; 0: none
  Sha256 hash{};             // all zero: none
  std::int64_t lane = 1;     // whose chain it is
};

class Bookkeeper {
 public:
  virtual ~Bookkeeper() = default;
  // The entry of an event, without chain fields; none for events that move no money.
  virtual std::optional<Entry> entry_for(const Event& event, EntryId id) const = 0;
  // Sets lane, ordinal, previous and hash, and advances the head.
  virtual void chain(Entry& entry, ChainHead& head) const = 0;
};

}  // namespace erario
