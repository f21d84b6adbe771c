// The lane's connection to the records, and everything a database may do to it: refuse, fail, lose
// the connection during COMMIT, die.
#pragma once

#include "tests/model/memory_webhooks.hpp"
#include "tests/model/stage.hpp"

namespace erario::model {

class MemoryStore final : public Store {
 public:
  MemoryStore(Stage& stage, Records& records);
  Result<std::unique_ptr<LaneStore>> open_lane() override;
  Reader& reader() override { return reader_; }
  AdminStore& admin() override;
  WebhookStore& webhooks() override { return webhooks_; }

 private:
  Stage& stage_;
  Records& records_;
  MemoryReader reader_;
  MemoryWebhooks webhooks_;
};

}  // namespace erario::model
