// Stops calling a host that keeps failing, so that a dead gateway costs microseconds instead of a
// time-out a call. After `failures_max` failures in a row calls are refused for `open_for`; then
// one probe a period passes until one succeeds. Not thread safe: its owner locks.
#pragma once

#include <chrono>

namespace erario {

class CircuitBreaker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  CircuitBreaker(int failures_max, std::chrono::milliseconds open_for)
      : failures_max_(failures_max), open_for_(open_for) {}

  // May a call start now? The probe of a period takes the period with it, so that a probe whose
  // outcome is never told cannot keep the circuit open for ever.
  bool allow(TimePoint now) {
    if (failures_ < failures_max_) return true;
    if (now < open_until_) return false;
    open_until_ = now + open_for_;
    return true;
  }

  // Would a call be refused now?
  bool is_open(TimePoint now) const { return failures_ >= failures_max_ && now < open_until_; }

  void succeeded() { failures_ = 0; }

  void failed(TimePoint now) {
    if (failures_ < failures_max_) ++failures_;
    if (failures_ == failures_max_) open_until_ = now + open_for_;
  }

 private:
  int failures_max_;
  std::chrono::milliseconds open_for_;
  int failures_ = 0;
  TimePoint open_until_{};
};

}  // namespace erario
