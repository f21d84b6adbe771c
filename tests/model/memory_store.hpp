// The store port in memory: what a database on a disk does, without one. Records is what is durable
// and outlives every crash of the engine; a lane writes into it at commit and nowhere else. Unique
// keys are those of the schema; a planted bug may drop one of them.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "engine/ports/audit.hpp"
#include "engine/ports/store.hpp"

namespace erario::model {

struct IdempotencyKeyHash {
  std::size_t operator()(const IdempotencyKey& key) const noexcept {
    return std::hash<std::string>()(key.key) * 31 + std::hash<std::string>()(key.owner);
  }
};

// "gateway\nreference"
std::string reference_key(std::string_view gateway, std::string_view reference);

// What a side claims of an entry, and the day of the run that did.
struct ClaimOfEntry {
  std::string side;
  int posting = 0;
  Date date{};
};

struct Records {
  std::unordered_set<CommandId> batches;
  std::unordered_map<PaymentId, Payment> payments;
  std::unordered_map<std::string, PaymentId> by_clabe;
  std::unordered_map<QuoteId, PaymentId> by_quote;
  std::unordered_map<std::string, PaymentId> by_attempt;
  std::unordered_map<std::string, PaymentId> by_refund;
  std::set<std::pair<Instant, PaymentId>> awaiting;  // by expires_at
  std::map<DepositId, Deposit> deposits;
  std::map<DepositKey, DepositId> by_deposit_key;
  std::unordered_map<std::string, DepositId> by_return;
  std::map<DisputeId, Dispute> disputes;
  std::map<DisputeKey, DisputeId> by_dispute_key;
  std::deque<EventRow> events;
  std::unordered_map<EventId, std::size_t> event_place;
  std::unordered_map<std::string, std::vector<std::size_t>> events_of;  // by subject, in order
  std::deque<Entry> entries;
  std::unordered_map<EntryId, std::size_t> entry_place;
  std::unordered_map<EventId, std::size_t> entry_of_event;
  std::unordered_map<std::string, std::vector<std::pair<std::size_t, int>>> postings_of;
  std::map<std::pair<std::string, Currency>, Balance> balances;
  std::deque<SealedReceipt> receipts;
  std::map<std::pair<std::string, std::int64_t>, std::size_t> by_folio;
  std::unordered_map<PaymentId, std::vector<std::size_t>> receipts_of;
  std::unordered_map<ReceiptId, std::size_t> receipt_place;
  std::unordered_map<JobId, Job> jobs;
  std::set<std::pair<Instant, JobId>> due;
  std::int64_t dead = 0;
  std::map<EndpointId, WebhookEndpoint> endpoints;
  std::map<DeliveryId, WebhookDelivery> deliveries;
  std::set<std::pair<EventId, EndpointId>> delivery_keys;
  std::set<std::pair<Instant, DeliveryId>> deliveries_due;
  std::deque<Inbound> inbound;
  std::unordered_map<IdempotencyKey, StoredAnswer, IdempotencyKeyHash> answers;
  std::unordered_map<std::string, std::int64_t> counters;
  struct DatedClaim {
    Claim claim;
    Date date{};  // of the run that made it
  };
  std::map<ClaimKey, DatedClaim> claims;
  std::unordered_map<EntryId, std::vector<ClaimOfEntry>> claims_of_entry;
  // Null where the side does not claim it.
  const ClaimOfEntry* claim_of(const EntryId& entry, const std::string& side, int posting) const;
  std::vector<RunRows> runs;
  std::map<RunId, std::vector<BreakRow>> breaks_of;  // of runs and of what there is of others
  std::map<std::tuple<std::string, std::string, std::string, int>, StatementRow> statements;

  // Unique keys that a planted bug dropped: "answers", "deposit_key", "folio", …
  std::set<std::string, std::less<>> dropped_keys;

