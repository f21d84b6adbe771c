// What the operator's log is told of failures: the first of a kind at once, the like of it no more
// than every ten seconds with a count of those held back; broken storage always. Thread safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/runtime/log_limit.hpp"
#include "ledger/store/session.hpp"

namespace erario::store {

class FailureLog {
 public:
  // The line to write; none: one like it was written a moment ago. `doing` is a word of this
  // program's, of which there are few.
  std::optional<std::string> line(std::string_view doing, const StoreFailure& failure,
                                  LogLimit::TimePoint now);

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, FailureKind>, LogLimit> limits_;
};

}  // namespace erario::store
