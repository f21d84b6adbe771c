#include "ledger/store/store.hpp"

#include "ledger/store/lane_store.hpp"
#include "ledger/store/rows.hpp"
#include "ledger/store/statements.hpp"

namespace erario::store {
namespace {

Error read_only() {
  return Error{ErrorCode::kStoreUnavailable, "the store is open for reading only"};
}

}  // namespace

Result<std::unique_ptr<LaneStore>> StoreOverDriver::open_lane() {
  if (mode_ == OpenMode::kReadOnly) return read_only();
  try {
    return std::unique_ptr<LaneStore>(
        std::make_unique<LaneStoreOverSession>(driver_->connect(Access::kWrite), lanes_));
  } catch (const StoreFailure& failure) {
    log_failure("open the lane", failure);
    return Error{ErrorCode::kStoreUnavailable, "the store cannot be opened for writing"};
  }
}

Result<int> StoreOverDriver::write(const Statement& statement, const Rows& rows) {
  if (mode_ == OpenMode::kReadOnly) return read_only();
  const std::lock_guard lock(admin_mutex_);
  try {
    int returned = 0;
    const auto session = driver_->connect(Access::kWrite);
    Transaction transaction(*session);
    session->run(statement, rows, [&](const Row&) { ++returned; });
    transaction.commit();
    return returned;
  } catch (const StoreFailure& failure) {
    log_failure(statement.name, failure);
    if (failure.kind() == FailureKind::kConstraint) {
      return Error{ErrorCode::kStateConflict, "the store has it already"};
    }
    return Error{ErrorCode::kStoreUnavailable, "the store cannot be written"};
  }
}

Result<void> StoreOverDriver::add_key(const ApiKey& key) {
  Rows row;
  write_key(row, key);
  TRY_VOID(write(statements::kInsertKey, row));
  return {};
}

Result<void> StoreOverDriver::revoke_key(KeyId id, Instant at) {
  TRY(const int known, write(statements::kRevokeKey, Rows{}.id(id).instant(at)));
  if (known == 0) return Error{ErrorCode::kNotFound, "there is no such key"};
  return {};
}

Result<void> StoreOverDriver::add_catalogue(const CatalogueRow& row) {
  TRY_VOID(write(statements::kInsertCatalogue,
                 Rows{}.text(row.version).instant(row.imported_at).text(row.sources_json)));
  return {};
}

}  // namespace erario::store
