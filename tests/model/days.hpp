// Banking days and operating dates, counted here a second time and in another way than the engine
// does: a fixed offset (Mexico City has had none other since October 2022) and a list of days.
#pragma once

#include "engine/base/time.hpp"

namespace erario::model {

Date local_date(Instant instant);
bool banks_open(Date date);
Date next_open_day(Date date);      // strictly after
Date previous_open_day(Date date);  // strictly before
// SPEI's fecha de operacion: from 18:00 on, and on closed days, the next open day.
Date operating_day(Instant instant);

}  // namespace erario::model
