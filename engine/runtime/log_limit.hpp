// Lets one line of a kind into the log, then holds the like of it back for a while and counts them,
// so that a fault which strikes every batch tells itself without filling the disk. It reads no
// clock. Not thread safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace erario {

class LogLimit {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  explicit LogLimit(std::chrono::seconds pause = std::chrono::seconds(10)) : pause_(pause) {}

  // How many were held back since the last one; none: hold this one back too.
  std::optional<std::int64_t> admit(TimePoint now) {
    if (last_ && now - *last_ < pause_) {
      ++held_back_;
      return std::nullopt;
    }
    last_ = now;
    return std::exchange(held_back_, 0);
  }

 private:
  std::chrono::seconds pause_;
  std::optional<TimePoint> last_;
  std::int64_t held_back_ = 0;
};

// What a line ends with: nothing, or " (and 12 more like it …)".
inline std::string held_back_text(std::int64_t held_back) {
  if (held_back == 0) return {};
  return " (and " + std::to_string(held_back) + " more like it since the last such line)";
}

}  // namespace erario
