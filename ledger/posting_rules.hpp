// How money events become entries: one row of a table for every event body, exhaustive at compile
// time, `none` said where no money moves. Nothing else writes the books. Pure and thread safe.
#pragma once

#include <optional>
#include <string>

#include "engine/ports/ledger.hpp"

namespace erario {

class PostingRules : public Bookkeeper {
 public:
  // Requires: the event came from decide(), so that its parts sum up (CHECK).
  std::optional<Entry> entry_for(const Event& event, EntryId id) const override;
  void chain(Entry& entry, ChainHead& head) const override;
};

// The same for an event that was read back and may have been tampered with. Fails with
// kFieldInvalid or kAmountOverflow where it does not make a balanced entry.
Result<std::optional<Entry>> derive_entry(const Event& event, EntryId id);

// Whether events of this name make an entry.
bool posts_entry(std::string_view event_name);

// What entry.hash is the SHA-256 of: the 32 bytes of entry.previous, then the entry as canonical
// JSON (RFC 8785), here laid out for reading:
//   {"at": microseconds since 1970-01-01T00:00:00Z, "currency": "MXN",
//    "description": "payment.captured", "event": "evt_…", "id": "ent_…",
//    "operating_date": "2026-03-02", "ordinal": 1,
//    "postings": [{"account": …, "amount": centavos, debits positive, "reference": …}, …],
//    "subject": "pay_…"}
std::string entry_bytes(const Entry& entry);
Sha256 entry_hash(const Entry& entry);

// The table as Markdown, for the docs.
std::string print_posting_rules();

}  // namespace erario
