// The stand-in's own clock, Mexico City dates and SPEI's operating day. The offset is -06:00, as
// it has been all year since October 2022. SimClock is thread safe; the rest is pure.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace erario::sim {

using Days = std::chrono::sys_days;

// Starts at a given instant, or at the machine's, and runs on.
class SimClock {
 public:
  SimClock();
  // Milliseconds since the epoch.
  std::int64_t now_ms() const;
  void set(std::int64_t now_ms);

 private:
  std::atomic<std::int64_t> offset_ms_{0};
};

// "2026-03-02T10:15:00-06:00"; "Z" and fractions are accepted.
std::optional<std::int64_t> parse_rfc3339(std::string_view text);
// Mexico City time with its offset, whole seconds.
std::string local_time_text(std::int64_t now_ms);
Days local_day(std::int64_t now_ms);
// The first millisecond of the day in Mexico City.
std::int64_t start_of_local_day_ms(Days day);

std::string iso_date(Days day);      // 2026-03-02
std::string compact_date(Days day);  // 20260302
// Reads either form; empty when it is not a date.
std::optional<Days> parse_date(std::string_view text);

// Monday to Friday and not a bank holiday of Mexico.
bool is_business_day(Days day);
// From 18:00 local, or on a day without business, the next business day.
Days operating_day(std::int64_t now_ms);

}  // namespace erario::sim
