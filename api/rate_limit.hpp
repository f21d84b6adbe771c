// How many requests each API key may make: a bucket of `burst` requests that fills at so many a
// second. One process counts for itself. A clock that goes back forgets what it counted. Thread
// safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>

#include "engine/base/id.hpp"
#include "engine/base/time.hpp"

namespace erario::api {

struct RateLimit {
  int per_second = 0;  // 0: none
  int burst = 0;       // at least 1 where there is a limit
};

inline constexpr std::size_t kRateKeysMax = 4096;

class RateLimiter {
 public:
  explicit RateLimiter(RateLimit limit);
  // False: the bucket is empty, and not for longer than a second.
  bool admit(KeyId key, Instant now);

 private:
  const std::chrono::microseconds pause_;  // in which one request comes back; 0: no limit
  const std::chrono::microseconds depth_;  // in which a whole burst does
  std::mutex mutex_;
  std::map<KeyId, Instant> full_at_;  // when the bucket of a key is full again
};

}  // namespace erario::api
