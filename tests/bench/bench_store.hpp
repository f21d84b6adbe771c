// What the measurements in process share: an empty store and a signing key.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "engine/ports/metrics.hpp"
#include "engine/runtime/system.hpp"
#include "ledger/store/open.hpp"
#include "tests/bench/stopwatch.hpp"

namespace erario::bench {

class CountingMetrics final : public Metrics {
 public:
  void count(std::string_view name, MetricLabels, double) override {
    if (name == "erario_lane_batches_total") batches += 1;
  }
  void gauge(std::string_view, MetricLabels, double) override {}
  void observe(std::string_view, MetricLabels, double) override {}
  std::atomic<std::int64_t> batches{0};
};

// A folder of its own below `parent`, removed with what is in it.
class ScratchFolder {
 public:
  // Fails with kIo.
  static Result<ScratchFolder> make(const std::string& parent);
  ~ScratchFolder();
  ScratchFolder(ScratchFolder&& other) noexcept : path_(std::move(other.path_)) {
    other.path_.clear();
  }
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ScratchFolder(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// A new store with the current schema: embedded in the folder, or the one at `url`.
Result<std::unique_ptr<Store>> open_empty_store(const ScratchFolder& folder, std::string url);

// A new Ed25519 key, as an installation has it.
Result<std::unique_ptr<Signer>> make_signer(const ScratchFolder& folder);

}  // namespace erario::bench
