// Banking days of Mexico and SPEI's operating day (fecha de operacion). Pure: dates in, dates out.
#pragma once

#include "engine/base/time.hpp"

namespace erario {

// Saturdays, Sundays and the holidays of the CNBV list, Holy Thursday and Friday included.
bool is_bank_business_day(Date date);
Date next_bank_business_day(Date date);      // strictly after
Date previous_bank_business_day(Date date);  // strictly before
// From 18:00 Mexico City time on, and on non-business days, the next business day (domain spei §9).
Date spei_operating_date(Instant instant);
// Bank business days after `from` up to and including `to`; 0 when to <= from.
int business_days_between(Date from, Date to);

}  // namespace erario
