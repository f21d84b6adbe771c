// A large reconciliation run cut into commands, each a transaction of its own: payments pass
// between them, and neither the lane nor the store ever holds more of the run than one part. Pure.
//
// Statements come first, then claims by their key, each with its settlement in the same part, then
// breaks; the run's row comes last, alone, so that a run that is there is whole. Whoever dies in
// between repeats the day: the claims that are there are left as they are, their settlements are
// posted already, and their postings are seen again because the claims are of the same day
// (Reader::clearing_postings). So the day ends as it would have at once. Left over of the first try
// are breaks that no run names.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/runtime/commit_lane.hpp"

namespace erario {

struct RunPartLimits {
  std::size_t rows_max = 2'000;        // statements, claims and breaks
  std::size_t bytes_max = 16'777'216;  // of statements; a larger one is a part of its own
};

// At least one part, the last of them final; the whole run where it is within the limits. Requires
// a claim of the run for every settlement (CHECK).
std::vector<RecordRun> run_parts(RecordRun run, const RunPartLimits& limits = {});

}  // namespace erario
