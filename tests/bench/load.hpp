// run_load: drives a workload over keep-alive connections from one thread, in a closed loop (every
// connection starts its next unit when the last one ends) or an open one (units are scheduled by a
// Poisson process whatever the service does, and their latency counts from the scheduled start, so
// that a stall is felt by everybody it would have kept waiting).
#pragma once

#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/bench/latency.hpp"
#include "tests/bench/workload.hpp"

namespace erario::bench {

struct LoadSettings {
  Endpoint endpoint;
  std::size_t connections = 16;
  std::optional<double> units_per_second;  // open loop; none: closed loop
  std::chrono::milliseconds warm_up{1'000};
  std::chrono::milliseconds measured{3'000};
  std::int64_t units_max = 0;  // 0: no limit
  std::uint64_t seed = 1;
  // Called when the measured time begins and when it ends.
  std::function<void(std::string_view)> announce = [](std::string_view) {};
};

// Of the measured time, unless said otherwise. In an open loop the units are those scheduled in it.
struct LoadResult {
  double seconds = 0;
  std::int64_t succeeded = 0;
  std::int64_t failed = 0;
  std::int64_t unfinished = 0;     // scheduled, and not done when waiting for them ended
  std::int64_t completed = 0;      // successes that ended in the measured time
  std::int64_t succeeded_all = 0;  // warm-up and the units finished afterwards included
  std::int64_t failed_all = 0;
  std::int64_t connections_lost = 0;
  LatencyHistogram units;
  std::vector<std::pair<std::string, LatencyHistogram>> steps;
  std::map<int, std::int64_t> statuses;  // of all answers
  std::vector<std::int64_t> each_tenth;  // units succeeded in each 0.1 s, from the first on
  double generator_cpu_micros = 0;       // of this process
  std::int64_t backlog_max = 0;          // scheduled units that waited for a connection
  std::map<std::string, std::int64_t> counts;

  boost::json::object to_json() const;
};

// Fails with kIo when no connection can be made.
Result<LoadResult> run_load(const LoadSettings& settings, Workload& workload);

}  // namespace erario::bench
