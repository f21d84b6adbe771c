// What is owed on top of a fee that is paid after its due date: the update for inflation
// (actualización, CFF art. 17-A) and the surcharges (recargos, CFF art. 21). Pure; thread safe.
//
// Due dates are taken as given: where CFF art. 12 moves one to the next working day, the agency's
// own calendar decides, and the caller states the moved date.
#pragma once

#include <string_view>
#include <vector>

#include "engine/catalogue/model.hpp"
#include "engine/fees/exact.hpp"
#include "engine/fees/quote.hpp"

namespace erario {

inline constexpr int kSurchargeMonthsMax = 60;  // five years, CFF art. 21

struct LatePeriod {
  Date due;
  Date paid;
};

// Months and fractions of a month from the day after the due date to the payment; 0 when paid in
// time. A month ends on the due date's day, or on the last day of a shorter month.
int months_late(const LatePeriod& period);

struct UpdateFactor {
  Decimal factor;               // four decimals, cut, never below 1
  std::vector<Figure> figures;  // the two indices and the factor
};
// INPC of the month before the payment's, or the last one published on that day, over INPC of the
// month before the due date's. Requires paid > due (CHECK). Fails with kRateMissing when a
// published index is not in the catalogue: an index not loaded is not an index not published.
Result<UpdateFactor> update_factor(const Indices& indices, const LatePeriod& period);

struct SurchargePercent {
  Decimal percent;              // the sum of the monthly rates, of at most five years
  std::vector<Figure> figures;  // months at each rate, and the sum
};
// Requires paid > due (CHECK). Fails with kRateMissing.
Result<SurchargePercent> surcharge_percent(const Indices& indices, const LatePeriod& period);

inline constexpr std::string_view kUpdateRule = "update_cff_17a/1";
inline constexpr std::string_view kUpdateCitation = "Código Fiscal de la Federación, art. 17-A";
inline constexpr std::string_view kSurchargeRule = "surcharge_cff_21/1";
inline constexpr std::string_view kSurchargeCitation =
    "Código Fiscal de la Federación, art. 21; Ley de Ingresos de la Federación";

}  // namespace erario
