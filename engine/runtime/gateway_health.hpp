// How the gateways answered lately, which is what routing goes by: one that does not answer gets
// nothing new while another can take it. Thread safe.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/base/time.hpp"

namespace erario {

// The last outcomes of one gateway's calls. Not thread safe.
class RecentOutcomes {
 public:
  static constexpr std::size_t kKept = 10;
  static constexpr std::size_t kSilencesMin = 3;
  static constexpr std::chrono::seconds kAgeMax{60};
  // After its last silence a gateway is given another chance.
  static constexpr std::chrono::seconds kRest{15};

  void add(bool answered, Instant at);
  // Most of the last calls went unanswered, at least kSilencesMin of them and one of them just now.
  bool silent(Instant now) const;

 private:
  struct Call {
    Instant at{};
    bool answered = true;
  };
  std::array<Call, kKept> calls_{};
  std::size_t next_ = 0;
  std::size_t count_ = 0;
};

class GatewayHealth {
 public:
  void record(std::string_view gateway, bool answered, Instant at);
  bool silent(std::string_view gateway, Instant now) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, RecentOutcomes, std::less<>> outcomes_;  // as many as are configured
};

}  // namespace erario
