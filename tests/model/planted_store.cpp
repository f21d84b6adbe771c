#include <algorithm>

#include "tests/model/planted.hpp"

namespace erario::model {
namespace {

// How often a bug shows where it could.
constexpr int kSometimes = 2'500;

class PlantedLane final : public LaneStore {
 public:
  PlantedLane(Stage& stage, std::unique_ptr<LaneStore> real, Records& records)
      : stage_(stage), real_(std::move(real)), records_(records), dice_(stage.seed, "planted") {}

  Result<Loaded> begin(const LoadKeys& keys) override {
    if (delayed_) records_.apply(*delayed_);
    delayed_.reset();
    auto loaded = real_->begin(keys);
    if (loaded.ok()) spoil(keys, *loaded);
    return loaded;
  }
  Result<Loaded> load(const LoadKeys& keys) override {
    auto loaded = real_->load(keys);
    if (loaded.ok()) spoil(keys, *loaded);
    return loaded;
  }
  CommitStatus commit(const Changes& changes) override;
  void rollback() override { real_->rollback(); }
  Result<bool> was_committed(CommandId batch) override {
    if (planted(Plant::kInDoubtBelieved)) return true;
    return real_->was_committed(batch);
  }

 private:
  bool planted(Plant bug) const { return stage_.planted(bug); }
  bool sometimes(Plant bug) { return planted(bug) && dice_.chance(kSometimes); }
  void spoil(const LoadKeys& keys, Loaded& loaded);
  void spoil_payments(const LoadKeys& keys, Loaded& loaded);
  void spoil(Changes& changes);
  void spoil_jobs(Changes& changes);
  void spoil_deliveries(Changes& changes);
  void spoil_runs(Changes& changes);
  void spoil_disputes(Changes& changes);
  void spoil_accounts(Changes& changes);
  void write_again(Changes& changes, std::size_t entry);
  void spoil_records();

