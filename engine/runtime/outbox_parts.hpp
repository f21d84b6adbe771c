// What the files of the outbox share. Not for others.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "engine/ports/store.hpp"

namespace erario::outbox {

inline bool waits_for_the_store(const Error& error) {
  return error.code == ErrorCode::kStoreUnavailable || error.code == ErrorCode::kQueueFull;
}

// The payload goes: it held what only the call needed, the payer's token among it.
inline void close(Job& job, JobState state, std::string why) {
  job.state = state;
  job.payload.clear();
  job.last_error = std::move(why);
}

// How often a query was answered with "not found" is kept in its payload, so that a restart does
// not forget it and answers that say nothing do not count.
inline constexpr std::string_view kNotFoundMark = "not_found:";
inline int count_not_found(Job& job) {
  int times = 1;
  if (job.payload.starts_with(kNotFoundMark)) {
    times += job.payload.back() - '0';  // kNotFoundTries has one digit
  }
  job.payload = std::string(kNotFoundMark) + std::to_string(std::min(times, 9));
  return times;
}

}  // namespace erario::outbox
