// One batch of the commit lane: the aggregates it loaded, the decisions made on them in order, and
// the changes to commit. Lives on the lane's thread for one transaction. A rejected command leaves
// no trace but the raw bytes and job updates it carried.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/runtime/commit_lane.hpp"

namespace erario {

class Batch {
 public:
  Batch(const LaneDependencies& dependencies, Instant now) : with_(dependencies), now_(now) {}

  // What the commands' aggregates are. For LaneStore::begin().
  static LoadKeys keys_of(std::span<const Command* const> commands);
  void take(Loaded loaded);
  // Numbers that the loaded aggregates may need: receipt folios. For LaneStore::load().
  LoadKeys counters_to_load() const;
  void take_counters(std::map<std::string, std::int64_t> counters) { counters_.merge(counters); }

  Reply decide(const Command& command);

  // True when there is something to commit.
  bool changed() const { return changed_; }
  Changes changes(CommandId batch);

 private:
  Result<CommandOutcome> decide_body(const Command& command);
  Result<CommandOutcome> decide_payment(const Command& command, const PaymentCommand& body);
  Result<CommandOutcome> decide_deposit(const Command& command, const DepositCommand& body);
  CommandOutcome record_run(const Command& command, const RecordRun& run);

  const Event& record(const Command& command, std::string subject, EventBody body);
  void owe(const std::vector<OwedCall>& calls, const std::string& subject);
  void issue_receipts(const Command& command, const Payment& payment, const EventBody& paid_by,
                      CommandOutcome& outcome);
  std::string next_clabe(const std::string& prefix);
  std::int64_t next_number(const std::string& counter);
  Payment* find_payment(PaymentId id);

  const LaneDependencies& with_;
  Instant now_;
  bool changed_ = false;

  std::map<PaymentId, Payment> payments_;
  std::map<std::string, PaymentId> by_clabe_;
  std::map<QuoteId, PaymentId> used_quotes_;
  std::map<DepositId, Deposit> deposits_;
  std::map<DepositKey, DepositId> by_deposit_key_;
  std::map<IdempotencyKey, StoredAnswer> answers_;
  std::map<ClaimKey, Claim> claims_;
  std::map<std::string, std::int64_t> counters_;
  ChainHead chain_;

  std::vector<PaymentId> dirty_payments_;
  std::vector<DepositId> dirty_deposits_;
  Changes changes_;
};

}  // namespace erario
