// Which lanes this process holds. Every process that writes has a lane of its own: positions of
// events, the chain of entries and the sums of balances are counted within it, so that processes
// over one database never wait for each other's numbers. The calls that a decision owes belong to
// its lane and are made by whoever holds it; when a process is gone, another one that serves adopts
// its lane until nothing is owed there any more. Holding is a lock that the database (or, for an
// embedded store, the operating system) drops with the process. Thread safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include "ledger/store/session.hpp"

namespace erario::store {

// Processes over one database, and then some whose lanes wait to be adopted.
inline constexpr std::int64_t kLanesMax = 64;

class Lanes {
 public:
  explicit Lanes(Driver& driver) : driver_(driver) {}

  // A lane that nobody holds. Throws StoreFailure.
  std::int64_t claim();
  // The same lane while it is held; another one when the lock was lost with its connection and
  // somebody else took it. Throws StoreFailure.
  std::int64_t keep(std::int64_t lane);
  void release(std::int64_t lane);
  // Lanes whose owed calls this process is to make. Throws StoreFailure.
  std::vector<std::int64_t> served(Session& session);

 private:
  bool hold(std::int64_t lane);
  std::int64_t claim_locked();
  void check_held();
  void adopt(const std::set<std::int64_t>& owing);

  Driver& driver_;
  std::mutex mutex_;
  std::unique_ptr<LaneLocks> locks_;
  std::set<std::int64_t> written_;  // by lane stores of this process
  std::set<std::int64_t> adopted_;
  std::set<std::int64_t> lost_;  // of written_: the lock went with its connection
  std::chrono::steady_clock::time_point looked_{};
};

}  // namespace erario::store
