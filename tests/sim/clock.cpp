#include "tests/sim/clock.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace erario::sim {
namespace {

namespace chrono = std::chrono;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kOffsetMs = 6 * 3'600'000;
constexpr std::int64_t kSwitchMs = 18 * 3'600'000;

std::optional<int> digits(std::string_view text, std::size_t at, std::size_t count) {
  const auto part = at <= text.size() ? text.substr(at, count) : std::string_view();
  int value = 0;
  const auto end = part.data() + part.size();
  const auto parsed = std::from_chars(part.data(), end, value);
  const bool sign = part.starts_with('-');
  if (part.size() != count || parsed.ptr != end || sign) return std::nullopt;
  return value;
}

std::optional<Days> make_day(std::optional<int> year, std::optional<int> month,
                             std::optional<int> day) {
  if (!year || !month || !day) return std::nullopt;
  const chrono::year_month_day date{chrono::year(*year),
                                    chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return Days(date);
}

// Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876).
Days easter(int year) {
  const int golden = year % 19;
  const int century = year / 100;
  const int rest = year % 100;
  const int moon =
      (19 * golden + century - century / 4 - (century - (century + 8) / 25 + 1) / 3 + 15) % 30;
  const int weekday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
  const int shift = (golden + 11 * moon + 22 * weekday) / 451;
  const int sum = moon + weekday - 7 * shift + 114;
  return Days(chrono::year(year) / chrono::month(static_cast<unsigned>(sum / 31)) /
              chrono::day(static_cast<unsigned>(sum % 31 + 1)));
}

std::int64_t local_ms(std::int64_t now_ms) {
  return now_ms - kOffsetMs;
}

}  // namespace

SimClock::SimClock() = default;

std::int64_t SimClock::now_ms() const {
  const auto machine = chrono::system_clock::now().time_since_epoch();
  return chrono::duration_cast<chrono::milliseconds>(machine).count() + offset_ms_.load();
}

void SimClock::set(std::int64_t now_ms) {
  offset_ms_ += now_ms - this->now_ms();
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  const auto day = parse_date(text.substr(0, 10));
  const auto hour = digits(text, 11, 2);
  const auto minute = digits(text, 14, 2);
  const auto second = digits(text, 17, 2);
  if (!day || text.size() < 20 || text[4] != '-' || text[10] != 'T' || !hour || !minute ||
      !second || *hour > 23 || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  std::size_t at = 19;
  std::int64_t milliseconds = 0;
  if (text[at] == '.') {
    std::int64_t unit = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, unit /= 10) {
      milliseconds += (text[at] - '0') * unit;
    }
  }
  std::int64_t offset_minutes = 0;
  const auto zone = text.substr(at);
  if (zone != "Z") {
    const auto zone_hour = digits(zone, 1, 2);
    const auto zone_minute = digits(zone, 4, 2);
    const bool sign = zone.starts_with('-') || zone.starts_with('+');
    if (zone.size() != 6 || !sign || !zone_hour || !zone_minute) return std::nullopt;
    offset_minutes = (*zone_hour * 60 + *zone_minute) * (zone[0] == '-' ? -1 : 1);
  }
  const auto seconds = *hour * 3600 + *minute * 60 + *second - offset_minutes * 60;
  return day->time_since_epoch().count() * kDayMs + seconds * 1000 + milliseconds;
}

Days local_day(std::int64_t now_ms) {
  return chrono::floor<chrono::days>(
      chrono::sys_time<chrono::milliseconds>(chrono::milliseconds(local_ms(now_ms))));
}

std::int64_t start_of_local_day_ms(Days day) {
  return day.time_since_epoch().count() * kDayMs + kOffsetMs;
}

std::string local_time_text(std::int64_t now_ms) {
  const auto day = local_day(now_ms);
  const auto seconds = (now_ms - start_of_local_day_ms(day)) / 1000;
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "T%02d:%02d:%02d-06:00", static_cast<int>(seconds / 3600),
                static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  return iso_date(day) + out.data();
}

std::string iso_date(Days day) {
  const chrono::year_month_day date(day);
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return out.data();
}

std::string compact_date(Days day) {
  const auto iso = iso_date(day);
  return iso.substr(0, 4) + iso.substr(5, 2) + iso.substr(8, 2);
}

std::optional<Days> parse_date(std::string_view text) {
  if (text.size() == 8) return make_day(digits(text, 0, 4), digits(text, 4, 2), digits(text, 6, 2));
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  return make_day(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
}

bool is_business_day(Days day) {
  const chrono::year_month_day date(day);
  const chrono::weekday weekday(day);
  if (weekday == chrono::Saturday || weekday == chrono::Sunday) return false;
  const int year = static_cast<int>(date.year());
  const auto month = static_cast<unsigned>(date.month());
  const auto number = static_cast<unsigned>(date.day());
  const auto is = [&](unsigned a_month, unsigned a_day) {
    return month == a_month && number == a_day;
  };
  if (is(1, 1) || is(5, 1) || is(9, 16) || is(11, 2) || is(12, 12) || is(12, 25)) return false;
  if (is(10, 1) && year >= 2024 && (year - 2024) % 6 == 0) return false;
  const auto monday = [&](unsigned a_month, unsigned week) {
    return month == a_month && weekday == chrono::Monday && (number - 1) / 7 + 1 == week;
  };
  if (monday(2, 1) || monday(3, 3) || monday(11, 3)) return false;
  const auto sunday = easter(year);
  return day != sunday - chrono::days(3) && day != sunday - chrono::days(2);
}

Days operating_day(std::int64_t now_ms) {
  auto day = local_day(now_ms);
  if (now_ms - start_of_local_day_ms(day) >= kSwitchMs) day += chrono::days(1);
  while (!is_business_day(day))
    day += chrono::days(1);
  return day;
}

}  // namespace erario::sim
