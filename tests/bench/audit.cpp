// How fast the books are proved: the whole audit from a store; in memory, where the log and the
// entries are at hand already, deriving each entry again and checking its hash and the chain; and
// Merkle proofs.
#include "ledger/audit.hpp"

#include <algorithm>
#include <boost/json/object.hpp>

#include "engine/base/merkle.hpp"
#include "ledger/posting_rules.hpp"
#include "tests/bench/bench_store.hpp"
#include "tests/bench/in_process.hpp"

namespace erario::bench {
namespace {

constexpr double kSeconds = 1;
constexpr std::size_t kProofsKept = 65'536;

// Passes what is read through, and notes how long each part of the audit took, reading and judging.
class TimedSource : public AuditSource {
 public:
  explicit TimedSource(AuditSource& source) : source_(source) {}

  Result<void> each_event(const Visitor<AuditedEvent>& visit) override {
    return timed("events_seconds", [&] { return source_.each_event(visit); });
  }
  Result<void> each_entry(const Visitor<AuditedEntry>& visit) override {
    return timed("entries_seconds", [&] { return source_.each_entry(visit); });
  }
  Result<void> each_receipt(const Visitor<AuditedReceipt>& visit) override {
    return timed("receipts_seconds", [&] { return source_.each_receipt(visit); });
  }
  Result<void> each_payment(const Visitor<AuditedPayment>& visit) override {
    return timed("payments_seconds", [&] { return source_.each_payment(visit); });
  }
  Result<std::vector<Balance>> balances() override { return source_.balances(); }

  boost::json::object take() { return std::move(parts_); }

 private:
  template <class Part>
  Result<void> timed(std::string_view name, const Part& part) {
    const Stopwatch watch;
    auto result = part();
    parts_[name] = watch.seconds();
    return result;
  }

  AuditSource& source_;
  boost::json::object parts_;
};

Result<boost::json::object> audit_store(const std::string& url) {
  TRY(const auto opened, open_audit(url));
  TimedSource source(*opened);
  const double cpu = cpu_micros();
  const Stopwatch watch;
  TRY(const AuditReport report, audit(source));
  const double seconds = watch.seconds();
  const double cpu_seconds = (cpu_micros() - cpu) / 1e6;
  const auto entries = static_cast<double>(report.entries);
  boost::json::object figures = source.take();
  const double entries_seconds = figures["entries_seconds"].as_double();
  figures["entries"] = report.entries;
  figures["events"] = report.events;
  figures["clean"] = report.clean();
  figures["seconds"] = seconds;
  figures["cpu_seconds"] = cpu_seconds;
  figures["entries_per_second"] = entries / seconds;  // of the whole audit
  figures["entries_alone_per_second"] = entries / entries_seconds;
  return figures;
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

struct Rates {
  double per_second = 0;
  double per_cpu_second = 0;  // what one core does alone, however busy the machine is
};

// One pass, as often as the time allows; on one thread.
Rates verify_in_memory(const std::vector<Recorded>& books) {
  const double cpu = cpu_micros();
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
  const auto entries = static_cast<double>(verified);
  return {entries / watch.seconds(), entries / (cpu_micros() - cpu) * 1e6};
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

  const Stopwatch growing;
  merkle::GrowingTree tree;
  for (const Sha256& leaf : leaves)
    tree.add(leaf);
  const double grow_seconds = growing.seconds();
  CHECK(tree.root() == root);

  const Stopwatch making;
  std::vector<std::pair<std::size_t, std::vector<Sha256>>> proofs(std::min(count, kProofsKept));
  std::size_t made = 0;
  while (making.seconds() < kSeconds) {
    for (auto& [index, proof] : proofs) {
      index = (made * 7919) % count;
      proof = tree.inclusion_proof(index);
      ++made;
    }
  }
  const double proofs_made = static_cast<double>(made) / making.seconds();

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
          {"grow_seconds", grow_seconds},
          {"proofs_made_per_second", proofs_made},
          {"proofs_verified_per_second", static_cast<double>(verified) / verifying.seconds()}};
}

}  // namespace

Result<boost::json::object> measure_audit(const AuditOptions& options) {
  boost::json::object figures;
  if (!options.url.empty()) {
    TRY(figures["store"], audit_store(options.url));
  }
  const Rates rates = verify_in_memory(record_entries(options.entries));
  figures["in_memory_entries_per_second"] = rates.per_second;
  figures["in_memory_entries_per_cpu_second"] = rates.per_cpu_second;
  figures["merkle"] = measure_proofs(static_cast<std::size_t>(options.leaves));
  return figures;
}

}  // namespace erario::bench
