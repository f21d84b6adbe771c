// Several processes over one store: each writes a lane of its own.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

using sample::id;
using sample::kNoon;
using testing::ElementsAre;

// Two processes decide over one store: each has a lane of its own and shares the numbers. The
// slower of two may be told that the other was faster; then it decides again.
TEST_P(StoreContract, TwoWritersShareNumbersWithoutGapsAndEachHasItsChain) {
  constexpr int kBatches = 40;
  constexpr int kTriesMax = 1'000;
  lane_.reset();  // its lane is free again
  std::atomic<int> failures = 0;
  const auto write_one = [](LaneStore& lane, std::uint64_t number) {
    LoadKeys keys;
    keys.counters = {"folio:SRE"};
    auto loaded = lane.begin(keys);
    if (!loaded.ok()) return CommitStatus::kFailed;
    const std::int64_t folio = loaded->counters["folio:SRE"] + 1;
    sample::Batch batch(number);
    batch.capture(number, sample::payment(number));
    batch.changes.receipts = {sample::receipt(number, "SRE", folio)};
    batch.changes.counters["folio:SRE"] = folio;
    return lane.commit(batch.chained(loaded->chain));
  };
  const auto write = [&](std::uint64_t first) {
    auto store = open_store(place_->url(), OpenMode::kReadWrite);
    auto lane = (*store)->open_lane();
    for (std::uint64_t number = first; number < first + kBatches; ++number) {
      CommitStatus status = CommitStatus::kConflict;
      for (int tried = 0; status == CommitStatus::kConflict && tried < kTriesMax; ++tried)
        status = write_one(**lane, number);
      if (status != CommitStatus::kCommitted) ++failures;
    }
  };
  std::thread one(write, 1'000);
  std::thread two(write, 2'000);
  one.join();
  two.join();
  EXPECT_EQ(failures, 0);
  std::map<std::int64_t, ChainHead> heads;
  std::string cursor;
  do {
    const auto page = reader().entries("", {50, cursor});
    ASSERT_TRUE(page.ok());
    for (const Entry& entry : page->rows) {
      EXPECT_EQ(entry.previous, heads[entry.lane].hash);
      EXPECT_EQ(entry.ordinal, heads[entry.lane].ordinal + 1);
      heads[entry.lane] = {entry.ordinal, entry.hash, entry.lane};
    }
    cursor = page->next;
  } while (!cursor.empty());
  std::int64_t entries = 0;
  for (const auto& [lane, head] : heads)
    entries += head.ordinal;
  EXPECT_EQ(entries, 2 * kBatches);
  EXPECT_EQ(reader().stats()->entries, 2 * kBatches);
  for (int folio = 1; folio <= 2 * kBatches; ++folio)
    EXPECT_TRUE(reader().receipt_by_folio("SRE", folio).ok()) << folio;
}

TEST_P(StoreContract, EveryWriterHasALaneOfItsOwnAndLeavesItFree) {
  const auto lane_of = [](LaneStore& lane) {
    const auto loaded = lane.begin({});
    lane.rollback();
    return loaded.ok() ? loaded->chain.lane : 0;
  };
  EXPECT_EQ(lane_of(*lane_), 1);
  auto other_process = open_store(place_->url(), OpenMode::kReadWrite);
  ASSERT_TRUE(other_process.ok());
  auto second = (*other_process)->open_lane();
  auto third = store_->open_lane();
  EXPECT_EQ(lane_of(**second), 2);
  EXPECT_EQ(lane_of(**third), 3);
  second->reset();
  auto fourth = store_->open_lane();
  EXPECT_EQ(lane_of(**fourth), 2);
}

TEST_P(StoreContract, OwedCallsAreMadeByWhoHoldsTheirLaneUntilItIsGone) {
  const auto owed_by = [](LaneStore& lane, std::uint64_t number) {
    sample::Batch batch(number);
    Job job;
    job.id = id<JobId>(number);
    job.due_at = kNoon;
    batch.changes.new_jobs = {job};
    const auto loaded = lane.begin({});
    return lane.commit(batch.chained(loaded->chain));
  };
  auto other_process = open_store(place_->url(), OpenMode::kReadWrite);
  ASSERT_TRUE(other_process.ok());
  auto other_lane = (*other_process)->open_lane();
  ASSERT_EQ(owed_by(*lane_, 1), CommitStatus::kCommitted);
  ASSERT_EQ(owed_by(**other_lane, 2), CommitStatus::kCommitted);
  const auto due = [](Store& store) {
    std::vector<JobId> ids;
    const auto jobs = store.reader().jobs_due(kNoon, 10);
    for (const Job& job : *jobs)
      ids.push_back(job.id);
    return ids;
  };
  EXPECT_THAT(due(*store_), ElementsAre(id<JobId>(1)));
  EXPECT_THAT(due(**other_process), ElementsAre(id<JobId>(2)));
  other_lane->reset();
  other_process->reset();
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (due(*store_).size() < 2 && std::chrono::steady_clock::now() < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_THAT(due(*store_), ElementsAre(id<JobId>(1), id<JobId>(2)));
}

}  // namespace
}  // namespace erario::contract
