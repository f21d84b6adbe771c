#include "ledger/store/open.hpp"

#include <chrono>

#include "ledger/store/migrations.hpp"
#include "ledger/store/sqlite_driver.hpp"
#include "ledger/store/store.hpp"

namespace erario {
namespace {

constexpr std::string_view kSqlite = "sqlite:";

// One row for each kind of database.
struct Place {
  std::string path;
};

Result<Place> place_of(const std::string& url) {
  if (!url.starts_with(kSqlite)) {
    return Error{ErrorCode::kConfigInvalid,
                 "the store URL must start with \"sqlite:\"; no other store is known"};
  }
  Place place{url.substr(kSqlite.size())};
  if (place.path.empty() || place.path.starts_with(":") || place.path.starts_with("//") ||
      place.path.find('?') != std::string::npos) {
    return Error{ErrorCode::kConfigInvalid,
                 "the store URL must name a file, like sqlite:/var/lib/erario/erario.db"};
  }
  return place;
}

Error unavailable(const store::StoreFailure& failure) {
  return Error{ErrorCode::kStoreUnavailable,
               std::string("the store cannot be opened: ") + failure.what()};
}

// Reads the state of the schema without leaving a trace.
MigrationState state_of(store::Driver& driver) {
  try {
    // As a reader, so that opening a busy store does not wait for its writer.
    const auto session = driver.connect(store::Access::kRead);
    store::Transaction snapshot(*session);
    return store::read_migration_state(*session);
  } catch (const store::StoreFailure&) {
    // Most likely a database in which nothing was ever migrated; else the same failure comes again.
    const auto session = driver.connect(store::Access::kWrite);
    store::Transaction undone(*session);
    store::ensure_migration_table(*session, driver.dialect());
    return store::read_migration_state(*session);
  }
}

Result<std::unique_ptr<store::Driver>> driver_for(const std::string& url) {
  TRY(Place place, place_of(url));
  if (!store::sqlite_file_exists(place.path)) {
    return Error{ErrorCode::kStoreUnavailable,
                 "there is no store at " + place.path + "; create it with: erario migrate"};
  }
  return store::sqlite_driver(std::move(place.path));
}

Result<std::unique_ptr<store::Driver>> current_driver_for(const std::string& url) {
  TRY(auto driver, driver_for(url));
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

}  // namespace

Result<std::unique_ptr<Store>> open_store(const std::string& url, OpenMode mode) {
  TRY(auto driver, current_driver_for(url));
  return std::unique_ptr<Store>(std::make_unique<store::StoreOverDriver>(std::move(driver), mode));
}

Result<std::unique_ptr<AuditSource>> open_audit(const std::string& url) {
  TRY(auto driver, current_driver_for(url));
  try {
    return store::audit_source(std::move(driver));
  } catch (const store::StoreFailure& failure) {
    return unavailable(failure);
  }
}

Result<void> migrate(const std::string& url) {
  TRY(const Place place, place_of(url));
  try {
    store::create_sqlite_file(place.path);
    const auto driver = store::sqlite_driver(place.path);
    const auto session = driver->connect(store::Access::kWrite);
    const auto now =
        std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    store::apply_migrations(*session, driver->dialect(), now);
    return {};
  } catch (const store::StoreFailure& failure) {
    return Error{ErrorCode::kStoreUnavailable,
                 std::string("the store cannot be migrated: ") + failure.what()};
  }
}

Result<MigrationState> migration_state(const std::string& url) {
  TRY(const Place place, place_of(url));
  if (!store::sqlite_file_exists(place.path)) {
    MigrationState state;
    for (const auto& file : store::migration_files())
      state.pending.emplace_back(file.name);
    return state;
  }
  try {
    return state_of(*store::sqlite_driver(place.path));
  } catch (const store::StoreFailure& failure) {
    return unavailable(failure);
  }
}

}  // namespace erario
