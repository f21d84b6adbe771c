// How fast a disk makes single writes durable, because the figures of a store mean little without
// it: 8 KiB written and synced, one after the other, for a second.
#pragma once

#include <string>

#include "engine/base/result.hpp"
#include "tests/bench/latency.hpp"

namespace erario::bench {

struct DiskSpeed {
  double syncs_per_second = 0;
  LatencyHistogram latency;
};

// Fails with kIo.
Result<DiskSpeed> measure_disk(const std::string& folder);

}  // namespace erario::bench
