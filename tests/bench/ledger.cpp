// Entries of two postings, as fast as the store takes them in one lane: chained, with their event,
// postings and balances, a batch a transaction. No quotes, payments, receipts or answers: this is
// what the books alone cost.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "ledger/posting_rules.hpp"
#include "tests/bench/bench_store.hpp"
#include "tests/bench/in_process.hpp"

namespace erario::bench {
namespace {

constexpr std::int64_t kBatchesMax = 2'000;  // so that batches of one end, too

class Books {
 public:
  explicit Books(LaneStore& store) : store_(store) {}

  // Commits one batch of settlements, each an entry of two postings.
  Result<void> commit(std::size_t entries) {
    TRY(const Loaded loaded, store_.begin({}));
    ChainHead head = loaded.chain;
    Changes changes;
    changes.batch = new_id<CommandId>(clock_, random_);
    changes.at = clock_.now();
    for (std::size_t i = 0; i < entries; ++i)
      add(changes, head);
    if (store_.commit(changes) != CommitStatus::kCommitted)
      return Error{ErrorCode::kStoreUnavailable, "a batch was not committed"};
    return {};
  }

 private:
  void add(Changes& changes, ChainHead& head) {
    const std::string number = std::to_string(++number_);
    SettlementMatched body;
    body.gateway = "stp";
    body.bank_account = "treasury";
    body.reference = "BENCH" + number;
    body.statement_line = "012180000000000015/1/1/" + number;
    body.amount = Money::from_pesos(901);
    body.booking_date = to_mexico_city(changes.at).date;
    Event event;
    event.id = new_id<EventId>(clock_, random_);
    event.command = changes.batch;
    event.at = changes.at;
    event.subject = body.statement_line;
    event.body = body;
    auto entry = rules_.entry_for(event, new_id<EntryId>(clock_, random_));
    CHECK(entry && entry->postings.size() == 2);
    rules_.chain(*entry, head);
    changes.entries.push_back(*std::move(entry));
    changes.events.push_back(std::move(event));
  }

  LaneStore& store_;
  SystemClock clock_;
  SystemRandom random_;
  PostingRules rules_;
  std::int64_t number_ = 0;
};

}  // namespace

Result<boost::json::object> measure_ledger(const LedgerOptions& options) {
  TRY(const ScratchFolder folder, ScratchFolder::make(options.folder));
  TRY(const auto store, open_empty_store(folder, options.url));
  TRY(const auto lane, store->open_lane());
  Books books(*lane);
  TRY_VOID(books.commit(1));  // what is prepared once is not measured
  boost::json::array rows;
  for (const std::size_t batch : options.batches) {
    const std::int64_t batches =
        std::min(kBatchesMax, options.entries / static_cast<std::int64_t>(batch));
    const double cpu = cpu_micros();
    const Stopwatch watch;
    for (std::int64_t i = 0; i < batches; ++i)
      TRY_VOID(books.commit(batch));
    const auto entries = static_cast<double>(batches) * static_cast<double>(batch);
    rows.push_back(boost::json::object{{"batch", batch},
                                       {"entries_per_second", entries / watch.seconds()},
                                       {"cpu_micros_per_entry", (cpu_micros() - cpu) / entries}});
  }
  return boost::json::object{{"ledger", std::move(rows)}};
}

}  // namespace erario::bench
