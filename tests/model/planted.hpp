// The decorators that plant a bug around a port. Without a plant a world has none of them.
#pragma once

#include <memory>

#include "ledger/posting_rules.hpp"
#include "tests/model/memory_store.hpp"
#include "tests/model/night.hpp"

namespace erario::model {

// Lane and reader of a store with a bug.
class PlantedStore final : public Store {
 public:
  PlantedStore(Stage& stage, Store& real, Records& records);
  ~PlantedStore() override;
  Result<std::unique_ptr<LaneStore>> open_lane() override;
  Reader& reader() override;
  AdminStore& admin() override { return real_.admin(); }
  WebhookStore& webhooks() override { return real_.webhooks(); }

 private:
  Stage& stage_;
  Store& real_;
  Records& records_;
  std::unique_ptr<Reader> reader_;
};

// An adapter with a bug; passes everything else on.
class PlantedGateway final : public Gateway, public RefundGateway, public DisputeGateway {
 public:
  // `disputes` is null where the gateway tells of none.
  PlantedGateway(Stage& stage, Gateway& real, RefundGateway& refunds, DisputeGateway* disputes)
      : stage_(stage), real_(real), refunds_(refunds), disputes_(disputes) {}
  std::string_view name() const override { return real_.name(); }
  Capabilities capabilities() const override { return real_.capabilities(); }
  Task<GatewayResult> submit(ChargeRequest request) override;
  Task<GatewayResult> query(ChargeQuery query) override;
  Task<GatewayResult> refund(RefundOrder order) override;
  Task<GatewayResult> query_refund(RefundOrder order) override;
  Task<DisputeNews> query_dispute(ChargeQuery charge) override;
  Result<InboundMeaning> parse(const InboundCall& call) override;
  InboundAnswer answer(const InboundCall& call, bool accepted, std::string_view why) override {
    return real_.answer(call, accepted, why);
  }

 private:
  Stage& stage_;
  Gateway& real_;
  RefundGateway& refunds_;
  DisputeGateway* disputes_;
  void spoil_transfer(const std::string& reference, GatewayResult& result);

  std::map<std::string, DisputeNews> believed_;  // by the charge's reference
  std::map<std::string, Money> asked_;           // of transfers, likewise
  std::optional<TransferAccount> named_;         // the last one
};

class PlantedSource final : public StatementSource {
 public:
  PlantedSource(Stage& stage, Night& night) : stage_(stage), night_(night) {}
  Task<Result<std::vector<StatementFile>>> fetch(Date date) override;

 private:
  Stage& stage_;
  Night& night_;
};

class PlantedClock final : public Clock {
 public:
  PlantedClock(Stage& stage, const Clock& real) : stage_(stage), real_(real) {}
  Instant now() const override;

 private:
  Stage& stage_;
  const Clock& real_;
};

class PlantedBooks final : public Bookkeeper {
 public:
  explicit PlantedBooks(Stage& stage) : stage_(stage) {}
  std::optional<Entry> entry_for(const Event& event, EntryId id) const override;
  void chain(Entry& entry, ChainHead& head) const override { rules_.chain(entry, head); }

 private:
  Stage& stage_;
  PostingRules rules_;
};

}  // namespace erario::model
