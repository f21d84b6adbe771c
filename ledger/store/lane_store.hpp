// The writing connection of a commit lane, over any driver, with a lane of its own among `lanes`.
// One thread. What a batch needs to know is read inside its transaction and nothing is remembered
// between batches: other processes write too.
#pragma once

#include "engine/ports/store.hpp"
#include "ledger/store/lanes.hpp"

namespace erario::store {

class LaneStoreOverSession : public LaneStore {
 public:
  // Throws StoreFailure.
  LaneStoreOverSession(std::unique_ptr<Session> session, std::shared_ptr<Lanes> lanes)
      : session_(std::move(session)), lanes_(std::move(lanes)), lane_(lanes_->claim()) {}
  ~LaneStoreOverSession() override { lanes_->release(lane_); }
  LaneStoreOverSession(const LaneStoreOverSession&) = delete;
  LaneStoreOverSession& operator=(const LaneStoreOverSession&) = delete;

  Result<Loaded> begin(const LoadKeys& keys) override;
  Result<Loaded> load(const LoadKeys& keys) override;
  CommitStatus commit(const Changes& changes) override;
  void rollback() override;
  Result<bool> was_committed(CommandId batch) override;

 private:
  Error no_load() const;
  Loaded read(const LoadKeys& keys);
  void read_deposits(const LoadKeys& keys, Loaded& loaded);
  std::map<std::string, std::int64_t> lock_counters(const std::vector<std::string>& names);
  void write(const Changes& changes);
  void write_aggregates(const Changes& changes);
  void write_log(const Changes& changes);
  void write_balances(const Changes& changes);
  void write_outbox(const Changes& changes);
  void write_run(const RunRows& run);
  void write_statements(const std::vector<StatementRow>& statements);

  std::unique_ptr<Session> session_;
  std::shared_ptr<Lanes> lanes_;
  std::int64_t lane_;
  bool open_ = false;    // a transaction
  bool broken_ = false;  // storage failed once: nothing is acknowledged any more
};

}  // namespace erario::store
