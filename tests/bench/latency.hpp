// LatencyHistogram: durations in log-linear buckets, 64 to each power of two, so that any
// percentile is within 1.6 % of the true one however long the tail. Not thread safe; merge() joins
// histograms.
#pragma once

#include <array>
#include <boost/json/fwd.hpp>
#include <chrono>
#include <cstdint>

namespace erario::bench {

class LatencyHistogram {
 public:
  // Longer ones are counted as the longest that fits, about 18 minutes.
  void record(std::chrono::nanoseconds taken);
  void merge(const LatencyHistogram& other);

  std::int64_t count() const { return count_; }
  std::chrono::nanoseconds max() const { return std::chrono::nanoseconds(max_); }
  std::chrono::nanoseconds mean() const;
  // The upper end of the bucket below which `part` (0 to 1) of all durations lie; zero when empty.
  std::chrono::nanoseconds percentile(double part) const;
  // How many took at most `limit`.
  std::int64_t count_within(std::chrono::nanoseconds limit) const;

  // count and, in microseconds, mean, p50, p90, p99, p999 and max.
  boost::json::object summary() const;

 private:
  static constexpr int kSubBits = 6;
  static constexpr int kTopBits = 40;
  static constexpr std::size_t kBuckets = (kTopBits - kSubBits + 1) << kSubBits;
  static std::size_t bucket_of(std::int64_t nanoseconds);
  static std::int64_t upper_end(std::size_t bucket);

  std::array<std::int64_t, kBuckets> buckets_{};
  std::int64_t count_ = 0;
  std::int64_t sum_ = 0;
  std::int64_t max_ = 0;
};

}  // namespace erario::bench
