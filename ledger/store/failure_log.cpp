// The one place where the reason of a store failure is told: to the operator's log, because what
// leaves this folder carries no internals.
#include "ledger/store/failure_log.hpp"

#include <spdlog/spdlog.h>

namespace erario::store {
namespace {

spdlog::level::level_enum level_of(FailureKind kind) {
  switch (kind) {
    // Conflicts are settled by replaying; they are no news.
    case FailureKind::kBusy:
    case FailureKind::kConstraint: return spdlog::level::info;
    case FailureKind::kBroken: return spdlog::level::critical;
    case FailureKind::kInDoubt:
    case FailureKind::kFull:
    case FailureKind::kOther: return spdlog::level::err;
  }
  CHECK(false);
}

}  // namespace

std::optional<std::string> FailureLog::line(std::string_view doing, const StoreFailure& failure,
                                            LogLimit::TimePoint now) {
  const std::string line = "store: " + std::string(doing) + ": " + failure.what();
  // It ends a lane, and never strikes batch after batch.
  if (failure.kind() == FailureKind::kBroken) return line;
  const std::lock_guard lock(mutex_);
  LogLimit& limit = limits_[{std::string(doing), failure.kind()}];
  const auto held_back = limit.admit(now);
  if (!held_back) return std::nullopt;
  return line + held_back_text(*held_back);
}

void log_failure(std::string_view doing, const StoreFailure& failure) {
  static FailureLog log;
  const auto line = log.line(doing, failure, std::chrono::steady_clock::now());
  if (line) spdlog::log(level_of(failure.kind()), "{}", *line);
}

}  // namespace erario::store
