#include "engine/runtime/call_gate.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

const Instant kStart = from_epoch_micros(1'772'467'200'000'000);

// Calls that start within `time` when one is tried every millisecond and none ends.
int started_within(CallGate& gate, milliseconds time, Instant from = kStart) {
  int started = 0;
  for (Instant now = from; now < from + time; now += milliseconds(1)) {
    while (gate.limit(now) == CallLimit::kNone) {
      gate.enter(now);
      ++started;
    }
  }
  return started;
}

TEST(CallGate, without_limits_lets_everything_start) {
  CallGate gate({});
  for (int i = 0; i < 1'000; ++i)
    gate.enter(kStart);
  EXPECT_EQ(gate.limit(kStart), CallLimit::kNone);
  EXPECT_EQ(gate.in_flight(), 1'000);
}

TEST(CallGate, has_no_room_until_a_call_ends) {
  CallGate gate({.at_once_max = 2, .per_second_max = 0});
  gate.enter(kStart);
  gate.enter(kStart);
  EXPECT_EQ(gate.limit(kStart + std::chrono::hours(1)), CallLimit::kAtOnce);
  gate.leave();
  EXPECT_EQ(gate.limit(kStart), CallLimit::kNone);
}

TEST(CallGate, starts_as_many_calls_a_second_as_the_rate_and_a_tenth_more_after_a_rest) {
  for (const int rate : {1, 3, 10, 50, 1'000}) {
    CallGate gate({.at_once_max = 0, .per_second_max = rate});
    const int first = started_within(gate, std::chrono::seconds(10));
    EXPECT_GE(first, rate * 10) << rate;
    EXPECT_LE(first, rate * 10 + std::max(1, rate / 10)) << rate;
  }
}

TEST(CallGate, tells_how_long_the_rate_makes_the_next_call_wait) {
  CallGate gate({.at_once_max = 0, .per_second_max = 4});
  EXPECT_EQ(gate.wait(kStart), microseconds(0));
  gate.enter(kStart);
  EXPECT_EQ(gate.limit(kStart), CallLimit::kRate);
  EXPECT_EQ(gate.wait(kStart), milliseconds(250));
  EXPECT_EQ(gate.wait(kStart + milliseconds(200)), milliseconds(50));
  EXPECT_EQ(gate.limit(kStart + milliseconds(250)), CallLimit::kNone);
}

TEST(CallGate, is_not_stopped_by_a_clock_that_is_set_back) {
  CallGate gate({.at_once_max = 0, .per_second_max = 10});
  gate.enter(kStart);
  const Instant before = kStart - std::chrono::hours(1);
  EXPECT_EQ(gate.limit(before), CallLimit::kNone);
  const int started = started_within(gate, std::chrono::seconds(2), before);
  EXPECT_GE(started, 20);
  EXPECT_LE(started, 22);
}

}  // namespace
}  // namespace erario
