#include "engine/fees/late_payment.hpp"

#include <rapidcheck.h>

#include "tests/unit/fees/fees_fixture.hpp"

namespace erario {
namespace {

LatePeriod period(std::string_view due, std::string_view paid) {
  return {day(due), day(paid)};
}

// One service over one late fee of a fixed quota.
Catalogue late_catalogue(const char* quota, Rounding rounding = Rounding::kCff20) {
  Catalogue catalogue = empty_catalogue();
  Fee fee = fee_with("late", FixedRule{pesos(quota)});
  fee.late_payment = true;
  add_service(catalogue, "late", {std::move(fee)}, rounding);
  return catalogue;
}

TEST(LatePayment, counts_months_and_fractions_from_the_day_after_the_due_date) {
  struct Row {
    const char* due;
    const char* paid;
    int months;
  };
  const Row rows[] = {
      {"2023-12-17", "2025-12-15", 24},    {"2023-12-17", "2025-12-17", 24},
      {"2023-12-17", "2025-12-18", 25},    {"2023-12-17", "2023-12-17", 0},
      {"2023-12-17", "2023-12-18", 1},     {"2023-12-17", "2023-12-16", 0},
      {"2025-11-17", "2026-02-20", 4},     {"2024-01-31", "2024-02-29", 1},
      {"2024-01-31", "2024-03-01", 2},     {"2024-01-31", "2024-03-31", 2},
      {"2024-01-31", "2024-04-01", 3},     {"2025-01-31", "2025-02-28", 1},
      {"2024-02-29", "2025-02-28", 12},    {"2024-02-29", "2025-03-01", 13},
      {"0001-01-01", "2026-01-01", 24300},
  };
  for (const Row& row : rows)
    EXPECT_EQ(months_late(period(row.due, row.paid)), row.months) << row.due << " " << row.paid;
}

TEST(LatePayment, updates_by_the_last_index_published_before_the_payment) {
  const Indices indices = published_indices();
  struct Row {
    const char* due;
    const char* paid;
    const char* factor;
  };
  const Row rows[] = {
      {"2023-12-17", "2025-12-15", "1.0852"},  // example 1
      {"2023-12-17", "2025-12-10", "1.0852"},  // the day of publication
      {"2023-12-17", "2025-12-09", "1.0780"},  // the day before: October's index
      {"2023-12-17", "2025-12-05", "1.0780"},
      {"2024-05-17", "2024-06-12", "1.0000"},  // example 3: 134.087 / 134.336 is below 1
      {"2025-11-03", "2025-11-28", "1.0000"},  // within one month
      {"2025-11-03", "2025-11-05", "1.0000"},  // not even the older index is out
      {"2025-10-30", "2025-11-05", "1.0000"},
      {"2025-10-30", "2025-11-12", "1.0036"},
  };
  for (const Row& row : rows) {
    const auto update = update_factor(indices, period(row.due, row.paid));
    ASSERT_TRUE(update.ok()) << update.error().detail;
    EXPECT_EQ(update->factor, decimal(row.factor)) << row.due << " " << row.paid;
    EXPECT_EQ(update->figures.back().value, row.factor) << row.due << " " << row.paid;
  }
}

TEST(LatePayment, does_not_take_an_index_that_was_not_loaded_for_one_not_published) {
  const auto update = update_factor(published_indices(), period("2025-12-17", "2026-06-15"));
  ASSERT_FALSE(update.ok());
  EXPECT_EQ(update.error().code, ErrorCode::kRateMissing);
  EXPECT_NE(update.error().detail.find("2026-05"), std::string::npos) << update.error().detail;
}

TEST(LatePayment, sums_the_monthly_rates_and_stops_after_five_years) {
  const Indices indices = published_indices();
  struct Row {
    const char* due;
    const char* paid;
    const char* percent;
  };
  const Row rows[] = {
      {"2023-12-17", "2025-12-15", "35.28"},  // 24 x 1.47
      {"2025-11-17", "2026-02-20", "7.08"},   // 2 x 1.47 + 2 x 2.07
      {"2017-12-05", "2018-02-05", "2.60"},   // 1.13 + 1.47
      {"2018-01-15", "2023-01-15", "88.20"},  // 60 x 1.47, five years to the day
      {"2018-01-15", "2025-06-15", "88.20"},  // more than five years: no more
  };
  for (const Row& row : rows) {
    const auto surcharge = surcharge_percent(indices, period(row.due, row.paid));
    ASSERT_TRUE(surcharge.ok()) << surcharge.error().detail;
    EXPECT_EQ(surcharge->percent, decimal(row.percent)) << row.due << " " << row.paid;
  }
}

TEST(LatePayment, takes_the_rate_of_a_straddling_month_as_the_catalogue_sets_it) {
  Indices indices = published_indices();
  const LatePeriod late = period("2025-11-17", "2026-02-20");
  EXPECT_EQ(surcharge_percent(indices, late)->percent, decimal("7.08"));
  indices.straddling_month = StraddlingMonth::kByEnd;
  EXPECT_EQ(surcharge_percent(indices, late)->percent, decimal("7.68"));
  // A fraction ends with the payment: the rate of a month that never came is not charged.
  EXPECT_EQ(surcharge_percent(indices, period("2025-12-17", "2025-12-30"))->percent,
            decimal("1.47"));
  indices.surcharges.clear();
  EXPECT_EQ(surcharge_percent(indices, late).error().code, ErrorCode::kRateMissing);
}

TEST(LatePayment, charges_the_first_published_example_to_the_peso) {
  const auto item =
      priced(late_catalogue("1471.46"), "late", "2025-12-15", {{"due_date", "2023-12-17"}});
  ASSERT_TRUE(item.ok()) << item.error().detail;
  const QuoteLine* update = line_of(*item, LineKind::kUpdate);
  const QuoteLine* surcharge = line_of(*item, LineKind::kSurcharge);
  ASSERT_NE(update, nullptr);
  ASSERT_NE(surcharge, nullptr);
  EXPECT_EQ(update->amount, pesos("125.37"));
  EXPECT_EQ(figure_of(*update, "INPC 2025-11"), "142.645");
  EXPECT_EQ(figure_of(*update, "INPC 2023-11"), "131.445");
  EXPECT_EQ(figure_of(*update, "factor"), "1.0852");
  EXPECT_EQ(figure_of(*update, "importe actualizado"), "1596.83");
  EXPECT_EQ(update->citation, "Código Fiscal de la Federación, art. 17-A");
  EXPECT_EQ(surcharge->amount, pesos("563.36"));
  EXPECT_EQ(figure_of(*surcharge, "meses al 1.47 %"), "24");
  EXPECT_EQ(figure_of(*surcharge, "porcentaje"), "35.28");
  EXPECT_EQ(line_of(*item, LineKind::kRounding)->amount, pesos("-0.19"));
  EXPECT_EQ(item->total, pesos("2160"));
}

TEST(LatePayment, charges_the_second_published_example_both_ways) {
  Catalogue catalogue = late_catalogue("10000.00", Rounding::kNone);
  catalogue.indices.inpc[month(2026, 1)] = decimal("143.900");
  const auto total = [&catalogue] {
    return priced(catalogue, "late", "2026-02-20", {{"due_date", "2025-11-17"}})->total;
  };
  EXPECT_EQ(total(), pesos("10154.00") + pesos("718.90"));
  catalogue.indices.straddling_month = StraddlingMonth::kByEnd;
  EXPECT_EQ(total(), pesos("10154.00") + pesos("779.83"));
}

TEST(LatePayment, charges_no_update_below_a_factor_of_one_but_the_surcharges) {
  const auto item =
      priced(late_catalogue("1000.00"), "late", "2024-06-12", {{"due_date", "2024-05-17"}});
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(line_of(*item, LineKind::kUpdate), nullptr);
  EXPECT_EQ(line_of(*item, LineKind::kSurcharge)->amount, pesos("14.70"));
  EXPECT_EQ(item->total, pesos("1015"));
}

TEST(LatePayment, adds_nothing_when_paid_on_the_due_date) {
  const auto item =
      priced(late_catalogue("1471.46"), "late", "2025-12-15", {{"due_date", "2025-12-15"}});
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(item->total, pesos("1471"));
  EXPECT_EQ(item->lines.size(), 2u);
}

TEST(LatePayment, starts_from_the_quota_in_force_on_the_due_date) {
  Catalogue catalogue = empty_catalogue();
  Fee fee = fee_with("late", InpcUpdateRule{pesos("1471.46"), 2022}, "2022-01-01");
  fee.late_payment = true;
  add_service(catalogue, "late", {std::move(fee)});
  const auto item = priced(catalogue, "late", "2025-12-15", {{"due_date", "2023-12-17"}});
  ASSERT_TRUE(item.ok()) << item.error().detail;
  EXPECT_EQ(item->lines[0].amount, pesos("1586.09"));
}

TEST(LatePayment, needs_the_due_date_and_a_date_that_exists) {
  const Catalogue catalogue = late_catalogue("1471.46");
  const auto missing = priced(catalogue, "late", "2025-12-15");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kFieldMissing);
  EXPECT_EQ(missing.error().fields[0].pointer, "/inputs/due_date");
  const auto wrong = priced(catalogue, "late", "2025-12-15", {{"due_date", "2025-02-30"}});
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(wrong.error().code, ErrorCode::kFieldInvalid);
  EXPECT_EQ(wrong.error().fields[0].pointer, "/inputs/due_date");
}

TEST(LatePayment, never_costs_less_for_waiting_a_day) {
  EXPECT_TRUE(rc::check("months late grow by at most one a day", [] {
    const Date due = add_days(day("2018-01-01"), *rc::gen::inRange(0, 3'000));
    const Date paid = add_days(due, *rc::gen::inRange(-40, 3'000));
    const int today = months_late({due, paid});
    const int tomorrow = months_late({due, add_days(paid, 1)});
    RC_ASSERT(tomorrow == today || tomorrow == today + 1);
  }));
}

}  // namespace
}  // namespace erario