  Stage& stage_;
  std::unique_ptr<LaneStore> real_;
  Records& records_;
  Dice dice_;
  std::optional<Changes> delayed_;
};

// ---- What is read ----

void PlantedLane::spoil_payments(const LoadKeys& keys, Loaded& loaded) {
  for (Payment& payment : loaded.payments) {
    // Not where it is contested: receipts have no lines for what was never paid.
    const bool contested =
        std::any_of(keys.disputes.begin(), keys.disputes.end(),
                    [&](const DisputeKey& key) { return key.payment == payment.id; });
    if (planted(Plant::kRefundAbovePaid) && payment.paid_at && !contested) {
      payment.amount += payment.amount;
      for (Allocation& allocation : payment.allocations)
        allocation.amount += allocation.amount;
    }
    const bool late =
        payment.state == PaymentState::kProcessing && payment.expires_at <= stage_.clock.now();
    if (planted(Plant::kExpireUnknown) && late) payment.state = PaymentState::kAwaiting;
  }
}

void PlantedLane::spoil(const LoadKeys& keys, Loaded& loaded) {
  spoil_payments(keys, loaded);
  if (planted(Plant::kNoUniqueKeys)) {
    loaded.answers.clear();
    loaded.used_quotes.clear();
  }
  if (planted(Plant::kDisputeOpenedAgain)) loaded.disputes.clear();
  if (planted(Plant::kNoDepositKey) && keys.deposits.empty()) loaded.deposits.clear();
  if (planted(Plant::kDepositWithoutBank)) {
    for (const DepositKey& key : keys.deposit_keys) {
      for (const auto& [known, id] : records_.by_deposit_key) {
        if (known == key || known.tracking_key != key.tracking_key ||
            known.operating_date != key.operating_date) {
          continue;
        }
        loaded.deposits.push_back(records_.deposits.at(id));
        loaded.deposits.back().key = key;
      }
    }
  }
  for (StoredAnswer& answer : loaded.answers)
    if (planted(Plant::kReplayAnotherBody)) answer.body += " ";
  for (auto& [name, last] : loaded.counters) {
    if (!name.starts_with("folio:")) continue;
    if (last > 0 && sometimes(Plant::kFolioTwice)) --last;
    if (sometimes(Plant::kFolioGap)) ++last;
  }
}

// ---- What is written ----

void PlantedLane::spoil_jobs(Changes& changes) {
  const auto lose = [&](JobKind kind) {
    std::erase_if(changes.new_jobs, [&](const Job& job) { return job.kind == kind; });
  };
  if (sometimes(Plant::kLoseQuestion)) {
    std::erase_if(changes.new_jobs, [](const Job& job) { return job.payload == "once"; });
  }
  if (sometimes(Plant::kLoseSubmission)) lose(JobKind::kSubmitCharge);
  if (planted(Plant::kLoseDisputeQuestion)) {
    // The daily ones all, so that those which a webhook owes are missed.
    std::erase_if(changes.new_jobs, [this](const Job& job) {
      return job.kind == JobKind::kQueryDispute &&
             (job.payload.empty() || dice_.chance(kSometimes));
    });
  }
  if (planted(Plant::kOweTwice)) {
    for (std::size_t i = changes.new_jobs.size(); i-- > 0;) {
      if (changes.new_jobs[i].kind != JobKind::kSubmitCharge || !dice_.chance(kSometimes)) continue;
      Job again = changes.new_jobs[i];
      again.id.bytes[15] = static_cast<std::uint8_t>(again.id.bytes[15] ^ 1);
      changes.new_jobs.push_back(std::move(again));
    }
  }
}

void PlantedLane::spoil_runs(Changes& changes) {
  for (RunRows& run : changes.runs) {
    if (planted(Plant::kClaimTwice) && !run.claims.empty()) {
      Claim again = run.claims.front();
      again.key.line += "bis";
      run.claims.push_back(std::move(again));
    }
    if (planted(Plant::kLoseBreak)) {
      std::erase_if(run.breaks, [](const BreakRow& row) { return !row.line.empty(); });
    }
  }
}

// A second entry of the same event, chained behind the last one.
void PlantedLane::write_again(Changes& changes, std::size_t entry) {
  Entry again = changes.entries[entry];
  again.id.bytes[15] = static_cast<std::uint8_t>(again.id.bytes[15] ^ 1);
  ChainHead head{changes.entries.back().ordinal, changes.entries.back().hash};
  PostingRules().chain(again, head);
  changes.entries.push_back(std::move(again));
}

void PlantedLane::spoil_disputes(Changes& changes) {
  for (std::size_t i = changes.entries.size(); i-- > 0;) {
    if (planted(Plant::kWonDisputeTwice) && changes.entries[i].description == "dispute.won")
      write_again(changes, i);
  }
  if (!planted(Plant::kLostReceiptStands)) return;
  for (SealedReceipt& sealed : changes.receipts)
    sealed.receipt.supersedes.reset();
  std::erase_if(changes.events, [](const Event& event) {
    return std::holds_alternative<ReceiptSuperseded>(event.body);
  });
}

void PlantedLane::spoil_accounts(Changes& changes) {
  if (!planted(Plant::kAccountStaysOpen)) return;
  for (Payment& payment : changes.payments) {
    for (Attempt& attempt : payment.attempts) {
      const bool given_up = attempt.pay_to && attempt.state == AttemptState::kReleasing;
      // What its portal gives up may go.
      if (!given_up || payment.state == PaymentState::kProcessing) continue;
      attempt.state = AttemptState::kNeedsAction;
      std::erase_if(changes.new_jobs, [&](const Job& job) {
        return job.kind == JobKind::kReleaseCharge && job.target == attempt.id.text();
      });
    }
  }
}

void PlantedLane::spoil_deliveries(Changes& changes) {
  if (changes.new_deliveries.empty()) return;
  if (sometimes(Plant::kLoseWebhook)) changes.new_deliveries.pop_back();
  if (!sometimes(Plant::kWebhookTwice)) return;
  WebhookDelivery again = changes.new_deliveries.front();
  again.id.bytes[15] = static_cast<std::uint8_t>(again.id.bytes[15] ^ 1);
  changes.new_deliveries.push_back(std::move(again));
}

void PlantedLane::spoil(Changes& changes) {
  spoil_jobs(changes);
  spoil_deliveries(changes);
  spoil_runs(changes);
  spoil_disputes(changes);
  spoil_accounts(changes);
  if (planted(Plant::kHeldChargeUnlisted)) {
    std::erase_if(changes.deposits, [](const Deposit& it) { return it.attempt.has_value(); });
  }
  if (!changes.entries.empty() && sometimes(Plant::kUnbalancedEntry)) {
    changes.entries.back().postings.back().amount += Money{1};
  }
  if (!changes.entries.empty() && sometimes(Plant::kBookedTwice)) {
    write_again(changes, changes.entries.size() - 1);
  }
  if (!changes.receipts.empty() && sometimes(Plant::kReceiptAmount)) {
    changes.receipts.back().receipt.total += Money{1};
  }
  for (Payment& payment : changes.payments) {
    // Of a transfer: nobody contests what then waits, which the engine would not survive.
    const bool paid = payment.state == PaymentState::kPaid && payment.method == Method::kSpei;
    if (paid && sometimes(Plant::kIllegalEdge)) {
      payment.state = PaymentState::kAwaiting;
    }
  }
  if (!changes.events.empty() && sometimes(Plant::kTornCommit)) {
    changes.events.clear();
    changes.entries.clear();
  }
}

void PlantedLane::spoil_records() {
  if (!records_.entries.empty() && sometimes(Plant::kBalanceForgotten)) {
    const Posting& posting = records_.entries.back().postings.front();
    Balance& balance = records_.balances[{posting.account, Currency::kMxn}];
    (posting.amount > Money{} ? balance.debits : balance.credits) -= posting.amount;
  }
  if (records_.events.size() > 40 && sometimes(Plant::kLogRewritten)) {
    EventRow& event = records_.events[dice_.next() % 10];
    event.at += std::chrono::microseconds(1);
  }
}

CommitStatus PlantedLane::commit(const Changes& changes) {
  if (sometimes(Plant::kSkipCommit)) {
    real_->rollback();
    return CommitStatus::kCommitted;
  }
  if (planted(Plant::kAnswerBeforeCommit)) {
    real_->rollback();
    delayed_ = changes;
    stage_.point("lane.after_commit");
    return CommitStatus::kCommitted;
  }
  Changes spoilt = changes;
  spoil(spoilt);
  CommitStatus status = real_->commit(spoilt);
  if (status == CommitStatus::kConflict && planted(Plant::kConflictIgnored)) {
    status = CommitStatus::kCommitted;
  }
  spoil_records();
  return status;
}

// Lists what the real reader leaves alone: payments that a gateway may hold.
class PlantedReader final : public MemoryReader {
 public:
  PlantedReader(Stage& stage, const Records& records)
      : MemoryReader(records), stage_(stage), records_(records) {}
  Result<std::vector<PaymentId>> payments_to_expire(Instant now, int limit) override {
    TRY(auto ids, MemoryReader::payments_to_expire(now, limit));
    if (!stage_.planted(Plant::kExpireUnknown)) return ids;
    std::set<PaymentId> late;
    for (const auto& [id, payment] : records_.payments) {
      if (payment.state == PaymentState::kProcessing && payment.expires_at <= now) late.insert(id);
    }
    ids.insert(ids.end(), late.begin(), late.end());
    return ids;
  }

