// One batch of the commit lane: the aggregates it loaded, the decisions made on them in order, and
// the changes to commit. Lives on the lane's thread for one transaction. A rejected command leaves
// no trace but the raw bytes and job updates it carried.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "engine/payment/decide.hpp"
#include "engine/runtime/commit_lane.hpp"

namespace erario {

// Ids in the order they first came.
template <class IdType>
class OnceInOrder {
 public:
  void add(IdType id) {
    if (known_.insert(id).second) ids_.push_back(id);
  }
  auto begin() const { return ids_.begin(); }
  auto end() const { return ids_.end(); }

 private:
  std::vector<IdType> ids_;
  std::unordered_set<IdType> known_;
};

// The names of the gapless counters.
inline std::string clabe_counter(const std::string& prefix) {
  return "clabe:" + prefix;
}
inline std::string folio_counter(const std::string& series) {
  return "folio:" + series;
}

class Batch {
 public:
  // The commands are to be decided in this order and outlive the batch.
  Batch(const LaneDependencies& dependencies, Instant now, std::vector<const Command*> commands)
      : with_(dependencies), now_(now), commands_(std::move(commands)) {}

  // What the commands' aggregates are, for LaneStore::begin().
  LoadKeys keys() const;
  void take(Loaded loaded);
  // Counters of the numbers that the commands may take, for LaneStore::load(): last, so that lanes
  // that share rows lock them in one order; and parts that a deposit may complete. Requires take().
  LoadKeys more_keys();
  void take_more(const LoadKeys& asked, Loaded loaded);

  // One reply for each command.
  std::vector<Reply> decide();

  // True when there is something to commit.
  bool changed() const { return changed_; }
  // Ends the batch.
  Changes changes() &&;

 private:
  Reply decide(const Command& command);
  std::optional<Reply> replay(const Command& command) const;
  void keep(const Command& command);
  Result<CommandOutcome> decide_body(const Command& command);
  Result<CommandOutcome> decide_payment(const Command& command, const PaymentCommand& body);
  Result<CommandOutcome> decide_deposit(const Command& command, const DepositCommand& body);
  Result<CommandOutcome> decide_dispute(const Command& command, const DisputeCommand& body);
  // What was decided about the deposit.
  void carry_out(const Command& command, DepositId id, const Decision& decision,
                 CommandOutcome& outcome);
  // Money that a charge brought and that cannot pay is a deposit from here on.
  void hold(const Command& command, const CaptureHeld& held, const Payment& payment,
            CommandOutcome& outcome);
  // The policies, and what a return that they ask for needs.
  void add_policies(DepositContext& context);
  void add_parts(const RecordDeposit& command, DepositContext& context);
  void combine(const Command& command, const DepositsCombined& event, CommandOutcome& outcome);
  // The last step that may fail.
  Result<void> add_payment(const CreatePayment& create);
  CommandOutcome record_run(const Command& command, const RecordRun& run);

  // The `ordinal`-th event of its subject.
  const Event& record(const Command& command, std::string subject, std::int64_t ordinal,
                      EventBody body);
  // The next event in the log of the payment, told to who hears it.
  void record_of(const Command& command, Payment& payment, EventBody body, CommandOutcome& outcome);
  void owe(const std::vector<OwedCall>& calls, const std::string& subject);
  // One delivery for each endpoint that hears the event. `owner` and `payment`: whom it is about.
  void tell(const Event& event, const std::string& owner, std::optional<PaymentId> payment);
  std::string owner_of(const Deposit& deposit) const;
  void issue_receipts(const Command& command, Payment& payment, const EventBody& paid_by,
                      CommandOutcome& outcome);
  // Receipts that say what is left of the fees, in the place of those that said more.
  void supersede_receipts(const Command& command, Payment& payment, const Dispute& lost,
                          CommandOutcome& outcome);
  // Numbers and issues a receipt.
  ReceiptId issue(const Command& command, Payment& payment, Receipt receipt,
                  CommandOutcome& outcome);
  // Fails with kStoreUnavailable when the prefix has no numbers left.
  Result<std::string> next_clabe(const std::string& prefix);
  std::int64_t next_number(const std::string& counter);
  const Payment* find_payment(PaymentId id) const;
  // What the payment promised to collect: read once a batch.
  const Quote& quote_of(const Payment& payment);
  const Payment* payment_of_clabe(const std::string& clabe) const;
  bool parts_combine(const Payment& payment) const;

  const LaneDependencies& with_;
  Instant now_;
  std::vector<const Command*> commands_;
  bool changed_ = false;

  std::map<PaymentId, Payment> payments_;
  std::map<PaymentId, Quote> quotes_;
  std::map<std::string, PaymentId> by_clabe_;
  std::map<QuoteId, PaymentId> used_quotes_;
  std::map<DepositId, Deposit> deposits_;
  std::map<DepositKey, DepositId> by_deposit_key_;
  std::map<AttemptId, Dispute> disputes_;
  std::map<PaymentId, std::vector<Receipt>> earlier_receipts_;  // only where they may be superseded
  std::map<IdempotencyKey, StoredAnswer> answers_;
  std::map<ClaimKey, Claim> claims_;
  std::map<std::string, std::int64_t> counters_;  // last number given, of every counter loaded
  std::map<PaymentId, std::string> owners_;
  std::vector<Subscription> subscriptions_;
  ChainHead chain_;
  std::vector<Receipt> receipts_;  // sealed together when the batch ends

  OnceInOrder<PaymentId> changed_payments_;
  OnceInOrder<DepositId> changed_deposits_;
  OnceInOrder<AttemptId> changed_disputes_;
  Changes changes_;
};

}  // namespace erario
