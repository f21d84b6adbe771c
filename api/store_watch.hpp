// Whether the store answers. It is asked every few seconds; a question that failed makes it
// unreachable at once, and one that never ends does so when the last answer has grown old. It reads
// no clock. Thread safe.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>

namespace erario::api {

class StoreWatch {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Several pauses between questions, and a slow answer.
  static constexpr std::chrono::seconds kAnswerAgeMax{20};

  void answered(TimePoint now) {
    const std::scoped_lock lock(mutex_);
    last_answer_ = now;
  }
  void failed() {
    const std::scoped_lock lock(mutex_);
    last_answer_.reset();
  }
  bool reachable(TimePoint now) const {
    const std::scoped_lock lock(mutex_);
    return last_answer_ && now - *last_answer_ <= kAnswerAgeMax;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<TimePoint> last_answer_;
};

}  // namespace erario::api
