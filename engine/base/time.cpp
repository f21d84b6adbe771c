#include "engine/base/time.hpp"

#include <date/tz.h>

#include <charconv>
#include <cstdlib>

namespace erario {
namespace {

// Exactly `text.size()` digits.
bool read_digits(std::string_view text, int* value) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return failure == std::errc{} && end == text.data() + text.size();
}

Result<Date> date_of(std::string_view year, std::string_view month, std::string_view day) {
  int y = 0;
  int m = 0;
  int d = 0;
  if (!read_digits(year, &y) || !read_digits(month, &m) || !read_digits(day, &d)) {
    return Error{ErrorCode::kFieldInvalid, "a date is written year, month, day in digits"};
  }
  const Date date{std::chrono::year(y), std::chrono::month(static_cast<unsigned>(m)),
                  std::chrono::day(static_cast<unsigned>(d))};
  if (!date.ok()) return Error{ErrorCode::kFieldInvalid, "the date does not exist"};
  return date;
}

const date::time_zone* mexico_city() {
  static const date::time_zone* const zone = date::locate_zone("America/Mexico_City");
  return zone;
}

// Exactly `width` digits.
void append_digits(std::string& text, std::int64_t value, std::size_t width) {
  text.append(width, '0');
  for (std::size_t at = text.size(); value > 0 && width > 0; --width, value /= 10)
    text[--at] = static_cast<char>('0' + value % 10);
}

// "T10:15:00"
void append_time(std::string& text, std::int64_t second_of_day) {
  text += 'T';
  append_digits(text, second_of_day / 3'600, 2);
  text += ':';
  append_digits(text, second_of_day / 60 % 60, 2);
  text += ':';
  append_digits(text, second_of_day % 60, 2);
}

void append_offset(std::string& text, std::chrono::seconds offset) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(offset).count();
  const auto magnitude = minutes < 0 ? -minutes : minutes;
  text += minutes < 0 ? '-' : '+';
  append_digits(text, magnitude / 60, 2);
  text += ':';
  append_digits(text, magnitude % 60, 2);
}

}  // namespace

std::string to_text(Date date) {
  const int year = static_cast<int>(date.year());
  std::string text = year < 0 ? "-" : "";
  append_digits(text, std::abs(year), std::abs(year) < 10'000 ? 4 : 5);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.month()), 2);
  text += '-';
  append_digits(text, static_cast<unsigned>(date.day()), 2);
  return text;
}

Result<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return Error{ErrorCode::kFieldInvalid, "a date is written like 2026-03-02"};
  }
  return date_of(text.substr(0, 4), text.substr(5, 2), text.substr(8, 2));
}

std::string to_compact_text(Date date) {
  std::string text = to_text(date);
  std::erase(text, '-');
  return text;
}

Result<Date> parse_compact_date(std::string_view text) {
  if (text.size() != 8) {
    return Error{ErrorCode::kFieldInvalid, "an operating date is written like 20260302"};
  }
  return date_of(text.substr(0, 4), text.substr(4, 2), text.substr(6, 2));
}

Date add_days(Date date, int days) {
  return Date{std::chrono::sys_days{date} + std::chrono::days{days}};
}

int days_between(Date a, Date b) {
  return static_cast<int>((std::chrono::sys_days{b} - std::chrono::sys_days{a}).count());
}

LocalTime to_mexico_city(Instant instant) {
  // The rule in force is looked up again only when it changes: instants come in order, mostly.
  thread_local date::sys_info info;
  const auto second = std::chrono::floor<std::chrono::seconds>(instant);
  if (second < info.begin || second >= info.end) info = mexico_city()->get_info(second);
  const auto shifted = instant + info.offset;
  const auto day = std::chrono::floor<std::chrono::days>(shifted);
  return {Date{day}, shifted - day, info.offset};
}

Instant mexico_city_midnight(Date date) {
  const date::local_days local{std::chrono::sys_days{date}.time_since_epoch()};
  return std::chrono::time_point_cast<std::chrono::microseconds>(
      mexico_city()->to_sys(local, date::choose::earliest));
}

std::string to_rfc3339(Instant instant) {
  const LocalTime local = to_mexico_city(instant);
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(local.since_midnight).count();
  std::string text = to_text(local.date);
  append_time(text, ms / 1'000);
  text += '.';
  append_digits(text, ms % 1'000, 3);
  append_offset(text, local.utc_offset);
  return text;
}

std::string to_exact_rfc3339(Instant instant) {
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const auto micros = (instant - day).count();
  std::string text = to_text(Date{day});
  append_time(text, micros / 1'000'000);
  text += '.';
  append_digits(text, micros % 1'000'000, 6);
  text += 'Z';
  return text;
}

// Beyond them an instant could not be written back: until 1922 Mexico City kept a local mean time
// whose offset has seconds, and years have four digits.
constexpr std::chrono::year kFirstYear{1923};
constexpr std::chrono::year kLastYear{9998};

Result<Instant> parse_rfc3339(std::string_view text) {
  const auto invalid = [] {
    return Error{ErrorCode::kFieldInvalid,
                 "a time is written in RFC 3339 with an offset, like 2026-03-02T10:15:00-06:00"};
  };
  if (text.size() < 20 || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':') {
    return invalid();
  }
  TRY(const Date date, parse_date(text.substr(0, 10)));
  if (date.year() < kFirstYear || date.year() > kLastYear) return invalid();
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (!read_digits(text.substr(11, 2), &hour) || !read_digits(text.substr(14, 2), &minute) ||
      !read_digits(text.substr(17, 2), &second) || hour > 23 || minute > 59 || second > 59) {
    return invalid();
  }
  std::string_view rest = text.substr(19);
  int micros = 0;
  if (rest.starts_with('.')) {
    std::size_t length = 1;
    while (length < rest.size() && rest[length] >= '0' && rest[length] <= '9')
      ++length;
    if (length < 2 || length > 7 || !read_digits(rest.substr(1, length - 1), &micros)) {
      return invalid();
    }
    for (std::size_t i = length; i < 7; ++i)
      micros *= 10;
    rest.remove_prefix(length);
  }
  int offset_minutes = 0;
  if (rest != "Z" && rest != "z") {
    int offset_hour = 0;
    int offset_minute = 0;
    if (rest.size() != 6 || (rest[0] != '+' && rest[0] != '-') || rest[3] != ':' ||
        !read_digits(rest.substr(1, 2), &offset_hour) ||
        !read_digits(rest.substr(4, 2), &offset_minute) || offset_hour > 23 || offset_minute > 59) {
      return invalid();
    }
    offset_minutes = (offset_hour * 60 + offset_minute) * (rest[0] == '-' ? -1 : 1);
  }
  return Instant{std::chrono::sys_days{date}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute - offset_minutes} + std::chrono::seconds{second} +
         std::chrono::microseconds{micros};
}

std::int64_t to_epoch_micros(Instant instant) {
  return instant.time_since_epoch().count();
}
Instant from_epoch_micros(std::int64_t micros) {
  return Instant{std::chrono::microseconds{micros}};
}

}  // namespace erario
