#include "engine/catalogue/draft.hpp"

#include <algorithm>

namespace erario {
namespace {

// Loops over years stay short whatever a file says.
Result<Date> parse_catalogue_date(std::string_view text) {
  TRY(const Date date, parse_date(text));
  if (date.year() < std::chrono::year(1990) || date.year() > std::chrono::year(2199)) {
    return Error{ErrorCode::kFieldInvalid, "a date lies between the years 1990 and 2199"};
  }
  return date;
}

// "2024-01-01..2024-12-31 (line 12)", or without the end "2024-01-01.. (line 12)".
std::string with_line(const Period& period) {
  return to_text(period) + " (line " + std::to_string(period.line) + ")";
}

}  // namespace

bool claim(std::map<std::string, Place>& places, const std::string& id, Place place,
           std::string_view what, Problems& problems) {
  const auto [found, fresh] = places.emplace(id, place);
  if (!fresh) {
    problems.add(place, std::string(what) + " " + id + " is already at " + to_text(found->second));
  }
  return fresh;
}

Period read_period(Fields& fields) {
  Period period;
  period.line = fields.place().line;
  period.from = fields.value<Date>("valid_from", parse_catalogue_date);
  period.to = fields.maybe<Date>("valid_to", parse_catalogue_date);
  // An end that cannot be read is not an open end: the period is left out of further checks.
  if (fields.has("valid_to") && !period.to) period.from = Date{};
  return period;
}

std::string to_text(const Period& period) {
  return to_text(period.from) + ".." + (period.to ? to_text(*period.to) : "");
}

void check_periods(std::vector<Period> periods, std::string_view file, const std::string& subject,
                   Problems& problems) {
  std::erase_if(periods, [](const Period& period) { return !period.from.ok(); });
  std::erase_if(periods, [&](const Period& period) {
    const bool reversed = period.to && *period.to < period.from;
    if (reversed) {
      problems.add({file, period.line}, subject + ": the period runs backwards: valid_to " +
                                            to_text(*period.to) + " is before valid_from " +
                                            to_text(period.from));
    }
    return reversed;
  });
  std::stable_sort(periods.begin(), periods.end(),
                   [](const Period& a, const Period& b) { return a.from < b.from; });
  const Period* longest = nullptr;
  for (const Period& period : periods) {
    if (longest != nullptr && (!longest->to || period.from <= *longest->to)) {
      const bool earlier_line = longest->line <= period.line;
      const Period& first = earlier_line ? *longest : period;
      const Period& second = earlier_line ? period : *longest;
      problems.add({file, second.line},
                   subject + ": the period " + with_line(second) + " overlaps " + with_line(first));
    }
    const bool longer =
        longest == nullptr || (longest->to && (!period.to || *period.to > *longest->to));
    if (longer) longest = &period;
  }
}

}  // namespace erario
