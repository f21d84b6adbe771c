#include "ledger/store/lanes.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>

#include "ledger/store/statements.hpp"

namespace erario::store {
namespace {

// How often we look whether our locks still stand and whether somebody left calls behind.
constexpr std::chrono::seconds kLookPause{1};

}  // namespace

std::int64_t Lanes::claim() {
  const std::lock_guard lock(mutex_);
  return claim_locked();
}

std::int64_t Lanes::keep(std::int64_t lane) {
  const std::lock_guard lock(mutex_);
  if (!lost_.contains(lane)) return lane;
  lost_.erase(lane);
  if (hold(lane)) return lane;
  written_.erase(lane);
  const std::int64_t other = claim_locked();
  spdlog::warn("store: lane {} was taken by another process; this one goes on as lane {}", lane,
               other);
  return other;
}

void Lanes::release(std::int64_t lane) {
  const std::lock_guard lock(mutex_);
  written_.erase(lane);
  if (lost_.erase(lane) == 0 && locks_) locks_->release(lane);
}

std::vector<std::int64_t> Lanes::served(Session& session) {
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (looked_ == std::chrono::steady_clock::time_point{} || now - looked_ >= kLookPause) {
    looked_ = now;
    std::set<std::int64_t> owing;
    session.run(statements::kLanesOwing, Rows{},
                [&](const Row& row) { owing.insert(row.integer(0)); });
    check_held();
    adopt(owing);
  }
  std::vector<std::int64_t> lanes;
  std::set_union(written_.begin(), written_.end(), adopted_.begin(), adopted_.end(),
                 std::back_inserter(lanes));
  std::erase_if(lanes, [&](std::int64_t lane) { return lost_.contains(lane); });
  return lanes;
}

bool Lanes::hold(std::int64_t lane) {
  if (!locks_) locks_ = driver_.lane_locks();
  return locks_->hold(lane);
}

std::int64_t Lanes::claim_locked() {
  for (std::int64_t lane = 1; lane <= kLanesMax; ++lane) {
    if (written_.contains(lane) || !hold(lane)) continue;
    adopted_.erase(lane);
    written_.insert(lane);
    return lane;
  }
  throw StoreFailure(FailureKind::kOther, "every lane is held; too many processes use the store");
}

void Lanes::check_held() {
  for (const std::int64_t lane : written_) {
    if (!hold(lane)) lost_.insert(lane);
  }
  std::erase_if(adopted_, [&](std::int64_t lane) { return !hold(lane); });
}

// Only who writes serves: a command line tool that reads adopts nothing.
void Lanes::adopt(const std::set<std::int64_t>& owing) {
  if (written_.empty()) return;
  for (const std::int64_t lane : owing) {
    if (written_.contains(lane) || adopted_.contains(lane) || !hold(lane)) continue;
    spdlog::info("store: lane {} has no process any more; its owed calls are adopted", lane);
    adopted_.insert(lane);
  }
  std::erase_if(adopted_, [&](std::int64_t lane) {
    if (owing.contains(lane)) return false;
    locks_->release(lane);
    return true;
  });
}

}  // namespace erario::store
