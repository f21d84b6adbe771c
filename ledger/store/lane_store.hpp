// The writing connection of the commit lane, over any driver. One thread. What a batch needs to
// know is read inside its transaction and nothing is remembered between batches: other processes
// write too.
#pragma once

#include "engine/ports/store.hpp"
#include "ledger/store/session.hpp"

namespace erario::store {

class LaneStoreOverSession : public LaneStore {
 public:
  explicit LaneStoreOverSession(std::unique_ptr<Session> session) : session_(std::move(session)) {}

  Result<Loaded> begin(const LoadKeys& keys) override;
  Result<Loaded> load(const LoadKeys& keys) override;
  CommitStatus commit(const Changes& changes) override;
  void rollback() override;
  Result<bool> was_committed(CommandId batch) override;

 private:
  Error no_load() const;
  Loaded read(const LoadKeys& keys);
  void write(const Changes& changes);
  void write_aggregates(const Changes& changes);
  void write_log(const Changes& changes);
  void write_balances(const Changes& changes);
  void write_outbox(const Changes& changes);
  void write_run(const RunRows& run);
  void write_statements(const std::vector<StatementRow>& statements);

  std::unique_ptr<Session> session_;
  bool open_ = false;    // a transaction
  bool broken_ = false;  // storage failed once: nothing is acknowledged any more
};

}  // namespace erario::store
