// Which driver a URL means.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.hpp"
#include "ledger/store/open.hpp"
#include "ledger/store/session.hpp"

namespace erario::store {

// An existing embedded store whose schema is up to date. Fails with kConfigInvalid where the URL is
// another's.
Result<std::unique_ptr<Driver>> embedded_driver(const std::string& url);
// To migrate: an embedded store is created where it is missing; a server is reached as the role
// that owns the tables. Throws StoreFailure where the file cannot be made.
Result<std::unique_ptr<Driver>> owner_driver(const StorePlace& place);

}  // namespace erario::store
