// The calls that certainly no process has made: committed by this one and not started since. After
// a crash, or when the lane of another process is adopted, nothing is known, and so nothing is in
// it. Thread safe.
#pragma once

#include <mutex>
#include <set>
#include <span>

#include "engine/ports/store.hpp"

namespace erario {

class UnmadeCalls {
 public:
  // More are forgotten, all at once: they are then treated as made.
  static constexpr std::size_t kMax = 10'000;

  // Before anybody can see the jobs.
  void add(std::span<const Job> owed) {
    const std::lock_guard lock(mutex_);
    for (const Job& job : owed) {
      if (job.kind != JobKind::kSubmitCharge) continue;
      if (calls_.size() >= kMax) calls_.clear();
      calls_.insert(job.id);
    }
  }
  // Right before the call; whether it is the first.
  bool take(JobId job) {
    const std::lock_guard lock(mutex_);
    return calls_.erase(job) == 1;
  }
  // It never left this machine.
  void put_back(JobId job) {
    const std::lock_guard lock(mutex_);
    if (calls_.size() < kMax) calls_.insert(job);
  }

 private:
  std::mutex mutex_;
  std::set<JobId> calls_;
};

}  // namespace erario
