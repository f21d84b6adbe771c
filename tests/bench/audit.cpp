// How fast the books are proved: the whole audit from a store; in memory, where the log and the
// entries are at hand already, deriving each entry again and checking its hash and the chain; and
// Merkle proofs.
#include "ledger/audit.hpp"

#include <boost/json/object.hpp>

#include "engine/base/merkle.hpp"
#include "ledger/posting_rules.hpp"
#include "tests/bench/bench_store.hpp"
#include "tests/bench/in_process.hpp"

namespace erario::bench {
namespace {

constexpr double kSeconds = 1;
constexpr std::size_t kProofs = 256;

Result<boost::json::object> audit_store(const std::string& url) {
  TRY(const auto source, open_audit(url));
  const Stopwatch watch;
  TRY(const AuditReport report, audit(*source));
  const double seconds = watch.seconds();
  return boost::json::object{{"entries", report.entries},
                             {"events", report.events},
                             {"clean", report.clean()},
                             {"seconds", seconds},
                             {"entries_per_second", static_cast<double>(report.entries) / seconds}};
}

struct Recorded {
  Event event;
  Entry entry;
};

std::vector<Recorded> record_entries(std::int64_t count) {
  SystemClock clock;
  SystemRandom random;
  const PostingRules rules;
  ChainHead head;
  std::vector<Recorded> books;
  books.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    SettlementMatched body{"stp",
                           "treasury",
                           "BENCH" + std::to_string(i),
                           "012180000000000015/1/1/" + std::to_string(i),
                           Money::from_pesos(901),
                           to_mexico_city(clock.now()).date};
    Event event;
    event.id = new_id<EventId>(clock, random);
    event.command = new_id<CommandId>(clock, random);
    event.at = clock.now();
    event.subject = body.statement_line;
    event.body = body;
    auto entry = rules.entry_for(event, new_id<EntryId>(clock, random));
    CHECK(entry);
    rules.chain(*entry, head);
    books.push_back({std::move(event), *std::move(entry)});
  }
  return books;
}

// One pass, as often as the time allows.
double verify_in_memory(const std::vector<Recorded>& books) {
  const Stopwatch watch;
  std::int64_t verified = 0;
  do {
    ChainHead head;
    for (const Recorded& recorded : books) {
      auto derived = derive_entry(recorded.event, recorded.entry.id);
      CHECK(derived.ok() && *derived);
      Entry& entry = **derived;
      entry.ordinal = ++head.ordinal;
      entry.previous = head.hash;
      head.hash = entry_hash(entry);
      CHECK(head.hash == recorded.entry.hash);
      ++verified;
    }
  } while (watch.seconds() < kSeconds);
  return static_cast<double>(verified) / watch.seconds();
}

boost::json::object measure_proofs(std::size_t count) {
  std::vector<Sha256> leaves;
  leaves.reserve(count);
  const Stopwatch hashing;
  for (std::size_t i = 0; i < count; ++i)
    leaves.push_back(merkle::leaf_hash(std::to_string(i)));
  const double leaf_seconds = hashing.seconds();
  const Stopwatch rooting;
  const Sha256 root = merkle::root(leaves);
  const double root_seconds = rooting.seconds();

  const Stopwatch making;
  std::vector<std::pair<std::size_t, std::vector<Sha256>>> proofs;
  while (proofs.size() < kProofs && making.seconds() < kSeconds) {
    const std::size_t index = (proofs.size() * 7919) % count;
    proofs.emplace_back(index, merkle::inclusion_proof(leaves, index));
  }
  const double made = static_cast<double>(proofs.size()) / making.seconds();

  const Stopwatch verifying;
  std::size_t verified = 0;
  while (verifying.seconds() < kSeconds) {
    for (const auto& [index, proof] : proofs) {
      CHECK(merkle::verify_inclusion({leaves[index], index, count}, proof, root).ok());
      ++verified;
    }
  }
  return {{"leaves", count},
          {"leaves_hashed_per_second", static_cast<double>(count) / leaf_seconds},
          {"root_seconds", root_seconds},
          {"proofs_made_per_second", made},
          {"proofs_verified_per_second", static_cast<double>(verified) / verifying.seconds()}};
}

}  // namespace

Result<boost::json::object> measure_audit(const AuditOptions& options) {
  boost::json::object figures;
  if (!options.url.empty()) {
    TRY(figures["store"], audit_store(options.url));
  }
  figures["in_memory_entries_per_second"] = verify_in_memory(record_entries(options.entries));
  figures["merkle"] = measure_proofs(static_cast<std::size_t>(options.leaves));
  return figures;
}

}  // namespace erario::bench
