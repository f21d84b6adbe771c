// co_await submit(lane, std::move(command)): the lane for coroutines. Resumes on the awaiting
// coroutine's own executor.
#pragma once

#include <functional>
#include <string>

#include "engine/ports/gateway.hpp"
#include "engine/ports/timer.hpp"
#include "engine/runtime/commit_lane.hpp"

namespace erario {

Task<Reply> submit(CommitLane& lane, Command command);

// Refused for now: nothing was recorded, and the same command may be taken later.
bool is_passing(const Error& error);

// What background work must not lose. Submitted again after every passing refusal, twice a second
// and 20 times at most, while the lane is healthy and `stopping` does not say that the work ends.
// Every refusal is logged with `who`. The last answer is returned.
struct Persistence {
  std::string who;
  Timers* timers = nullptr;  // null: the machine's
  std::function<bool()> stopping = nullptr;
};
Task<Reply> submit_persistently(CommitLane& lane, Command command, Persistence how);

}  // namespace erario
