// The agencies that a configuration names, beside those of a catalogue. A catalogue is imported
// apart and changes while the program runs, so that a name without an agency stops nothing: it is
// told at every start and reload, and `erario config check` refuses it. Pure.
#pragma once

#include <vector>

#include "api/config.hpp"
#include "engine/catalogue/model.hpp"

namespace erario::api {

// Each pointer is a key ("deposits.agency.sre", "route[0].agencies"); the rule tells the name and
// which agencies there are.
std::vector<FieldError> unknown_agencies(const Config& config, const Catalogue& catalogue);

}  // namespace erario::api
