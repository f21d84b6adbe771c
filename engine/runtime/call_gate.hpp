// How many calls one gateway may have at once and how often they may start, so that a slow gateway
// cannot take every place of the outbox and a busy one is not called faster than it allows. Times
// come from the caller; not thread safe.
#pragma once

#include <chrono>
#include <cstdint>

#include "engine/base/time.hpp"
#include "engine/ports/gateway.hpp"

namespace erario {

enum class CallLimit : std::uint8_t { kNone, kAtOnce, kRate };
std::string_view to_text(CallLimit limit);

class CallGate {
 public:
  explicit CallGate(CallLimits limits);

  // What keeps the next call from starting now.
  CallLimit limit(Instant now) const;
  // Requires: limit(now) is kNone.
  void enter(Instant now);
  void leave();

  int in_flight() const { return in_flight_; }
  // Until the rate lets another call start; zero when it does now.
  std::chrono::microseconds wait(Instant now) const;

 private:
  using Micros = std::chrono::microseconds;

  CallLimits limits_;
  // The rate as a bucket told by one instant: when a bucket drained as fast as allowed would be
  // full again. It holds a tenth of a second's calls, at least one.
  Micros each_{0};
  Micros burst_{0};
  Instant full_at_{};
  int in_flight_ = 0;
};

}  // namespace erario
