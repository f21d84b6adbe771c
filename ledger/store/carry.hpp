// Carries an embedded store over to a server: every row of every table as it is, in one
// transaction, so that the new one holds all or nothing.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/base/result.hpp"
#include "ledger/store/open.hpp"

namespace erario {

using CarriedRows = std::map<std::string, std::int64_t>;  // by table

// `from` must be an embedded store whose schema is up to date and is held against writers
// meanwhile; `to` must be safe to serve from, is migrated first and must hold no row. The rows are
// counted again in the new store before they are committed. Fails with kConfigInvalid (the URLs),
// kStateConflict (`to` is not empty, somebody serves from `from`), kStoreUnavailable.
Result<CarriedRows> carry_over(const std::string& from, const StorePlace& to);

}  // namespace erario