  // Applies the whole batch, or nothing where it breaks a unique key.
  bool apply(const Changes& changes);
  Loaded load(const LoadKeys& keys) const;
  ChainHead head() const;

 private:
  bool breaks_a_key(const Changes& changes) const;
  bool owes_twice(const Changes& changes) const;
  bool has_key(std::string_view name) const { return !dropped_keys.contains(name); }
  void put(const Payment& payment);
  void put(const Deposit& deposit);
  void put(const Job& job);
  void put(const WebhookDelivery& delivery);
  void add(const Event& event);
  void add(const Entry& entry);
  void add(const SealedReceipt& receipt);
  void add(const RunRows& run);
};

class MemoryReader : public Reader {
 public:
  explicit MemoryReader(const Records& records) : records_(records) {}

  Result<Payment> payment(PaymentId id) override;
  Result<Payment> payment_by_clabe(const std::string& clabe) override;
  Result<Payment> payment_by_attempt(const std::string& gateway,
                                     const std::string& reference) override;
  Result<Payment> payment_by_refund(const std::string& gateway,
                                    const std::string& reference) override;
  Result<Paged<Payment>> payments(const PaymentFilter& filter, const Page& page) override;
  Result<std::vector<PaymentId>> payments_to_expire(Instant now, int limit) override;
  Result<Deposit> deposit(DepositId id) override;
  Result<Deposit> deposit_by_return(const std::string& gateway,
                                    const std::string& reference) override;
  Result<Paged<Deposit>> deposits(const DepositFilter& filter, const Page& page) override;
  Result<Dispute> dispute(DisputeId id) override;
  Result<Paged<Dispute>> disputes(const DisputeFilter& filter, const Page& page) override;
  Result<std::vector<EventRow>> events(const std::string& subject) override;
  Result<SealedReceipt> receipt(ReceiptId id) override;
  Result<SealedReceipt> receipt_by_folio(const std::string& series, std::int64_t folio) override;
  Result<std::vector<SealedReceipt>> receipts_of(PaymentId payment) override;
  Result<std::vector<Balance>> balances() override;
  Result<Entry> entry(EntryId id) override;
  Result<Paged<Entry>> entries(const std::string& account, const Page& page) override;
  Result<std::vector<ClearingPosting>> clearing_postings(const std::string& gateway,
                                                         const std::string& side,
                                                         const ClearingDates& dates) override;
  Result<std::vector<Claim>> claims(const std::string& side) override;
  using Reader::jobs_due;
  Result<std::vector<Job>> jobs_due(Instant now, int limit,
                                    const std::vector<std::string>& without) override;
  Result<ApiKey> key_by_hash(const Sha256& hash) override;
  Result<std::vector<ApiKey>> keys() override;
  Result<CatalogueRow> latest_catalogue() override;
  Result<CatalogueRow> catalogue(const std::string& version) override;
  Result<Paged<RunRow>> runs(const Page& page) override;
  Result<RunRow> run(RunId id) override;
  Result<std::vector<BreakRow>> breaks(RunId run) override;
  Result<std::optional<StatementRow>> statement(const std::string& source,
                                                const std::string& account,
                                                const std::string& statement_id, int page) override;
  Result<StoreStats> stats() override;

 private:
  template <class Key, class Map>
  Result<Payment> payment_by(const Map& index, const Key& key);
  const Records& records_;
};

// What the engine's own verifier (ledger/audit) reads.
class MemoryAudit final : public AuditSource {
 public:
  explicit MemoryAudit(const Records& records) : records_(records) {}
  Result<void> each_event(const Visitor<AuditedEvent>& visit) override;
  Result<void> each_entry(const Visitor<AuditedEntry>& visit) override;
  Result<void> each_receipt(const Visitor<AuditedReceipt>& visit) override;
  Result<void> each_payment(const Visitor<AuditedPayment>& visit) override;
  Result<std::vector<Balance>> balances() override;

 private:
  const Records& records_;
};

}  // namespace erario::model
