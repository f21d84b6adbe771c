// What a failure of PostgreSQL means for a batch.
#pragma once

#include "ledger/store/session.hpp"

namespace erario::store {

enum class Phase : std::uint8_t { kStatement, kCommit };

// Of the exception being handled. `connected`: whether the connection outlived it.
StoreFailure failure_of_current(std::string_view where, Phase phase, bool connected);

// What libpq tells over several lines, in one.
std::string one_line(std::string_view told);

}  // namespace erario::store
