#include "ledger/store/migrations.hpp"

#include <algorithm>
#include <map>

#include "engine/base/digest.hpp"
#include "ledger/store/rows.hpp"

namespace erario::store {
namespace {

constexpr std::string_view kTable =
    "CREATE TABLE IF NOT EXISTS migrations (name {TEXT} NOT NULL PRIMARY KEY, "
    "digest {BYTES} NOT NULL, applied_at {BIGINT} NOT NULL) {TABLE};";

const Statement kApplied{"migrations", "", "SELECT name, digest FROM migrations ORDER BY name"};
const Statement kRecord{"record_migration", "name TEXT, digest BYTES, applied_at BIGINT",
                        "INSERT INTO migrations {COLUMNS} {VALUES}"};

}  // namespace

void ensure_migration_table(Session& session, const Dialect& dialect) {
  session.run_script(expand_schema(kTable, dialect));
}

MigrationState read_migration_state(Session& session) {
  std::map<std::string, Sha256> applied;
  session.run(kApplied, Rows{}, [&](const Row& row) {
    Columns columns(row);
    std::string name = columns.text();
    applied.emplace(std::move(name), columns.digest());
  });
  MigrationState state;
  for (const auto& [name, digest] : applied) {
    state.applied.push_back(name);
    const auto& files = migration_files();
    const auto file = std::find_if(files.begin(), files.end(),
                                   [&](const MigrationFile& it) { return it.name == name; });
    if (file == files.end()) {
      state.unknown.push_back(name);
    } else if (sha256(file->sql) != digest) {
      state.changed.push_back(name);
    }
  }
  for (const MigrationFile& file : migration_files()) {
    if (!applied.contains(std::string(file.name))) state.pending.emplace_back(file.name);
  }
  return state;
}

bool ever_migrated(Session& session, const Dialect& dialect) {
  bool found = false;
  session.run(dialect.migrated(), Rows{}, [&](const Row&) { found = true; });
  return found;
}

void apply_migrations(Session& session, const Dialect& dialect, Instant now) {
  {
    Transaction transaction(session);
    session.run_script(dialect.migration_lock());
    session.run_script(dialect.schema_preamble());
    ensure_migration_table(session, dialect);
    transaction.commit();
  }
  for (const MigrationFile& file : migration_files()) {
    Transaction transaction(session);
    // Asked inside the transaction: another process may be migrating too.
    session.run_script(dialect.migration_lock());
    const MigrationState state = read_migration_state(session);
    if (!state.changed.empty() || !state.unknown.empty()) {
      throw StoreFailure(FailureKind::kOther,
                         state.changed.empty()
                             ? "the store was made by a newer version (" + state.unknown[0] + ")"
                             : "migration " + state.changed[0] + " was changed after it ran");
    }
    const bool pending =
        std::find(state.pending.begin(), state.pending.end(), file.name) != state.pending.end();
    if (!pending) continue;
    session.run_script(expand_schema(file.sql, dialect));
    session.run(kRecord, Rows{}.text(file.name).digest(sha256(file.sql)).instant(now));
    transaction.commit();
  }
}

}  // namespace erario::store
