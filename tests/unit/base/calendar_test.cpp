#include "engine/base/calendar.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace erario {
namespace {

Date date(std::string_view text) {
  return parse_date(text).value();
}

bool is_weekend(Date day) {
  const std::chrono::weekday weekday{std::chrono::sys_days{day}};
  return weekday == std::chrono::Saturday || weekday == std::chrono::Sunday;
}

// The closed days of a year, weekends apart.
std::vector<std::string> holidays_of(int year) {
  std::vector<std::string> holidays;
  const Date first = Date{std::chrono::year(year), std::chrono::January, std::chrono::day(1)};
  for (Date day = first; day.year() == first.year(); day = add_days(day, 1)) {
    if (!is_weekend(day) && !is_bank_business_day(day)) holidays.push_back(to_text(day));
  }
  return holidays;
}

TEST(Calendar, closes_the_banks_on_the_days_of_the_2026_list) {
  // 12 December is on the list too and falls on a Saturday.
  EXPECT_EQ(holidays_of(2026),
            (std::vector<std::string>{"2026-01-01", "2026-02-02", "2026-03-16", "2026-04-02",
                                      "2026-04-03", "2026-05-01", "2026-09-16", "2026-11-02",
                                      "2026-11-16", "2026-12-25"}));
  EXPECT_FALSE(is_bank_business_day(date("2026-12-12")));
}

struct Year {
  int year;
  const char* holy_thursday;
};

TEST(Calendar, finds_holy_thursday_and_friday_from_the_moon) {
  for (const Year& row :
       {Year{2023, "2023-04-06"}, Year{2024, "2024-03-28"}, Year{2025, "2025-04-17"},
        Year{2026, "2026-04-02"}, Year{2008, "2008-03-20"}, Year{2011, "2011-04-21"},
        Year{2038, "2038-04-22"}, Year{2049, "2049-04-15"}}) {
    const Date thursday = date(row.holy_thursday);
    EXPECT_TRUE(is_bank_business_day(add_days(thursday, -1))) << row.year;
    EXPECT_FALSE(is_bank_business_day(thursday)) << row.year;
    EXPECT_FALSE(is_bank_business_day(add_days(thursday, 1))) << row.year;
    EXPECT_TRUE(is_bank_business_day(add_days(thursday, 4))) << row.year;
  }
}

TEST(Calendar, closes_on_the_first_of_october_every_sixth_year_from_2024) {
  EXPECT_FALSE(is_bank_business_day(date("2024-10-01")));
  EXPECT_FALSE(is_bank_business_day(date("2030-10-01")));
  for (const char* open : {"2018-10-01", "2025-10-01", "2026-10-01", "2027-10-01", "2029-10-01"}) {
    EXPECT_TRUE(is_bank_business_day(date(open))) << open;
  }
}

TEST(Calendar, a_movable_monday_moves_and_its_old_date_is_open) {
  EXPECT_FALSE(is_bank_business_day(date("2024-02-05")));
  EXPECT_TRUE(is_bank_business_day(date("2025-02-05")));
  EXPECT_FALSE(is_bank_business_day(date("2025-02-03")));
  EXPECT_FALSE(is_bank_business_day(date("2023-11-20")));
  EXPECT_TRUE(is_bank_business_day(date("2023-11-13")));
  for (const char* closed : {"2022-02-07", "2022-03-21", "2022-11-21", "2021-02-01"}) {
    EXPECT_FALSE(is_bank_business_day(date(closed))) << closed;
  }
  for (const char* open : {"2022-02-14", "2022-03-14", "2022-11-14", "2021-02-08"}) {
    EXPECT_TRUE(is_bank_business_day(date(open))) << open;
  }
  EXPECT_TRUE(is_bank_business_day(date("2023-11-06")));
  EXPECT_TRUE(is_bank_business_day(date("2026-03-09")));
}

TEST(Calendar, steps_over_closed_days_both_ways) {
  EXPECT_EQ(next_bank_business_day(date("2026-04-01")), date("2026-04-06"));
  EXPECT_EQ(previous_bank_business_day(date("2026-04-06")), date("2026-04-01"));
  EXPECT_EQ(next_bank_business_day(date("2026-03-02")), date("2026-03-03"));
  EXPECT_EQ(next_bank_business_day(date("2025-12-31")), date("2026-01-02"));
}

struct Counted {
  const char* from;
  const char* to;
  int days;
};

TEST(Calendar, counts_business_days_after_one_date_up_to_another) {
  for (const Counted& row : {
           Counted{"2026-03-02", "2026-03-02", 0},
           Counted{"2026-03-03", "2026-03-02", 0},
           Counted{"2026-03-02", "2026-03-03", 1},
           Counted{"2026-03-06", "2026-03-08", 0},
           Counted{"2026-03-06", "2026-03-09", 1},
           Counted{"2026-03-13", "2026-03-17", 1},
           Counted{"2026-04-01", "2026-04-06", 1},
           Counted{"2025-12-31", "2026-12-31", 251},
       }) {
    EXPECT_EQ(business_days_between(date(row.from), date(row.to)), row.days)
        << row.from << " to " << row.to;
  }
}

struct Capture {
  const char* local;
  const char* operating_date;
};

TEST(Calendar, gives_a_transfer_the_operating_date_of_spei) {
  for (const Capture& row : {
           Capture{"2023-08-24T18:02:32-06:00", "20230825"},
           Capture{"2023-08-25T14:47:19-06:00", "20230825"},
           Capture{"2023-10-26T18:11:00-06:00", "20231027"},
           Capture{"2023-11-06T15:14:28-06:00", "20231106"},
           Capture{"2026-03-06T17:59:59-06:00", "20260306"},
           Capture{"2026-03-06T17:59:59.999999-06:00", "20260306"},
           Capture{"2026-03-06T18:00:00-06:00", "20260309"},
           Capture{"2026-03-07T09:00:00-06:00", "20260309"},
           Capture{"2026-03-08T23:59:59-06:00", "20260309"},
           Capture{"2026-03-09T00:00:00-06:00", "20260309"},
           Capture{"2026-03-13T18:30:00-06:00", "20260317"},
           Capture{"2026-03-16T09:00:00-06:00", "20260317"},
           Capture{"2026-04-01T18:00:00-06:00", "20260406"},
           Capture{"2026-04-30T19:00:00-06:00", "20260504"},
           Capture{"2026-12-11T18:00:00-06:00", "20261214"},
           Capture{"2026-03-07T00:30:00Z", "20260309"},
           Capture{"2026-03-06T23:30:00Z", "20260306"},
       }) {
    EXPECT_EQ(to_compact_text(spei_operating_date(parse_rfc3339(row.local).value())),
              row.operating_date)
        << row.local;
  }
  const Instant recorded = from_epoch_micros(1'692'921'752'078'000);
  EXPECT_EQ(to_compact_text(spei_operating_date(recorded)), "20230825");
}

TEST(Calendar, the_operating_date_is_always_a_business_day_and_never_goes_back) {
  Date before = date("2026-01-01");
  const Instant start = mexico_city_midnight(before);
  for (int hour = 0; hour < 24 * 365; ++hour) {
    const Date operating = spei_operating_date(start + std::chrono::hours(hour));
    EXPECT_TRUE(is_bank_business_day(operating));
    EXPECT_LE(before, operating);
    before = operating;
  }
}

}  // namespace
}  // namespace erario
