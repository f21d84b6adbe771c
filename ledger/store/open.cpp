#include "ledger/store/open.hpp"

#include <chrono>

#include "ledger/store/drivers.hpp"
#include "ledger/store/migrations.hpp"
#include "ledger/store/postgres_driver.hpp"
#include "ledger/store/sqlite_driver.hpp"
#include "ledger/store/store.hpp"

namespace erario {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

Error invalid(const std::string& what) {
  return Error{ErrorCode::kConfigInvalid, "the store URL " + what};
}

Result<std::string> sqlite_path(const std::string& url) {
  std::string path = url.substr(kSqlite.size());
  if (path.empty() || path.starts_with(":") || path.starts_with("//") ||
      path.find('?') != std::string::npos) {
    return invalid("must name a file, like sqlite:/var/lib/erario/erario.db");
  }
  return path;
}

Error unavailable(const store::StoreFailure& failure) {
  return Error{ErrorCode::kStoreUnavailable,
               std::string("the store cannot be opened: ") + failure.what()};
}

MigrationState nothing_applied() {
  MigrationState state;
  for (const auto& file : store::migration_files())
    state.pending.emplace_back(file.name);
  return state;
}

// As a reader, so that opening a busy store does not wait for its writer. Throws StoreFailure.
MigrationState state_of(store::Driver& driver) {
  const auto session = driver.connect(store::Access::kLookUp);
  const store::Transaction snapshot(*session);
  if (!store::ever_migrated(*session, driver.dialect())) return nothing_applied();
  return store::read_migration_state(*session);
}

// One branch for each kind of database. A null driver: there is no such database yet.
Result<std::unique_ptr<store::Driver>> driver_of(const std::string& url) {
  if (store::is_postgres_url(url)) return store::postgres_driver(url);
  if (!url.starts_with(kSqlite)) {
    return invalid("must start with \"sqlite:\" or \"postgresql://\"");
  }
  TRY(std::string path, sqlite_path(url));
  if (!store::sqlite_file_exists(path)) return std::unique_ptr<store::Driver>();
  return store::sqlite_driver(std::move(path));
}

Result<std::unique_ptr<store::Driver>> current_driver_of(const std::string& url) {
  TRY(auto driver, driver_of(url));
  if (driver == nullptr) {
    return Error{
        ErrorCode::kStoreUnavailable,
        "there is no store at " + url.substr(kSqlite.size()) + "; create it with: erario migrate"};
  }
  try {
    const MigrationState state = state_of(*driver);
    if (!state.unknown.empty()) {
      return Error{ErrorCode::kStoreUnavailable,
                   "the store was made by a newer version: " + state.unknown.front()};
    }
    if (!state.changed.empty()) {
      return Error{ErrorCode::kStoreUnavailable,
                   "a migration was changed after it ran: " + state.changed.front()};
    }
    if (!state.pending.empty()) {
      return Error{ErrorCode::kStoreUnavailable, "migrations are pending (" +
                                                     state.pending.front() +
                                                     "); apply them with: erario migrate"};
    }
  } catch (const store::StoreFailure& failure) {
    return unavailable(failure);
  }
  return driver;
}

// Who writes to a server must not be able to undo what is written, nor the server lose it.
Result<void> require_safe_server(store::Driver& driver) {
  try {
    const auto session = driver.connect(store::Access::kLookUp);
    const store::Transaction snapshot(*session);
    store::require_durable_server(*session);
    store::require_append_only_role(*session);
    return {};
  } catch (const store::StoreFailure& failure) {
    return unavailable(failure);
  }
}

}  // namespace

namespace store {

Result<std::unique_ptr<Driver>> embedded_driver(const std::string& url) {
  if (!url.starts_with(kSqlite)) return invalid("must start with \"sqlite:\" here");
  return current_driver_of(url);
}

Result<std::unique_ptr<Driver>> owner_driver(const StorePlace& place) {
  if (!is_postgres_url(place.url)) {
    TRY(const auto known, driver_of(place.url));
    if (known == nullptr) {
      TRY(const std::string path, sqlite_path(place.url));
      create_sqlite_file(path);
    }
    return driver_of(place.url);
  }
  if (!is_postgres_url(place.owner_url)) {
    return Error{ErrorCode::kConfigInvalid,
                 "store.owner_url must name the role that owns the tables, as store.url names the "
                 "one that serves and cannot change them"};
  }
  TRY_VOID(postgres_driver(place.url));
  const std::string service = postgres_user(place.url);
  if (service.empty() || service == postgres_user(place.owner_url)) {
    return Error{ErrorCode::kConfigInvalid,
                 "store.url and store.owner_url must each name a role, and not the same"};
  }
  return postgres_driver(place.owner_url);
}

}  // namespace store

Result<std::unique_ptr<Store>> open_store(const std::string& url, OpenMode mode) {
  TRY(auto driver, current_driver_of(url));
  if (mode == OpenMode::kReadWrite && store::is_postgres_url(url)) {
    TRY_VOID(require_safe_server(*driver));
  }
  return std::unique_ptr<Store>(std::make_unique<store::StoreOverDriver>(std::move(driver), mode));
}

Result<std::unique_ptr<AuditSource>> open_audit(const std::string& url) {
  TRY(auto driver, current_driver_of(url));
  try {
    return store::audit_source(std::move(driver));
  } catch (const store::StoreFailure& failure) {
    return unavailable(failure);
  }
}

Result<void> migrate(const StorePlace& place) {
  try {
    TRY(const auto driver, store::owner_driver(place));
    const auto session = driver->connect(store::Access::kMigrate);
    const auto now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    store::apply_migrations(*session, driver->dialect(), now);
    if (store::is_postgres_url(place.url)) {
      store::Transaction transaction(*session);
      session->run_script(driver->dialect().migration_lock());
      store::grant_service_role(*session, store::postgres_user(place.url));
      transaction.commit();
    }
    return {};
  } catch (const store::StoreFailure& failure) {
    return Error{ErrorCode::kStoreUnavailable,
                 std::string("the store cannot be migrated: ") + failure.what()};
  }
}

Result<MigrationState> migration_state(const std::string& url) {
  TRY(const auto driver, driver_of(url));
  if (driver == nullptr) return nothing_applied();
  try {
    return state_of(*driver);
  } catch (const store::StoreFailure& failure) {
    return unavailable(failure);
  }
}

}  // namespace erario
