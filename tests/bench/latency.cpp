#include "tests/bench/latency.hpp"

#include <algorithm>
#include <bit>
#include <boost/json/object.hpp>
#include <cmath>

namespace erario::bench {

// Below 2^kSubBits every nanosecond has its bucket; above, each power of two is cut in 2^kSubBits.
std::size_t LatencyHistogram::bucket_of(std::int64_t nanoseconds) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0));
  if (value < (1u << kSubBits)) return static_cast<std::size_t>(value);
  const auto top = static_cast<int>(std::bit_width(value)) - 1;
  const int shift = top - kSubBits;
  const std::uint64_t sub = (value >> shift) & ((1u << kSubBits) - 1);
  const auto bucket = (static_cast<std::uint64_t>(shift + 1) << kSubBits) + sub;
  return std::min(static_cast<std::size_t>(bucket), kBuckets - 1);
}

std::int64_t LatencyHistogram::upper_end(std::size_t bucket) {
  const auto group = static_cast<int>(bucket >> kSubBits);
  const auto sub = static_cast<std::int64_t>(bucket & ((1u << kSubBits) - 1));
  if (group == 0) return sub;
  const int shift = group - 1;
  return (((std::int64_t{1} << kSubBits) + sub + 1) << shift) - 1;
}

void LatencyHistogram::record(std::chrono::nanoseconds taken) {
  ++buckets_[bucket_of(taken.count())];
  ++count_;
  sum_ += taken.count();
  max_ = std::max<std::int64_t>(max_, taken.count());
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket)
    buckets_[bucket] += other.buckets_[bucket];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

std::chrono::nanoseconds LatencyHistogram::mean() const {
  return std::chrono::nanoseconds(count_ == 0 ? 0 : sum_ / count_);
}

std::chrono::nanoseconds LatencyHistogram::percentile(double part) const {
  const auto wanted = static_cast<std::int64_t>(std::ceil(part * static_cast<double>(count_)));
  std::int64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted && seen > 0)
      return std::chrono::nanoseconds(std::min(upper_end(bucket), max_));
  }
  return std::chrono::nanoseconds(0);
}

std::int64_t LatencyHistogram::count_within(std::chrono::nanoseconds limit) const {
  std::int64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets && upper_end(bucket) <= limit.count(); ++bucket)
    seen += buckets_[bucket];
  return seen;
}

boost::json::object LatencyHistogram::summary() const {
  const auto micros = [](std::chrono::nanoseconds taken) {
    return static_cast<double>(taken.count()) / 1000;
  };
  return {{"count", count_},
          {"mean", micros(mean())},
          {"p50", micros(percentile(0.5))},
          {"p90", micros(percentile(0.9))},
          {"p99", micros(percentile(0.99))},
          {"p999", micros(percentile(0.999))},
          {"max", micros(max())}};
}

}  // namespace erario::bench
