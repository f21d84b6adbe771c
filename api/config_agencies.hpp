// The agencies that a configuration names, beside those of a catalogue. A name without an agency is
// a slip that would leave the agency meant with the policies and routes of all others, so it is
// refused: at a start, at a reload and by `erario config check`. Pure.
#pragma once

#include "api/config.hpp"
#include "engine/catalogue/model.hpp"

namespace erario::api {

// Fails with kConfigInvalid. Each pointer is a key ("deposits.agency.sre", "route.amex.agencies");
// the rule tells the name and which agencies there are.
Result<void> check_agencies(const Config& config, const Catalogue& catalogue);

}  // namespace erario::api
