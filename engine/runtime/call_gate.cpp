#include "engine/runtime/call_gate.hpp"

#include <algorithm>

#include "engine/base/check.hpp"

namespace erario {

std::string_view to_text(CallLimit limit) {
  switch (limit) {
    case CallLimit::kNone: return "none";
    case CallLimit::kAtOnce: return "calls_at_once";
    case CallLimit::kRate: return "calls_per_second";
  }
  CHECK(false);
}

CallGate::CallGate(CallLimits limits) : limits_(limits) {
  if (limits_.per_second_max == 0) return;
  each_ = Micros(std::chrono::seconds(1)) / limits_.per_second_max;
  burst_ = each_ * (std::max(1, limits_.per_second_max / 10) - 1);
}

CallLimit CallGate::limit(Instant now) const {
  if (limits_.at_once_max > 0 && in_flight_ >= limits_.at_once_max) return CallLimit::kAtOnce;
  return wait(now) > Micros(0) ? CallLimit::kRate : CallLimit::kNone;
}

void CallGate::enter(Instant now) {
  CHECK(limit(now) == CallLimit::kNone);
  in_flight_ += 1;
  full_at_ = std::min(std::max(full_at_, now), now + burst_) + each_;
}

void CallGate::leave() {
  CHECK(in_flight_ > 0);
  in_flight_ -= 1;
}

std::chrono::microseconds CallGate::wait(Instant now) const {
  const auto ahead = std::chrono::duration_cast<Micros>(full_at_ - now);
  // A clock that was set back must not stop the calls for as long.
  if (ahead > burst_ + each_) return Micros(0);
  return std::max(Micros(0), ahead - burst_);
}

}  // namespace erario
