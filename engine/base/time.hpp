// Instants and dates. An Instant is UTC with microseconds; a Date is a civil date without a zone.
// Nothing here reads a clock: the time comes from the Clock port. Mexico City's rules come from the
// time zone database (America/Mexico_City), never from a fixed offset.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace erario {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;
using Date = std::chrono::year_month_day;

// "2026-03-02". Parsing refuses dates that do not exist.
std::string to_text(Date date);
Result<Date> parse_date(std::string_view text);
// "20260302", the form of SPEI's fecha de operacion.
std::string to_compact_text(Date date);
Result<Date> parse_compact_date(std::string_view text);

Date add_days(Date date, int days);
// Whole days from a to b; negative when b is before a.
int days_between(Date a, Date b);

// A civil time of day in Mexico City.
struct LocalTime {
  Date date;
  std::chrono::microseconds since_midnight;
  std::chrono::seconds utc_offset;  // -06:00 since October 2022, -05:00 in earlier summers
};
LocalTime to_mexico_city(Instant instant);
// The first instant of the date in Mexico City.
Instant mexico_city_midnight(Date date);

// RFC 3339 in Mexico City's offset with microseconds trimmed to milliseconds:
// "2026-03-02T10:15:00.123-06:00".
std::string to_rfc3339(Instant instant);
// RFC 3339 in UTC with all of its microseconds: "2026-03-02T16:15:00.123456Z".
std::string to_exact_rfc3339(Instant instant);
// Accepts any offset and 0 to 6 fractional digits, years 1923 to 9998. Fails with kFieldInvalid.
Result<Instant> parse_rfc3339(std::string_view text);

std::int64_t to_epoch_micros(Instant instant);
Instant from_epoch_micros(std::int64_t micros);

}  // namespace erario
