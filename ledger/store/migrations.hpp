// The schema's history. Each migration is a file NNNN_name.sql with a note at its head; applied
// ones are recorded with their digest, so that a changed file is noticed. Each runs in a
// transaction of its own.
#pragma once

#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "ledger/store/open.hpp"
#include "ledger/store/session.hpp"

namespace erario::store {

struct MigrationFile {
  std::string_view name;  // "0001_initial"
  std::string_view sql;
};
// In order; made at build time.
const std::vector<MigrationFile>& migration_files();

// Throw StoreFailure. Reading needs the table; `apply_migrations` changes nothing when everything
// is applied.
bool ever_migrated(Session& session, const Dialect& dialect);
void ensure_migration_table(Session& session, const Dialect& dialect);
MigrationState read_migration_state(Session& session);
void apply_migrations(Session& session, const Dialect& dialect, Instant now);

}  // namespace erario::store
