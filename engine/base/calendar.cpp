#include "engine/base/calendar.hpp"

namespace erario {
namespace {

using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::weekday;

constexpr std::chrono::hours kOperatingDayEnd{18};

// The Gregorian computus (Meeus, Jones, Butcher).
Date easter_sunday(int year) {
  const int golden = year % 19;
  const int century = year / 100;
  const int of_century = year % 100;
  const int moon_shift = (century - (century + 8) / 25 + 1) / 3;
  const int epact = (19 * golden + century - century / 4 - moon_shift + 15) % 30;
  const int to_sunday =
      (32 + 2 * (century % 4) + 2 * (of_century / 4) - epact - of_century % 4) % 7;
  const int late_moon = (golden + 11 * epact + 22 * to_sunday) / 451;
  const int month_and_day = epact + to_sunday - 7 * late_moon + 114;
  return Date{std::chrono::year(year), month(static_cast<unsigned>(month_and_day / 31)),
              std::chrono::day(static_cast<unsigned>(month_and_day % 31 + 1))};
}

bool is_holy_thursday_or_friday(Date date) {
  // They fall between 19 March and 23 April.
  if (date.month() != std::chrono::March && date.month() != std::chrono::April) return false;
  const sys_days easter{easter_sunday(static_cast<int>(date.year()))};
  const auto before = easter - sys_days{date};
  return before == days{2} || before == days{3};
}

bool is_nth_monday(Date date, unsigned month_number, unsigned nth) {
  const unsigned day = static_cast<unsigned>(date.day());
  return static_cast<unsigned>(date.month()) == month_number &&
         weekday{sys_days{date}} == std::chrono::Monday && (day + 6) / 7 == nth;
}

bool is_fixed_holiday(Date date) {
  const unsigned month_and_day =
      static_cast<unsigned>(date.month()) * 100 + static_cast<unsigned>(date.day());
  switch (month_and_day) {
    case 101:
    case 501:
    case 916:
    case 1102:
    case 1212:
    case 1225: return true;
    case 1001:  // the federal executive changes hands
      return static_cast<int>(date.year()) >= 2024 &&
             (static_cast<int>(date.year()) - 2024) % 6 == 0;
    default: return false;
  }
}

}  // namespace

bool is_bank_business_day(Date date) {
  const weekday day{sys_days{date}};
  if (day == std::chrono::Saturday || day == std::chrono::Sunday) return false;
  return !is_fixed_holiday(date) && !is_nth_monday(date, 2, 1) && !is_nth_monday(date, 3, 3) &&
         !is_nth_monday(date, 11, 3) && !is_holy_thursday_or_friday(date);
}

Date next_bank_business_day(Date date) {
  do {
    date = add_days(date, 1);
  } while (!is_bank_business_day(date));
  return date;
}

Date previous_bank_business_day(Date date) {
  do {
    date = add_days(date, -1);
  } while (!is_bank_business_day(date));
  return date;
}

Date spei_operating_date(Instant instant) {
  const LocalTime local = to_mexico_city(instant);
  const bool same_day = is_bank_business_day(local.date) && local.since_midnight < kOperatingDayEnd;
  return same_day ? local.date : next_bank_business_day(local.date);
}

int business_days_between(Date from, Date to) {
  int count = 0;
  for (Date date = next_bank_business_day(from); date <= to; date = next_bank_business_day(date)) {
    ++count;
  }
  return count;
}

}  // namespace erario
