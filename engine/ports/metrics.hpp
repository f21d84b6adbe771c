// Metrics as a port: names and labels are fixed where they are used; api/ renders them for
// Prometheus. All calls are thread safe and cheap.
#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace erario {

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

class Metrics {
 public:
  virtual ~Metrics() = default;
  // Counter names end in _total, histograms of time in _seconds.
  virtual void count(std::string_view name, MetricLabels labels, double by = 1) = 0;
  virtual void gauge(std::string_view name, MetricLabels labels, double value) = 0;
  virtual void observe(std::string_view name, MetricLabels labels, double value) = 0;
};

}  // namespace erario
