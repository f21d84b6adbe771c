// The one place where the reason of a store failure is told: to the operator's log, because what
// leaves this folder carries no internals.
#include <spdlog/spdlog.h>

#include "ledger/store/session.hpp"

namespace erario::store {

void log_failure(std::string_view doing, const StoreFailure& failure) {
  // Conflicts are settled by replaying; they are no news.
  const bool expected =
      failure.kind() == FailureKind::kBusy || failure.kind() == FailureKind::kConstraint;
  spdlog::log(expected ? spdlog::level::info : spdlog::level::err, "store: {}: {}", doing,
              failure.what());
}

}  // namespace erario::store
