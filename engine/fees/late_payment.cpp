#include "engine/fees/late_payment.hpp"

#include <algorithm>

#include "engine/fees/rules.hpp"

namespace erario {
namespace {

using std::chrono::months;
using std::chrono::year_month;

constexpr int kFactorDecimals = 4;

// The same day `count` months on; the last day of a month that has no such day.
Date months_after(Date date, int count) {
  const Date moved = date + months{count};
  return moved.ok() ? moved : Date{moved.year() / moved.month() / std::chrono::last};
}

year_month month_of(Date date) {
  return date.year() / date.month();
}

// The newest month whose index is out on the date.
year_month last_published(const Indices& indices, Date on) {
  const bool out =
      static_cast<int>(static_cast<unsigned>(on.day())) >= indices.inpc_published_on_day;
  return month_of(on) - months{out ? 1 : 2};
}

Result<Decimal> monthly_rate(const Indices& indices, Date on) {
  for (const SurchargeRate& rate : indices.surcharges) {
    if (on >= rate.valid_from && (!rate.valid_to || on <= *rate.valid_to)) {
      return rate.percent_per_month;
    }
  }
  return Error{ErrorCode::kRateMissing, "no monthly surcharge rate is in force on " + to_text(on)};
}

struct MonthsAtRate {
  Decimal rate;
  int months = 0;
};

// The day that decides the rate of the month number `index`. A fraction ends with the payment.
Date deciding_day(const Indices& indices, const LatePeriod& period, int index) {
  if (indices.straddling_month == StraddlingMonth::kByStart) {
    return add_days(months_after(period.due, index), 1);
  }
  return std::min(months_after(period.due, index + 1), period.paid);
}

}  // namespace

int months_late(const LatePeriod& period) {
  if (period.paid <= period.due) return 0;
  // Whole months by the calendar first, so that a date of centuries ago costs nothing.
  const auto whole = static_cast<int>((month_of(period.paid) - month_of(period.due)).count());
  return months_after(period.due, whole) >= period.paid ? whole : whole + 1;
}

Result<UpdateFactor> update_factor(const Indices& indices, const LatePeriod& period) {
  CHECK(period.paid > period.due);
  const year_month published = last_published(indices, period.paid);
  const year_month newer = published;
  const year_month older = std::min(month_of(period.due) - months{1}, published);
  const Decimal one{10'000, kFactorDecimals};
  if (newer == older) {
    // Paid before another index came out: nothing to update by.
    return UpdateFactor{one, {{"factor", one.text()}}};
  }
  TRY(const Decimal index_newer, inpc_of(indices, newer));
  TRY(const Decimal index_older, inpc_of(indices, older));
  TRY(const Decimal quotient, divide_truncated(index_newer, index_older, kFactorDecimals));
  const Decimal factor = std::max(quotient, one);
  return UpdateFactor{factor,
                      {{"INPC " + to_text(newer), index_newer.text()},
                       {"INPC " + to_text(older), index_older.text()},
                       {"factor", factor.text()}}};
}

Result<SurchargePercent> surcharge_percent(const Indices& indices, const LatePeriod& period) {
  CHECK(period.paid > period.due);
  const int counted = std::min(months_late(period), kSurchargeMonthsMax);
  std::vector<MonthsAtRate> groups;
  SurchargePercent result;
  for (int index = 0; index < counted; ++index) {
    TRY(const Decimal rate, monthly_rate(indices, deciding_day(indices, period, index)));
    TRY(result.percent, add(result.percent, rate));
    if (groups.empty() || groups.back().rate != rate) groups.push_back({rate, 0});
    ++groups.back().months;
  }
  result.figures.push_back({"meses o fracción", std::to_string(counted)});
  if (months_late(period) > counted) result.figures.push_back({"tope", "cinco años"});
  for (const MonthsAtRate& group : groups) {
    result.figures.push_back(
        {"meses al " + group.rate.text() + " %", std::to_string(group.months)});
  }
  result.figures.push_back({"porcentaje", result.percent.text()});
  return result;
}

}  // namespace erario
