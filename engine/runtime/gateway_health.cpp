#include "engine/runtime/gateway_health.hpp"

namespace erario {

void RecentOutcomes::add(bool answered, Instant at) {
  calls_[next_] = {at, answered};
  next_ = (next_ + 1) % kKept;
  count_ = std::min(count_ + 1, kKept);
}

bool RecentOutcomes::silent(Instant now) const {
  std::size_t young = 0;
  std::size_t silences = 0;
  bool just_now = false;
  for (std::size_t i = 0; i < count_; ++i) {
    if (now - calls_[i].at > kAgeMax) continue;
    young += 1;
    if (calls_[i].answered) continue;
    silences += 1;
    just_now = just_now || now - calls_[i].at <= kRest;
  }
  return just_now && silences >= kSilencesMin && 2 * silences > young;
}

void GatewayHealth::record(std::string_view gateway, bool answered, Instant at) {
  const std::lock_guard lock(mutex_);
  auto known = outcomes_.find(gateway);
  if (known == outcomes_.end()) known = outcomes_.try_emplace(std::string(gateway)).first;
  known->second.add(answered, at);
}

bool GatewayHealth::silent(std::string_view gateway, Instant now) const {
  const std::lock_guard lock(mutex_);
  const auto known = outcomes_.find(gateway);
  return known != outcomes_.end() && known->second.silent(now);
}

}  // namespace erario
