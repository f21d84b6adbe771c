#include "api/rate_limit.hpp"

#include <algorithm>

#include "engine/base/check.hpp"

namespace erario::api {
namespace {

constexpr std::chrono::microseconds kSecond{1'000'000};

std::chrono::microseconds pause_of(RateLimit limit) {
  if (limit.per_second == 0) return std::chrono::microseconds{0};
  CHECK(limit.per_second > 0 && limit.per_second <= kSecond.count() && limit.burst > 0);
  return kSecond / limit.per_second;
}

}  // namespace

RateLimiter::RateLimiter(RateLimit limit) : pause_(pause_of(limit)), depth_(pause_ * limit.burst) {}

bool RateLimiter::admit(KeyId key, Instant now) {
  if (pause_.count() == 0) return true;
  const std::scoped_lock lock(mutex_);
  // Only keys that are valid come here; beyond so many all buckets are full again.
  if (full_at_.size() >= kRateKeysMax && !full_at_.contains(key)) full_at_.clear();
  Instant& full_at = full_at_.try_emplace(key, now).first->second;
  // It is never further away than a whole burst, unless the clock was set back.
  if (full_at < now || full_at - now > depth_) full_at = now;
  if (full_at + pause_ - now > depth_) return false;
  full_at += pause_;
  return true;
}

}  // namespace erario::api
