// The store port. LaneStore is the one writing connection, used by the commit lane's thread alone;
// Reader gives committed data to everybody else and may be used from any thread. ledger/store holds
// the drivers; both pass tests/contract/store. Nothing here speaks SQL.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/payment/event.hpp"
#include "engine/payment/owed_call.hpp"
#include "engine/payment/state.hpp"
#include "engine/ports/ledger.hpp"
#include "engine/ports/webhook.hpp"
#include "engine/receipts/receipt.hpp"

namespace erario {

// ---- Rows that are not aggregates ----

struct IdempotencyKey {
  std::string owner;
  std::string key;
  friend auto operator<=>(const IdempotencyKey&, const IdempotencyKey&) = default;
};
struct StoredAnswer {
  IdempotencyKey key;
  Sha256 request{};  // digest of method, path and body of the first request
  int status = 0;
  std::string body;  // replayed byte for byte
  CommandId command;
  Instant at;
};

enum class JobState : std::uint8_t { kDue, kDone, kDead };
// A call to the outside that is owed. Committed with the decision that owes it.
struct Job {
  JobId id;
  JobKind kind = JobKind::kSubmitCharge;
  JobState state = JobState::kDue;
  std::string gateway;
  std::string subject;  // payment or deposit id text
  std::string target;   // attempt or refund id text
  std::string payload;  // JSON of what only this call needs (the token); erased when done
  Instant due_at;
  int tries = 0;
  std::string last_error;
};

// Raw bytes of an inbound call, kept before anything is believed.
struct Inbound {
  InboundId id;
  std::string gateway;
  std::string route;
  Instant received_at;
  Sha256 digest{};
  std::string body;
};

enum class Scope : std::uint8_t {
  kPortal,
  kFinance,
  kApprover,
  kAuditor,
  kOperator,
  kPayout,  // beside portal: may name the account that a refund goes to
};
struct ApiKey {
  KeyId id;
  Sha256 hash{};       // of the whole key text
  std::string prefix;  // shown in lists: "era_portal_Ab3d"
  std::string owner;   // who holds it; payments belong to owners, so keys can rotate
  std::vector<Scope> scopes;
  Instant created_at;
  std::optional<Instant> expires_at;
  std::optional<Instant> revoked_at;
};

struct CatalogueRow {
  std::string version;
  Instant imported_at;
  std::string sources_json;  // [{"file":…,"text":…}] as imported
};

// ---- Reconciliation rows (the shapes of reconciliation/ flattened for storing) ----

struct ClaimKey {
  std::string side;  // "gateway:openpay", "bank:treasury"
  std::string line;  // identity of the line on that side
  friend auto operator<=>(const ClaimKey&, const ClaimKey&) = default;
};
// A line tied to a posting; exclusive on both ends by unique keys.
struct Claim {
  ClaimKey key;
  EntryId entry;
  int posting = 0;  // index within the entry
  RunId run;        // that made it
  std::string rule;
};
struct StatementRow {
  StatementId id;
  std::string source;  // "bank:treasury", "gateway:stp"
  std::string account;
  std::string statement_id;
  int page = 0;
  Sha256 file_hash{};
  Date date{};
  std::string bytes;
  Instant received_at;
};
struct BreakRow {
  BreakId id;
  RunId run;
  std::string kind;
  std::string side;
  std::string reference;
  std::string line;  // identity of the line, empty where the posting has none
  std::optional<EntryId> entry;
  std::optional<Money> expected;
  std::optional<Money> found;
  Date date{};
  std::string detail;
  int age_business_days = 0;
};
struct RunRow {
  RunId id;
  Date date{};
  Instant started_at;
  std::string rules_version;
  std::string inputs_digest;  // same inputs, same digest
  std::string summary_json;
  std::string report_html;
  std::string report_csv;
  std::int64_t matched = 0;
  std::int64_t broken = 0;
};
// A run, or a part of a large one: then only the last part is final. `run` names and dates the
// others, and its row is written with the last, so that a run that is there is whole.
struct RunRows {
  RunRow run;
  std::vector<StatementRow> statements;
  std::vector<Claim> claims;  // already held ones are left as they are
  std::vector<BreakRow> breaks;
  std::int64_t breaks_before = 0;  // in the parts before
  bool final = true;
};

// ---- The writing side ----

struct DisputeKey {
  PaymentId payment;
  AttemptId attempt;  // contested
  friend auto operator<=>(const DisputeKey&, const DisputeKey&) = default;
};
struct LoadKeys {
  std::vector<PaymentId> payments;
  std::vector<std::string> clabes;  // payments by their CLABE
  std::vector<QuoteId> quotes;      // is a quote used already?
  std::vector<DepositKey> deposit_keys;
  std::vector<DepositId> deposits;
  std::vector<IdempotencyKey> answers;
  std::vector<std::string> counters;  // gapless numbers: "folio:SRE", "clabe:646180…"
  std::vector<ClaimKey> claims;
  std::vector<DisputeKey> disputes;
  std::vector<PaymentId> receipts;  // all receipts of these payments
  std::vector<PaymentId> parts;     // deposits of these payments that are held for being short
};
struct Loaded {
  std::vector<Payment> payments;
  std::map<QuoteId, PaymentId> used_quotes;
  std::vector<Deposit> deposits;
  std::vector<StoredAnswer> answers;
  std::map<std::string, std::int64_t> counters;  // last number given; absent: 0
  std::vector<Claim> claims;
  std::vector<Dispute> disputes;
  std::vector<SealedReceipt> receipts;
  std::map<PaymentId, std::string> owners;  // of the payments that the named deposits were for
  std::vector<Subscription> subscriptions;  // begin() only: of every enabled endpoint
  ChainHead chain;
};

// Everything one batch changes, written in one transaction. Order within a vector is the order of
// decision. Payments, deposits and disputes are whole aggregates: the driver inserts or updates
// them by id and a payment's attempts and refunds likewise.
struct Changes {
  CommandId batch;  // id of the batch's first command: what was_committed() asks for
  Instant at;
  std::vector<Payment> payments;
  std::set<PaymentId> created;  // those of `payments` that the store does not have yet
  std::vector<Deposit> deposits;
  std::vector<Dispute> disputes;
  std::vector<Event> events;
  std::vector<Entry> entries;  // chained; the driver adds up balances per batch
  std::vector<SealedReceipt> receipts;
  std::vector<Job> new_jobs;
  std::vector<Job> updated_jobs;
  std::vector<WebhookDelivery> new_deliveries;  // at most one of an event and an endpoint
  std::vector<WebhookDelivery> updated_deliveries;
  std::vector<Inbound> inbound;
  std::vector<StoredAnswer> answers;
  std::map<std::string, std::int64_t> counters;  // new last numbers
  std::vector<RunRows> runs;
};

enum class CommitStatus : std::uint8_t {
  kCommitted,
  kConflict,  // nothing written; another writer was faster: replay
  kInDoubt,   // the connection was lost during COMMIT: ask was_committed(), never retry blindly
  kFailed,    // nothing written (disk full, …)
  kBroken,    // fsync failed: the lane must stop; nothing may be acknowledged ever after
};

class LaneStore {
 public:
  virtual ~LaneStore() = default;
  // Opens the batch's transaction and loads what it names. Fails with kStoreUnavailable, or with
  // kIo where the storage itself failed: then the lane must stop, as after kBroken.
  virtual Result<Loaded> begin(const LoadKeys& keys) = 0;
  // Loads more within the open transaction: what the first load showed to be needed. Fails alike.
  virtual Result<Loaded> load(const LoadKeys& keys) = 0;
  // Requires begin(). Ends the transaction either way.
  virtual CommitStatus commit(const Changes& changes) = 0;
  virtual void rollback() = 0;
  virtual Result<bool> was_committed(CommandId batch) = 0;
};

// ---- The reading side ----

struct Page {
  int limit = 50;      // 1..200, checked at the border
  std::string cursor;  // opaque; empty: from the start
};
template <class T>
struct Paged {
  std::vector<T> rows;
  std::string next;  // empty: no more
};
struct PaymentFilter {
  std::string owner;  // empty: everybody's (finance, auditor)
  std::optional<PaymentState> state;
  std::string reference;
};
struct DepositFilter {
  std::optional<DepositState> state;
  std::optional<SuspenseKind> suspense;  // as held_as() says
  std::optional<PaymentId> payment;
};
struct DisputeFilter {
  std::optional<DisputeState> state;
  std::optional<PaymentId> payment;
};
struct Balance {
  std::string account;
  Currency currency = Currency::kMxn;
  Money debits;   // sum of positive amounts
  Money credits;  // sum of negative amounts, as a positive number
};
struct ClearingPosting {
  EntryId entry;
  int posting = 0;
  std::string account;
  std::string reference;
  Money amount;
  Date operating_date{};
  Instant at;
};
struct ClearingDates {
  Date run{};
  Date until{};
};
struct EventRow {
  EventId id;
  CommandId command;
  Instant at;
  std::string subject;
  std::string name;
  std::string body_json;
};
struct StoreStats {
  std::map<std::string, std::int64_t> payments_by_state;
  std::map<std::string, std::int64_t> disputes_by_state;
  std::int64_t jobs_due = 0;
  std::int64_t jobs_dead = 0;
  std::optional<Instant> oldest_job;
  std::optional<Instant> oldest_held;  // when the oldest deposit arrived that waits for a person
  std::int64_t deliveries_due = 0;
  std::int64_t deliveries_dead = 0;
  std::optional<Instant> oldest_delivery;
  std::int64_t entries = 0;
};

class Reader {
 public:
  virtual ~Reader() = default;
  // Fail with kNotFound where one object is asked for, kStoreUnavailable otherwise.
  virtual Result<Payment> payment(PaymentId id) = 0;
  virtual Result<Payment> payment_by_clabe(const std::string& clabe) = 0;
  virtual Result<Payment> payment_by_attempt(const std::string& gateway,
                                             const std::string& reference) = 0;
  virtual Result<Payment> payment_by_refund(const std::string& gateway,
                                            const std::string& reference) = 0;
  virtual Result<Paged<Payment>> payments(const PaymentFilter& filter, const Page& page) = 0;
  virtual Result<std::vector<PaymentId>> payments_to_expire(Instant now, int limit) = 0;
  virtual Result<Deposit> deposit(DepositId id) = 0;
  virtual Result<Deposit> deposit_by_return(const std::string& gateway,
                                            const std::string& reference) = 0;
  virtual Result<Paged<Deposit>> deposits(const DepositFilter& filter, const Page& page) = 0;
  virtual Result<Dispute> dispute(DisputeId id) = 0;
  virtual Result<Paged<Dispute>> disputes(const DisputeFilter& filter, const Page& page) = 0;
  virtual Result<std::vector<EventRow>> events(const std::string& subject) = 0;
  virtual Result<SealedReceipt> receipt(ReceiptId id) = 0;
  virtual Result<SealedReceipt> receipt_by_folio(const std::string& series, std::int64_t folio) = 0;
  virtual Result<std::vector<SealedReceipt>> receipts_of(PaymentId payment) = 0;
  virtual Result<std::vector<Balance>> balances() = 0;
  virtual Result<Entry> entry(EntryId id) = 0;
  // By lane, and within it by chain order; `account` empty: all.
  virtual Result<Paged<Entry>> entries(const std::string& account, const Page& page) = 0;
  // Postings on assets:clearing:<gateway> up to dates.until that no claim of `side` holds, or that
  // a run of dates.run claimed (so that running the day again sees the same inputs).
  virtual Result<std::vector<ClearingPosting>> clearing_postings(const std::string& gateway,
                                                                 const std::string& side,
                                                                 const ClearingDates& dates) = 0;
  virtual Result<std::vector<Claim>> claims(const std::string& side) = 0;
  // Of the lanes that this process holds: what another process owes is not for it to call.
  // `without`: gateways whose jobs are left out.
  virtual Result<std::vector<Job>> jobs_due(Instant now, int limit,
                                            const std::vector<std::string>& without) = 0;
  Result<std::vector<Job>> jobs_due(Instant now, int limit) { return jobs_due(now, limit, {}); }
  virtual Result<ApiKey> key_by_hash(const Sha256& hash) = 0;
  virtual Result<std::vector<ApiKey>> keys() = 0;
  virtual Result<CatalogueRow> latest_catalogue() = 0;
  virtual Result<CatalogueRow> catalogue(const std::string& version) = 0;
  virtual Result<Paged<RunRow>> runs(const Page& page) = 0;  // newest first, without reports
  virtual Result<RunRow> run(RunId id) = 0;
  virtual Result<std::vector<BreakRow>> breaks(RunId run) = 0;
  virtual Result<std::optional<StatementRow>> statement(const std::string& source,
                                                        const std::string& account,
                                                        const std::string& statement_id,
                                                        int page) = 0;
  virtual Result<StoreStats> stats() = 0;
};

// Rare writes that decide nothing about money: from the command line, one transaction each.
class AdminStore {
 public:
  virtual ~AdminStore() = default;
  virtual Result<void> add_key(const ApiKey& key) = 0;
  virtual Result<void> revoke_key(KeyId id, Instant at) = 0;
  virtual Result<void> add_catalogue(
      const CatalogueRow& row) = 0;  // the last one added is in force
};

struct DeliveryFilter {
  std::string owner;  // empty: everybody's
  std::optional<EndpointId> endpoint;
  std::optional<DeliveryState> state;
  std::optional<PaymentId> payment;
};
// Webhook endpoints and the log of what they are owed. Deliveries are written by the lane alone,
// with the events they tell, and what ended is pruned beside it. Thread safe.
class WebhookStore {
 public:
  virtual ~WebhookStore() = default;
  // Those of the owner (empty: of everybody) that are not deleted, oldest first.
  virtual Result<std::vector<WebhookEndpoint>> endpoints(const std::string& owner) = 0;
  virtual Result<WebhookEndpoint> endpoint(EndpointId id) = 0;
  // Those that are enabled, or were closed after the instant.
  virtual Result<std::vector<WebhookEndpoint>> endpoints_to_serve(Instant closed_after) = 0;
  // Of the lanes that this process holds, the longest due first.
  virtual Result<std::vector<WebhookDelivery>> due(EndpointId endpoint, Instant now, int limit) = 0;
  virtual Result<WebhookDelivery> delivery(DeliveryId id) = 0;
  virtual Result<Paged<WebhookDelivery>> deliveries(const DeliveryFilter& filter,
                                                    const Page& page) = 0;
  // Removes deliveries that ended, the oldest first: of those owed before the instant, what was not
  // tried since. How many; `limit` and no more.
  virtual Result<int> prune(Instant before, int limit) = 0;
  // Fails with kStateConflict when the owner has an endpoint with this URL.
  virtual Result<void> add_endpoint(const WebhookEndpoint& endpoint) = 0;
  // Writes state, secrets and closed_at, and the version after the one read. Fails with
  // kStateConflict when somebody else was faster.
  virtual Result<void> change_endpoint(const WebhookEndpoint& endpoint) = 0;
};

// One open store. Drivers are made by ledger/store/open.hpp.
class Store {
 public:
  virtual ~Store() = default;
  virtual Result<std::unique_ptr<LaneStore>> open_lane() = 0;
  virtual Reader& reader() = 0;
  virtual AdminStore& admin() = 0;
  virtual WebhookStore& webhooks() = 0;
};

}  // namespace erario
