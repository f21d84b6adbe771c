// co_await submit(lane, std::move(command)): the lane for coroutines. Resumes on the awaiting
// coroutine's own executor.
#pragma once

#include "engine/ports/gateway.hpp"
#include "engine/runtime/commit_lane.hpp"

namespace erario {

Task<Reply> submit(CommitLane& lane, Command command);

}  // namespace erario
