// Wall time and processor time of a measurement.
#pragma once

#include <chrono>
#include <cstdint>

namespace erario::bench {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  }

 private:
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

// Of this process, all threads.
double cpu_micros();
// The most this process ever held in memory.
std::int64_t resident_bytes_max();

}  // namespace erario::bench
