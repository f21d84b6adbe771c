// Where the engine and the PSP stand about the disputes of charges, side by side.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/model/memory_store.hpp"
#include "tests/model/psp.hpp"

namespace erario::model {

// The engine's dispute of the PSP's charge; null where it knows of none.
const Dispute* dispute_of(const Records& records, const std::string& reference);
// Whether the engine's dispute, null among them, is what the PSP has decided by now.
bool agrees(const Dispute* dispute, const PspCharge& charge);

// Charges whose money the books hold to be taken back and not given back.
std::set<std::string> booked_as_contested(const Records& records);

// True where nothing is due but the daily questions about disputes that stand as the PSP has them,
// none of them within a minute: they go on for months.
bool only_waits_for_verdicts(const Records& records, const Psp& psp, Instant now);

}  // namespace erario::model
