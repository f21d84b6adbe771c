#include "api/rate_limit.hpp"

#include <gtest/gtest.h>

#include "tests/unit/api/world.hpp"

namespace erario::api {
namespace {

using std::chrono::milliseconds;
using testing::Answered;
using testing::World;

KeyId key_of(std::uint8_t number) {
  KeyId key;
  key.bytes[15] = number;
  return key;
}

int admitted(RateLimiter& limiter, KeyId key, Instant now, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i)
    count += limiter.admit(key, now) ? 1 : 0;
  return count;
}

TEST(RateLimiter, AFullBucketIsABurstAndFillsByTheSecond) {
  const Instant start = *parse_rfc3339("2026-03-02T10:00:00-06:00");
  struct Step {
    milliseconds at;
    int admitted;  // of a hundred at once
  };
  RateLimiter limiter({.per_second = 10, .burst = 25});
  for (const Step& step :
       {Step{milliseconds(0), 25}, Step{milliseconds(0), 0}, Step{milliseconds(99), 0},
        Step{milliseconds(100), 1}, Step{milliseconds(1'100), 10}, Step{milliseconds(1'150), 0},
        Step{milliseconds(1'200), 1}, Step{milliseconds(3'700), 25},
        Step{milliseconds(3'600'000), 25}})
    EXPECT_EQ(admitted(limiter, key_of(1), start + step.at, 100), step.admitted)
        << step.at.count() << " ms";
}

TEST(RateLimiter, EveryKeyHasItsOwn) {
  const Instant now = *parse_rfc3339("2026-03-02T10:00:00-06:00");
  RateLimiter limiter({.per_second = 1, .burst = 3});
  EXPECT_EQ(admitted(limiter, key_of(1), now, 9), 3);
  EXPECT_EQ(admitted(limiter, key_of(2), now, 2), 2);
  EXPECT_EQ(admitted(limiter, key_of(2), now, 9), 1);
}

TEST(RateLimiter, AClockThatIsSetBackLocksNobodyOut) {
  const Instant now = *parse_rfc3339("2026-03-02T10:00:00-06:00");
  RateLimiter limiter({.per_second = 1, .burst = 3});
  EXPECT_EQ(admitted(limiter, key_of(1), now, 9), 3);
  EXPECT_EQ(admitted(limiter, key_of(1), now - std::chrono::hours(1), 9), 3);
  EXPECT_EQ(admitted(limiter, key_of(1), now - std::chrono::hours(1), 9), 0);
}

TEST(RateLimiter, WithoutALimitEverythingPassesAndNothingIsKept) {
  RateLimiter limiter({});
  EXPECT_EQ(admitted(limiter, key_of(1), Instant{}, 100'000), 100'000);
}

TEST(RateLimiter, WhatItKeepsIsBounded) {
  const Instant now = *parse_rfc3339("2026-03-02T10:00:00-06:00");
  RateLimiter limiter({.per_second = 1, .burst = 1});
  KeyId key;
  for (std::size_t number = 0; number <= kRateKeysMax; ++number) {
    key.bytes[0] = static_cast<std::uint8_t>(number >> 8U);
    key.bytes[1] = static_cast<std::uint8_t>(number);
    EXPECT_TRUE(limiter.admit(key, now));
  }
  EXPECT_FALSE(limiter.admit(key, now));
  EXPECT_TRUE(limiter.admit(KeyId{}, now));  // forgotten with all others
}

TEST(ApiRateLimit, AKeyThatAsksTooOftenIsToldWhenToComeBack) {
  World world;
  world.context->settings.key_limit = {.per_second = 2, .burst = 3};
  world.application.emplace(*world.context);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(world.get("/v1/payments", world.portal).status(), 200) << i;
  const Answered refused = world.post("/v1/quotes", world.portal, boost::json::object());
  EXPECT_EQ(refused.status(), 429);
  EXPECT_EQ(refused.code(), "key.too_many_requests");
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(refused.json.at("detail"),
            "a key may make 2 requests a second (server.key_requests_per_second), and 3 at once "
            "(server.key_burst)");
  EXPECT_EQ(refused.header("content-type"), "application/problem+json; charset=utf-8");
  EXPECT_NE(world.metrics.text().find("erario_http_rate_limited_total 1"), std::string::npos);
  // Others are served, and whoever shows no key.
  EXPECT_EQ(world.get("/v1/payments", world.other_portal).status(), 200);
  EXPECT_EQ(world.get("/healthz", "").status(), 200);
  world.clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(world.get("/v1/payments", world.portal).status(), 200);
}

}  // namespace
}  // namespace erario::api
