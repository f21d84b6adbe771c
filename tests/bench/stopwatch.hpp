// Wall time and processor time of a measurement.
#pragma once

#include <chrono>

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

}  // namespace erario::bench
