// The Metrics port over prometheus-cpp. Every metric is one row of a table with its help text,
// labels and buckets; counting under an undeclared name or label is a broken invariant (CHECK), so
// the list below is what an operator can rely on. Thread safe.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports/metrics.hpp"
#include "engine/ports/store.hpp"

namespace erario::api {

enum class MetricKind { kCounter, kGauge, kHistogram };

struct MetricRow {
  MetricKind kind;
  std::string_view name;
  std::string_view help;
  std::vector<std::string_view> labels;
  std::vector<double> buckets;  // histograms
  bool mirrors_store = false;   // as old as the store's last answer
};
std::span<const MetricRow> metric_table();

class PrometheusMetrics final : public Metrics {
 public:
  PrometheusMetrics();
  ~PrometheusMetrics() override;
  void count(std::string_view name, MetricLabels labels, double by = 1) override;
  void gauge(std::string_view name, MetricLabels labels, double value) override;
  void observe(std::string_view name, MetricLabels labels, double value) override;
  // The exposition format of /metrics. Without the store: a mirror of what nobody can ask about now
  // is no news, so its series are left out and not repeated.
  enum class StoreState : std::uint8_t { kReachable, kAway };
  std::string text(StoreState store = StoreState::kReachable) const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

// Sets the gauges that mirror the store: payments by state, outbox, suspense, entries. Call before
// a scrape; fails with what the reader fails with.
Result<void> refresh_store_gauges(Metrics& metrics, Reader& reader, Instant now);

}  // namespace erario::api
