#include "tests/bench/stopwatch.hpp"

#include <sys/resource.h>

#include "engine/base/check.hpp"

namespace erario::bench {

double cpu_micros() {
  rusage usage{};
  CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  const auto micros = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

std::int64_t resident_bytes_max() {
  rusage usage{};
  CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  return std::int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace erario::bench
