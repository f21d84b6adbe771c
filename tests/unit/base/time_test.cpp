#include "engine/base/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace erario {
namespace {

TEST(Time, reads_and_writes_dates) {
  for (const char* text : {"2026-03-02", "2024-02-29", "2000-02-29", "1999-12-31", "0001-01-01"}) {
    EXPECT_EQ(to_text(parse_date(text).value()), text);
  }
  EXPECT_EQ(to_compact_text(parse_date("2026-03-02").value()), "20260302");
  EXPECT_EQ(to_text(parse_compact_date("20260302").value()), "2026-03-02");
}

TEST(Time, refuses_dates_that_do_not_exist_or_are_written_otherwise) {
  for (const char* text : {"", "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-04-31",
                           "2026-04-00", "2026-4-1", "26-04-01", "2026/04/01", "2026-04-01 ",
                           "+026-04-01", "2026-04--1", "20260401", "2026-04-01T00:00:00Z"}) {
    EXPECT_EQ(parse_date(text).error().code, ErrorCode::kFieldInvalid) << text;
  }
  for (const char* text : {"", "20260229", "2026-3-2", "202603021", "2026030", "2026030a"}) {
    EXPECT_EQ(parse_compact_date(text).error().code, ErrorCode::kFieldInvalid) << text;
  }
}

TEST(Time, counts_days) {
  const Date date = parse_date("2024-02-28").value();
  EXPECT_EQ(to_text(add_days(date, 2)), "2024-03-01");
  EXPECT_EQ(to_text(add_days(date, -59)), "2023-12-31");
  EXPECT_EQ(days_between(date, parse_date("2025-02-28").value()), 366);
  EXPECT_EQ(days_between(date, parse_date("2024-02-27").value()), -1);
}

struct Row {
  const char* text;
  std::int64_t epoch_ms;
  const char* mexico_city;
};

TEST(Time, reads_rfc3339_and_writes_it_in_mexico_city) {
  for (const Row& row : {
           Row{"2023-08-25T00:02:32.078Z", 1'692'921'752'078, "2023-08-24T18:02:32.078-06:00"},
           Row{"1970-01-01T00:00:00Z", 0, "1969-12-31T18:00:00.000-06:00"},
           Row{"2026-03-02T10:15:00.123-06:00", 1'772'468'100'123, "2026-03-02T10:15:00.123-06:00"},
           // Summer time was kept until October 2022 and not after it.
           Row{"2022-07-01T12:00:00Z", 1'656'676'800'000, "2022-07-01T07:00:00.000-05:00"},
           Row{"2023-07-01T12:00:00Z", 1'688'212'800'000, "2023-07-01T06:00:00.000-06:00"},
           Row{"2026-01-01T00:30:00+05:45", 1'767'206'700'000, "2025-12-31T12:45:00.000-06:00"},
           Row{"2024-02-29t23:59:59z", 1'709'251'199'000, "2024-02-29T17:59:59.000-06:00"},
       }) {
    const auto instant = parse_rfc3339(row.text);
    ASSERT_TRUE(instant.ok()) << row.text;
    EXPECT_EQ(to_epoch_micros(*instant), row.epoch_ms * 1'000) << row.text;
    EXPECT_EQ(to_rfc3339(*instant), row.mexico_city);
  }
}

TEST(Time, takes_fractions_of_one_to_six_digits) {
  EXPECT_EQ(to_epoch_micros(*parse_rfc3339("1970-01-01T00:00:00.1Z")), 100'000);
  EXPECT_EQ(to_epoch_micros(*parse_rfc3339("1970-01-01T00:00:00.000001Z")), 1);
  EXPECT_EQ(to_epoch_micros(*parse_rfc3339("1970-01-01T00:00:00.120000Z")), 120'000);
  EXPECT_EQ(to_epoch_micros(*parse_rfc3339("1969-12-31T23:59:59.999999Z")), -1);
}

TEST(Time, refuses_times_without_an_offset_or_out_of_range) {
  for (const char* text : {"",
                           "2026-03-02",
                           "2026-03-02T10:15:00",
                           "2026-03-02 10:15:00Z",
                           "2026-03-02T24:00:00Z",
                           "2026-03-02T10:60:00Z",
                           "2026-03-02T10:15:60Z",
                           "2026-03-02T10:15:00.Z",
                           "2026-03-02T10:15:00.1234567Z",
                           "2026-03-02T10:15:00-0600",
                           "2026-03-02T10:15:00-06",
                           "2026-03-02T10:15:00-24:00",
                           "2026-03-02T10:15:00-06:60",
                           "2026-02-30T10:15:00Z",
                           "2026-03-02T10:15:00ZZ",
                           "2026-03-02T1:015:00Z",
                           "2026-03-02T10:15:00,5Z",
                           "2026-03-02T10:15:00Z ",
                           "1922-12-31T23:59:59Z",
                           "9999-01-01T00:00:00Z",
                           "0000-01-01T00:00:00Z"}) {
    EXPECT_EQ(parse_rfc3339(text).error().code, ErrorCode::kFieldInvalid) << text;
  }
}

TEST(Time, knows_the_civil_day_of_mexico_city) {
  const LocalTime local = to_mexico_city(*parse_rfc3339("2026-03-03T05:59:59.999999Z"));
  EXPECT_EQ(to_text(local.date), "2026-03-02");
  EXPECT_EQ(local.since_midnight.count(), 86'399'999'999);
  EXPECT_EQ(local.utc_offset, std::chrono::hours(-6));
  EXPECT_EQ(mexico_city_midnight(parse_date("2026-03-02").value()),
            *parse_rfc3339("2026-03-02T06:00:00Z"));
  EXPECT_EQ(mexico_city_midnight(parse_date("2022-07-01").value()),
            *parse_rfc3339("2022-07-01T05:00:00Z"));
}

RC_GTEST_PROP(TimeProperty, a_written_time_comes_back_to_the_millisecond, ()) {
  const auto epoch_ms = *rc::gen::inRange<std::int64_t>(0, 4'102'444'800'000);  // up to 2100
  const Instant instant = from_epoch_micros(epoch_ms * 1'000);
  RC_ASSERT(parse_rfc3339(to_rfc3339(instant)).value() == instant);
}

RC_GTEST_PROP(TimeProperty, midnight_is_the_first_instant_of_its_date, ()) {
  const Date date =
      add_days(Date{std::chrono::year(1970), std::chrono::January, std::chrono::day(2)},
               *rc::gen::inRange(0, 40'000));
  const Instant midnight = mexico_city_midnight(date);
  RC_ASSERT(to_mexico_city(midnight).date == date);
  RC_ASSERT(to_mexico_city(midnight - std::chrono::microseconds(1)).date == add_days(date, -1));
}

RC_GTEST_PROP(TimeProperty, dates_come_back_from_both_texts, ()) {
  const Date date =
      add_days(Date{std::chrono::year(1900), std::chrono::January, std::chrono::day(1)},
               *rc::gen::inRange(0, 100'000));
  RC_ASSERT(parse_date(to_text(date)).value() == date);
  RC_ASSERT(parse_compact_date(to_compact_text(date)).value() == date);
}

}  // namespace
}  // namespace erario
