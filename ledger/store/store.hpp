// One open store over a driver: the lane, the readers and the rare writes.
#pragma once

#include <mutex>

#include "ledger/store/lanes.hpp"
#include "ledger/store/open.hpp"
#include "ledger/store/reader.hpp"
#include "ledger/store/session.hpp"
#include "ledger/store/webhooks.hpp"

namespace erario::store {

class StoreOverDriver : public Store, private AdminStore {
 public:
  StoreOverDriver(std::unique_ptr<Driver> driver, OpenMode mode)
      : driver_(std::move(driver)),
        mode_(mode),
        lanes_(std::make_shared<Lanes>(*driver_)),
        reader_(*driver_, *lanes_),
        webhooks_(*driver_, *lanes_, [this](const Statement& statement, const Rows& rows) {
          return write(statement, rows);
        }) {}

  Result<std::unique_ptr<LaneStore>> open_lane() override;
  Reader& reader() override { return reader_; }
  AdminStore& admin() override { return *this; }
  WebhookStore& webhooks() override { return webhooks_; }

 private:
  Result<void> add_key(const ApiKey& key) override;
  Result<void> revoke_key(KeyId id, Instant at) override;
  Result<void> add_catalogue(const CatalogueRow& row) override;
  // One statement in a transaction of its own: how many rows it returned.
  Result<int> write(const Statement& statement, const Rows& rows);

  std::unique_ptr<Driver> driver_;
  OpenMode mode_;
  std::shared_ptr<Lanes> lanes_;  // lanes may be left after the store
  ReaderOverSessions reader_;
  WebhooksOverSessions webhooks_;
  std::mutex admin_mutex_;
};

// Throws StoreFailure.
std::unique_ptr<AuditSource> audit_source(std::unique_ptr<Driver> driver);

}  // namespace erario::store
