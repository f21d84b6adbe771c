#include "tests/model/memory_lane.hpp"

#include "engine/runtime/commit_lane.hpp"

namespace erario::model {
namespace {

class MemoryLane final : public LaneStore {
 public:
  MemoryLane(Stage& stage, Records& records)
      : stage_(stage), records_(records), dice_(stage.seed, "lane " + salt(stage)) {}

  Result<Loaded> begin(const LoadKeys& keys) override {
    stage_.point("lane.begin");
    if (broken_) return Error{ErrorCode::kIo, "the storage failed"};
    if (dice_.chance(stage_.faults.read_failed)) {
      return Error{ErrorCode::kStoreUnavailable, "the store cannot be read"};
    }
    return records_.load(keys);
  }
  Result<Loaded> load(const LoadKeys& keys) override { return records_.load(keys); }

  CommitStatus commit(const Changes& changes) override {
    stage_.point("lane.before_commit");
    const CommitStatus status = write(changes);
    std::string line = "commit " + changes.batch.text() + " " + std::string(to_text(status));
    for (const Event& event : changes.events)
      line += " " + std::string(event_name(event.body));
    line += " entries " + std::to_string(records_.entries.size());
    stage_.kernel.note(std::move(line));
    stage_.point("lane.after_commit");
    return status;
  }
  void rollback() override {}

  Result<bool> was_committed(CommandId batch) override {
    stage_.point("lane.was_committed");
    if (dice_.chance(stage_.faults.read_failed)) {
      return Error{ErrorCode::kStoreUnavailable, "the store cannot be asked"};
    }
    return records_.batches.contains(batch);
  }

 private:
  // Each process has faults of its own.
  static std::string salt(const Stage& stage) {
    return std::to_string(to_epoch_micros(stage.kernel.now()));
  }
  CommitStatus write(const Changes& changes) {
    const Faults& faults = stage_.faults;
    if (dice_.chance(faults.conflict)) return CommitStatus::kConflict;
    if (dice_.chance(faults.commit_failed)) return CommitStatus::kFailed;
    if (dice_.chance(faults.commit_broken)) {
      broken_ = true;
      // Nobody knows whether a failed fsync left the pages on the disk.
      if (dice_.chance(kAlways / 2)) records_.apply(changes);
      return CommitStatus::kBroken;
    }
    const bool in_doubt = dice_.chance(faults.in_doubt);
    if (in_doubt && dice_.chance(kAlways / 2)) return CommitStatus::kInDoubt;
    if (!records_.apply(changes)) return CommitStatus::kConflict;
    return in_doubt ? CommitStatus::kInDoubt : CommitStatus::kCommitted;
  }

  Stage& stage_;
  Records& records_;
  Dice dice_;
  bool broken_ = false;
};

}  // namespace

MemoryStore::MemoryStore(Stage& stage, Records& records)
    : stage_(stage), records_(records), reader_(records), webhooks_(records) {}

Result<std::unique_ptr<LaneStore>> MemoryStore::open_lane() {
  return std::unique_ptr<LaneStore>(std::make_unique<MemoryLane>(stage_, records_));
}

AdminStore& MemoryStore::admin() {
  CHECK(false);  // nothing in a simulation writes keys or catalogues
}

}  // namespace erario::model