 private:
  Stage& stage_;
  const Records& records_;
};

}  // namespace

PlantedStore::PlantedStore(Stage& stage, Store& real, Records& records)
    : stage_(stage),
      real_(real),
      records_(records),
      reader_(std::make_unique<PlantedReader>(stage, records)) {
  if (stage.planted(Plant::kNoUniqueKeys)) records.dropped_keys = {"answers", "quote"};
  if (stage.planted(Plant::kNoDepositKey)) records.dropped_keys = {"deposit_key"};
  if (stage.planted(Plant::kFolioTwice)) records.dropped_keys = {"folio"};
  if (stage.planted(Plant::kBookedTwice) || stage.planted(Plant::kWonDisputeTwice))
    records.dropped_keys = {"entry_event", "ordinal"};
  if (stage.planted(Plant::kDisputeOpenedAgain)) records.dropped_keys = {"dispute_key"};
  if (stage.planted(Plant::kClaimTwice)) records.dropped_keys = {"claim"};
  if (stage.planted(Plant::kWebhookTwice)) records.dropped_keys = {"delivery"};
  if (stage.planted(Plant::kTornCommit)) records.dropped_keys = {"ordinal", "subject"};
}

PlantedStore::~PlantedStore() = default;

Reader& PlantedStore::reader() {
  return *reader_;
}

Result<std::unique_ptr<LaneStore>> PlantedStore::open_lane() {
  TRY(auto lane, real_.open_lane());
  return std::unique_ptr<LaneStore>(
      std::make_unique<PlantedLane>(stage_, std::move(lane), records_));
}

}  // namespace erario::model
