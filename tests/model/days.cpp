#include "tests/model/days.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace erario::model {
namespace {

constexpr std::chrono::hours kOffset{-6};
constexpr std::chrono::hours kChange{18};

// Holidays of the CNBV list that do not fall on a weekend, for the years simulations are played in.
constexpr std::array<std::string_view, 15> kHolidays{
    "2026-01-01", "2026-02-02", "2026-03-16", "2026-04-02", "2026-04-03",
    "2026-05-01", "2026-09-16", "2026-11-02", "2026-11-16", "2026-12-25",
    "2027-01-01", "2027-02-01", "2027-03-15", "2027-03-25", "2027-03-26"};

std::chrono::sys_time<std::chrono::microseconds> local(Instant instant) {
  return instant + kOffset;
}

}  // namespace

Date local_date(Instant instant) {
  return Date(std::chrono::floor<std::chrono::days>(local(instant)));
}

bool banks_open(Date date) {
  const auto weekday = std::chrono::weekday(std::chrono::sys_days(date)).iso_encoding();
  if (weekday >= 6) return false;
  return std::find(kHolidays.begin(), kHolidays.end(), to_text(date)) == kHolidays.end();
}

Date next_open_day(Date date) {
  do {
    date = Date(std::chrono::sys_days(date) + std::chrono::days(1));
  } while (!banks_open(date));
  return date;
}

Date previous_open_day(Date date) {
  do {
    date = Date(std::chrono::sys_days(date) - std::chrono::days(1));
  } while (!banks_open(date));
  return date;
}

Date operating_day(Instant instant) {
  const Date date = local_date(instant);
  const auto since_midnight = local(instant) - std::chrono::sys_days(date);
  if (banks_open(date) && since_midnight < kChange) return date;
  return next_open_day(date);
}

}  // namespace erario::model
