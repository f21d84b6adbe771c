#include "ledger/store/statements.hpp"

// Column lists shared by several statements; the order is what rows.cpp reads.
#define PAYMENT_COLUMNS                                                                     \
  "p.id, p.owner, p.quote, p.quote_json, p.allocations, p.method, s.state, p.currency, "    \
  "p.amount, s.refunded, p.clabe, p.reference, p.return_url, p.payer_name, p.payer_email, " \
  "p.payer_rfc, p.payer_curp, p.created_at, s.expires_at, s.paid_at, s.version "
#define DEPOSIT_COLUMNS                                                                      \
  "d.id, d.sending_bank, d.tracking_key, d.operating_date, d.state, d.suspense, d.amount, "  \
  "d.clabe, d.sender_clabe, d.sender_holder, d.sender_rfc_curp, d.concept_text, d.gateway, " \
  "d.gateway_id, d.payment, d.attempt, d.return_order, d.contested, d.received_at, "         \
  "d.version "
#define DISPUTE_COLUMNS                                                                   \
  "c.id, c.payment, c.attempt, c.gateway, c.reference, c.gateway_id, c.state, c.amount, " \
  "c.reason, c.held, c.allocations, c.evidence, c.opened_at, c.updated_at, c.version "
#define ENTRY_COLUMNS                                                                     \
  "e.id, e.event, e.at, e.operating_date, e.currency, e.description, e.subject, e.lane, " \
  "e.ordinal, e.previous, e.hash "
#define RUN_COLUMNS                                                                     \
  "n.id, n.date, n.started_at, n.rules_version, n.inputs_digest, n.matched, n.broken, " \
  "n.summary_json "

namespace erario::store::statements {

// ---- Aggregates: loading ----

const Statement kPaymentById{"payment_by_id", "id TEXT",
                             "SELECT " PAYMENT_COLUMNS
                             "FROM {ROWS} JOIN payments p ON p.id = r.id "
                             "JOIN payment_states s ON s.payment = r.id {LOCK:s}"};
const Statement kPaymentByClabe{"payment_by_clabe", "clabe TEXT",
                                "SELECT p.id FROM {ROWS} JOIN payments p ON p.clabe = r.clabe"};
const Statement kPaymentByAttempt{"payment_by_attempt", "gateway TEXT, reference TEXT",
                                  "SELECT payment FROM attempts "
                                  "WHERE gateway = :gateway AND reference = :reference"};
const Statement kPaymentByRefund{"payment_by_refund", "gateway TEXT, reference TEXT",
                                 "SELECT payment FROM refunds "
                                 "WHERE gateway = :gateway AND reference = :reference"};
const Statement kAttemptsOfPayment{
    "attempts_of_payment", "payment TEXT",
    "SELECT a.payment, a.id, a.ordinal, a.gateway, a.reference, a.state, a.amount, a.gateway_id, "
    "a.authorization_code, a.redirect_url, a.decline_reason, a.created_at, a.updated_at, "
    "a.three_d_secure, a.instalments, a.capture_by, a.pay_to, a.paid_from "
    "FROM {ROWS} JOIN attempts a ON a.payment = r.payment ORDER BY a.payment, a.ordinal"};
const Statement kRefundsOfPayment{
    "refunds_of_payment", "payment TEXT",
    "SELECT f.payment, f.id, f.gateway, f.reference, f.state, f.amount, f.allocations, f.reason, "
    "f.destination_clabe, f.destination_holder, f.destination_rfc_curp, f.gateway_id, "
    "f.failure_reason, f.created_at, f.updated_at, f.named_by "
    "FROM {ROWS} JOIN refunds f ON f.payment = r.payment ORDER BY f.payment, f.created_at, f.id"};
const Statement kPaymentOfQuote{
    "payment_of_quote", "quote TEXT",
    "SELECT p.quote, p.id FROM {ROWS} JOIN payments p ON p.quote = r.quote"};

// Newest first: ids are time ordered, `before` is the last id of the page before or '~'. An empty
// state or owner is any.
const Statement kPaymentsOfOwner{
    "payments_of_owner", "owner TEXT, before TEXT, state TEXT, maximum BIGINT",
    "SELECT p.id FROM payments p JOIN payment_states s ON s.payment = p.id "
    "WHERE p.owner = :owner AND p.id < :before "
    "AND (:state = '' OR s.state = :state) ORDER BY p.id DESC LIMIT :maximum"};
const Statement kPaymentsOfReference{
    "payments_of_reference", "reference TEXT, before TEXT, owner TEXT, state TEXT, maximum BIGINT",
    "SELECT p.id FROM payments p JOIN payment_states s ON s.payment = p.id "
    "WHERE p.reference = :reference AND p.reference <> '' "
    "AND p.id < :before AND (:owner = '' OR p.owner = :owner) "
    "AND (:state = '' OR s.state = :state) ORDER BY p.id DESC LIMIT :maximum"};
const Statement kPaymentsAll{"payments_all", "before TEXT, state TEXT, maximum BIGINT",
                             "SELECT s.payment FROM payment_states s WHERE s.payment < :before "
                             "AND (:state = '' OR s.state = :state) "
                             "ORDER BY s.payment DESC LIMIT :maximum"};
// The state is written out so that the index over the few that are awaiting serves.
const Statement kPaymentsToExpire{"payments_to_expire", "now BIGINT, maximum BIGINT",
                                  "SELECT s.payment FROM payment_states s "
                                  "WHERE s.state = 'awaiting' AND s.expires_at <= :now "
                                  "ORDER BY s.expires_at, s.payment LIMIT :maximum"};

const Statement kDepositById{"deposit_by_id", "id TEXT",
                             "SELECT " DEPOSIT_COLUMNS
                             "FROM {ROWS} JOIN deposits d ON d.id = r.id {LOCK:d}"};
const Statement kDepositByKey{
    "deposit_by_key", "sending_bank TEXT, tracking_key TEXT, operating_date TEXT",
    "SELECT " DEPOSIT_COLUMNS
    "FROM {ROWS} JOIN deposits d ON d.sending_bank = r.sending_bank "
    "AND d.tracking_key = r.tracking_key AND d.operating_date = r.operating_date {LOCK:d}"};
const Statement kDepositByReturn{
    "deposit_by_return", "gateway TEXT, reference TEXT",
    "SELECT " DEPOSIT_COLUMNS
    "FROM deposits d WHERE d.return_gateway = :gateway AND d.return_reference = :reference"};
const Statement kDepositPartsOfPayment{
    "deposit_parts_of_payment", "payment TEXT",
    "SELECT " DEPOSIT_COLUMNS
    "FROM {ROWS} JOIN deposits d ON d.payment = r.payment AND d.state = 'held' "
    "AND d.suspense = 'short' {LOCK:d}"};
const Statement kDepositsAll{
    "deposits_all", "before TEXT, state TEXT, maximum BIGINT",
    "SELECT " DEPOSIT_COLUMNS
    "FROM deposits d WHERE d.id < :before AND (:state = '' OR d.state = :state) "
    "ORDER BY d.id DESC LIMIT :maximum"};
// Every row has a kind: what is applied waited for nothing.
const Statement kDepositsOfSuspense{
    "deposits_of_suspense", "suspense TEXT, before TEXT, state TEXT, maximum BIGINT",
    "SELECT " DEPOSIT_COLUMNS
    "FROM deposits d WHERE d.suspense = :suspense AND d.state <> 'applied' AND d.id < :before "
    "AND (:state = '' OR d.state = :state) ORDER BY d.id DESC LIMIT :maximum"};
// Of any state but applied, whose deposits are not indexed by it.
const Statement kDepositsOfState{
    "deposits_of_state", "state TEXT, before TEXT, suspense TEXT, maximum BIGINT",
    "SELECT " DEPOSIT_COLUMNS
    "FROM deposits d WHERE d.state = :state AND d.state <> 'applied' AND d.id < :before "
    "AND (:suspense = '' OR d.suspense = :suspense) ORDER BY d.id DESC LIMIT :maximum"};
const Statement kDepositsOfPayment{
    "deposits_of_payment", "payment TEXT, before TEXT, state TEXT, suspense TEXT, maximum BIGINT",
    "SELECT " DEPOSIT_COLUMNS
    "FROM deposits d WHERE d.payment = :payment AND d.id < :before "
    "AND (:state = '' OR d.state = :state) "
    "AND (:suspense = '' OR (d.suspense = :suspense AND d.state <> 'applied')) "
    "ORDER BY d.id DESC LIMIT :maximum"};

const Statement kDisputeById{"dispute_by_id", "id TEXT",
                             "SELECT " DISPUTE_COLUMNS "FROM disputes c WHERE c.id = :id"};
const Statement kDisputeByAttempt{"dispute_by_attempt", "payment TEXT, attempt TEXT",
                                  "SELECT " DISPUTE_COLUMNS
                                  "FROM {ROWS} JOIN disputes c ON c.payment = r.payment "
                                  "AND c.attempt = r.attempt {LOCK:c}"};
const Statement kDisputesAll{"disputes_all", "before TEXT, maximum BIGINT",
                             "SELECT " DISPUTE_COLUMNS
                             "FROM disputes c WHERE c.id < :before "
                             "ORDER BY c.id DESC LIMIT :maximum"};
const Statement kDisputesOfState{"disputes_of_state", "state TEXT, before TEXT, maximum BIGINT",
                                 "SELECT " DISPUTE_COLUMNS
                                 "FROM disputes c WHERE c.state = :state AND c.id < :before "
                                 "ORDER BY c.id DESC LIMIT :maximum"};
const Statement kDisputesOfPayment{
    "disputes_of_payment", "payment TEXT, before TEXT, state TEXT, maximum BIGINT",
    "SELECT " DISPUTE_COLUMNS
    "FROM disputes c WHERE c.payment = :payment AND c.id < :before "
    "AND (:state = '' OR c.state = :state) ORDER BY c.id DESC LIMIT :maximum"};

// ---- Aggregates: writing ----

const Statement kInsertPayment{
    "insert_payment",
    "id TEXT, owner TEXT, quote TEXT, quote_json TEXT, allocations TEXT, method TEXT, "
    "currency TEXT, amount BIGINT, clabe TEXT, reference TEXT, return_url TEXT, "
    "payer_name TEXT, payer_email TEXT, payer_rfc TEXT, payer_curp TEXT, created_at BIGINT",
    "INSERT INTO payments {COLUMNS} {VALUES}"};
const Statement kInsertPaymentState{
    "insert_payment_state",
    "payment TEXT, state TEXT, refunded BIGINT, expires_at BIGINT, paid_at BIGINT, version BIGINT",
    "INSERT INTO payment_states {COLUMNS} {VALUES}"};
const Statement kUpdatePaymentState{
    "update_payment_state",
    "payment TEXT, state TEXT, refunded BIGINT, expires_at BIGINT, paid_at BIGINT, version BIGINT",
    "UPDATE payment_states SET state = r.state, refunded = r.refunded, "
    "expires_at = r.expires_at, paid_at = r.paid_at, version = r.version "
    "FROM {ROWS} WHERE payment_states.payment = r.payment"};
const Statement kUpsertAttempt{
    "upsert_attempt",
    "payment TEXT, id TEXT, ordinal BIGINT, gateway TEXT, reference TEXT, state TEXT, "
    "amount BIGINT, gateway_id TEXT, authorization_code TEXT, redirect_url TEXT, "
    "decline_reason TEXT, created_at BIGINT, updated_at BIGINT, three_d_secure BIGINT, "
    "instalments BIGINT, capture_by BIGINT, pay_to TEXT, paid_from TEXT",
    "INSERT INTO attempts {COLUMNS} {VALUES} ON CONFLICT (payment, id) DO UPDATE SET "
    "state = excluded.state, amount = excluded.amount, gateway_id = excluded.gateway_id, "
    "authorization_code = excluded.authorization_code, redirect_url = excluded.redirect_url, "
    "decline_reason = excluded.decline_reason, updated_at = excluded.updated_at, "
    "pay_to = excluded.pay_to, paid_from = excluded.paid_from"};
const Statement kUpsertRefund{
    "upsert_refund",
    "payment TEXT, id TEXT, gateway TEXT, reference TEXT, state TEXT, amount BIGINT, "
    "allocations TEXT, reason TEXT, destination_clabe TEXT, destination_holder TEXT, "
    "destination_rfc_curp TEXT, gateway_id TEXT, failure_reason TEXT, created_at BIGINT, "
    "updated_at BIGINT, named_by TEXT",
    "INSERT INTO refunds {COLUMNS} {VALUES} ON CONFLICT (payment, id) DO UPDATE SET "
    "state = excluded.state, gateway_id = excluded.gateway_id, "
    "failure_reason = excluded.failure_reason, updated_at = excluded.updated_at"};
const Statement kUpsertDeposit{
    "upsert_deposit",
    "id TEXT, sending_bank TEXT, tracking_key TEXT, operating_date TEXT, state TEXT, "
    "suspense TEXT, amount BIGINT, clabe TEXT, sender_clabe TEXT, sender_holder TEXT, "
    "sender_rfc_curp TEXT, concept_text TEXT, gateway TEXT, gateway_id TEXT, payment TEXT, "
    "attempt TEXT, return_gateway TEXT, return_reference TEXT, return_order TEXT, "
    "contested BIGINT, received_at BIGINT, version BIGINT",
    "INSERT INTO deposits {COLUMNS} {VALUES} ON CONFLICT (id) DO UPDATE SET "
    "state = excluded.state, suspense = excluded.suspense, amount = excluded.amount, "
    "gateway_id = excluded.gateway_id, payment = excluded.payment, "
    "return_gateway = excluded.return_gateway, "
    "return_reference = excluded.return_reference, return_order = excluded.return_order, "
    "contested = excluded.contested, version = excluded.version"};

const Statement kUpsertDispute{
    "upsert_dispute",
    "id TEXT, payment TEXT, attempt TEXT, gateway TEXT, reference TEXT, gateway_id TEXT, "
    "state TEXT, amount BIGINT, reason TEXT, held TEXT, allocations TEXT, evidence TEXT, "
    "opened_at BIGINT, updated_at BIGINT, version BIGINT",
    "INSERT INTO disputes {COLUMNS} {VALUES} ON CONFLICT (id) DO UPDATE SET "
    "gateway_id = excluded.gateway_id, state = excluded.state, amount = excluded.amount, "
    "reason = excluded.reason, held = excluded.held, allocations = excluded.allocations, "
    "evidence = excluded.evidence, opened_at = excluded.opened_at, "
    "updated_at = excluded.updated_at, version = excluded.version"};

// ---- Log, books, receipts ----

const Statement kInsertBatch{"insert_batch", "id TEXT, at BIGINT",
                             "INSERT INTO batches {COLUMNS} {VALUES}"};
const Statement kBatchExists{"batch_exists", "id TEXT", "SELECT 1 FROM batches WHERE id = :id"};
// The next lane that holds anything, or NULL.
const Statement kNextLane{"next_lane", "after BIGINT",
                          "SELECT min(v.lane) FROM events v WHERE v.lane > :after"};
const Statement kLastPosition{
    "last_position", "lane BIGINT",
    "SELECT position FROM events WHERE lane = :lane ORDER BY position DESC LIMIT 1"};
const Statement kInsertEvent{"insert_event",
                             "lane BIGINT, position BIGINT, id TEXT, entry BIGINT, subject TEXT, "
                             "ordinal BIGINT, command TEXT, at BIGINT, name TEXT, body TEXT",
                             "INSERT INTO events {COLUMNS} {VALUES}"};
const Statement kEventsOfSubject{"events_of_subject", "subject TEXT",
                                 "SELECT id, command, at, subject, name, body FROM events "
                                 "WHERE subject = :subject ORDER BY ordinal"};
const Statement kChainHead{
    "chain_head", "lane BIGINT",
    "SELECT ordinal, hash FROM entries WHERE lane = :lane ORDER BY ordinal DESC LIMIT 1"};
const Statement kInsertEntry{
    "insert_entry",
    "lane BIGINT, ordinal BIGINT, id TEXT, event TEXT, position BIGINT, at BIGINT, operating_date "
    "TEXT, "
    "currency TEXT, description TEXT, subject TEXT, previous BYTES, hash BYTES",
    "INSERT INTO entries {COLUMNS} {VALUES}"};
const Statement kInsertPosting{
    "insert_posting",
    "lane BIGINT, ordinal BIGINT, posting BIGINT, account TEXT, currency TEXT, amount BIGINT, "
    "reference TEXT",
    "INSERT INTO postings {COLUMNS} {VALUES}"};
const Statement kAddBalance{
    "add_balance", "lane BIGINT, account TEXT, currency TEXT, debits BIGINT, credits BIGINT",
    "INSERT INTO balances {COLUMNS} {VALUES} ON CONFLICT (lane, account, currency) DO UPDATE SET "
    "debits = balances.debits + excluded.debits, credits = balances.credits + excluded.credits"};
const Statement kBalances{
    "balances", "",
    "SELECT account, currency, CAST(sum(debits) AS BIGINT), CAST(sum(credits) AS BIGINT) "
    "FROM balances GROUP BY account, currency ORDER BY account, currency"};
const Statement kEntryById{"entry_by_id", "id TEXT",
                           "SELECT " ENTRY_COLUMNS "FROM entries e WHERE e.id = :id"};
// In the order of lanes, and of the chain within each.
const Statement kEntriesAfter{"entries_after", "lane BIGINT, after BIGINT, maximum BIGINT",
                              "SELECT " ENTRY_COLUMNS
                              "FROM entries e WHERE (e.lane, e.ordinal) > (:lane, :after) "
                              "ORDER BY e.lane, e.ordinal LIMIT :maximum"};
const Statement kEntriesOfAccount{
    "entries_of_account", "account TEXT, lane BIGINT, after BIGINT, maximum BIGINT",
    "SELECT " ENTRY_COLUMNS
    "FROM entries e JOIN (SELECT DISTINCT p.lane, p.ordinal FROM postings p "
    "WHERE p.account = :account AND (p.lane, p.ordinal) > (:lane, :after) "
    "ORDER BY p.lane, p.ordinal LIMIT :maximum) AS f ON f.lane = e.lane AND f.ordinal = e.ordinal "
    "ORDER BY e.lane, e.ordinal"};
const Statement kPostingsOfEntry{
    "postings_of_entry", "lane BIGINT, ordinal BIGINT",
    "SELECT p.lane, p.ordinal, p.account, p.amount, p.reference "
    "FROM {ROWS} JOIN postings p ON p.lane = r.lane AND p.ordinal = r.ordinal "
    "ORDER BY p.lane, p.ordinal, p.posting"};
const Statement kClearingPostings{
    "clearing_postings", "account TEXT, run TEXT, side TEXT, until TEXT",
    "SELECT e.id, p.posting, p.account, p.reference, p.amount, e.operating_date, e.at "
    "FROM postings p JOIN entries e ON e.lane = p.lane AND e.ordinal = p.ordinal "
    "LEFT JOIN claims c ON c.side = :side AND c.entry = e.id AND c.posting = p.posting "
    "WHERE p.account = :account AND e.operating_date <= :until "
    "AND (c.entry IS NULL OR c.date = :run) ORDER BY p.lane, p.ordinal, p.posting"};
const Statement kInsertReceipt{"insert_receipt",
                               "id TEXT, payment TEXT, series TEXT, folio BIGINT, amount BIGINT, "
                               "issued_at BIGINT, document TEXT",
                               "INSERT INTO receipts {COLUMNS} {VALUES}"};
const Statement kReceiptById{"receipt_by_id", "id TEXT",
                             "SELECT document FROM receipts WHERE id = :id"};
const Statement kReceiptByFolio{
    "receipt_by_folio", "series TEXT, folio BIGINT",
    "SELECT document FROM receipts WHERE series = :series AND folio = :folio"};
const Statement kReceiptsOfPayment{
    "receipts_of_payment", "payment TEXT",
    "SELECT document FROM receipts WHERE payment = :payment ORDER BY id"};

// ---- Outbox, inbound, answers, counters ----

const Statement kInsertJob{
    "insert_job",
    "id TEXT, kind TEXT, state TEXT, gateway TEXT, subject TEXT, target TEXT, payload TEXT, "
    "due_at BIGINT, tries BIGINT, last_error TEXT, lane BIGINT",
    "INSERT INTO jobs {COLUMNS} {VALUES}"};
const Statement kUpdateJob{
    "update_job", "id TEXT, state TEXT, payload TEXT, due_at BIGINT, tries BIGINT, last_error TEXT",
    "UPDATE jobs SET state = r.state, payload = r.payload, due_at = r.due_at, tries = r.tries, "
    "last_error = r.last_error FROM {ROWS} WHERE jobs.id = r.id"};
const Statement kJobsDue{
    "jobs_due", "lane BIGINT, now BIGINT, maximum BIGINT, without TEXT",
    "SELECT id, kind, state, gateway, subject, target, payload, due_at, tries, last_error "
    "FROM jobs WHERE state = 'due' AND lane = :lane AND due_at <= :now "
    "AND :without NOT LIKE '%,' || gateway || ',%' "
    "ORDER BY due_at, id LIMIT :maximum"};
const Statement kLanesOwing{"lanes_owing", "",
                            "SELECT lane FROM jobs WHERE state = 'due' "
                            "UNION SELECT lane FROM webhook_deliveries WHERE state = 'due'"};
const Statement kInsertInbound{
    "insert_inbound",
    "id TEXT, gateway TEXT, route TEXT, received_at BIGINT, digest BYTES, body BYTES",
    "INSERT INTO inbound {COLUMNS} {VALUES}"};
const Statement kInsertAnswer{"insert_answer",
                              "owner TEXT, idempotency_key TEXT, request BYTES, status BIGINT, "
                              "body BYTES, command TEXT, at BIGINT",
                              "INSERT INTO answers {COLUMNS} {VALUES}"};
const Statement kAnswer{
    "answer", "owner TEXT, idempotency_key TEXT",
    "SELECT a.owner, a.idempotency_key, a.request, a.status, a.body, a.command, a.at "
    "FROM {ROWS} JOIN answers a ON a.owner = r.owner AND a.idempotency_key = r.idempotency_key"};
const Statement kCounter{
    "counter", "name TEXT",
    "SELECT c.name, c.last_number FROM {ROWS} JOIN counters c ON c.name = r.name {LOCK:c}"};
// So that there is a row to lock: two lanes that start one counter must not both give its first.
const Statement kStartCounter{"start_counter", "name TEXT",
                              "INSERT INTO counters (name, last_number) "
                              "SELECT r.name, 0 FROM {ROWS} WHERE TRUE ON CONFLICT DO NOTHING"};
const Statement kSetCounter{"set_counter", "name TEXT, last_number BIGINT",
                            "INSERT INTO counters {COLUMNS} {VALUES} ON CONFLICT (name) "
                            "DO UPDATE SET last_number = excluded.last_number"};

// ---- Reconciliation ----

const Statement kInsertRun{
    "insert_run",
    "id TEXT, date TEXT, started_at BIGINT, rules_version TEXT, inputs_digest TEXT, "
    "matched BIGINT, broken BIGINT, summary_json TEXT, report_html TEXT, report_csv TEXT",
    "INSERT INTO runs {COLUMNS} {VALUES}"};
const Statement kRunById{"run_by_id", "id TEXT",
                         "SELECT " RUN_COLUMNS
                         ", n.report_html, n.report_csv FROM runs n WHERE n.id = :id"};
const Statement kRunsBefore{"runs_before", "before TEXT, maximum BIGINT",
                            "SELECT " RUN_COLUMNS
                            "FROM runs n WHERE n.id < :before ORDER BY n.id DESC LIMIT :maximum"};
const Statement kInsertStatement{
    "insert_statement",
    "id TEXT, source TEXT, account TEXT, statement_id TEXT, page BIGINT, file_hash BYTES, "
    "date TEXT, content BYTES, received_at BIGINT",
    "INSERT INTO statements {COLUMNS} {VALUES}"};
const Statement kStatementByIdentity{
    "statement_by_identity", "source TEXT, account TEXT, statement_id TEXT, page BIGINT",
    "SELECT id, source, account, statement_id, page, file_hash, date, content, received_at "
    "FROM statements WHERE source = :source AND account = :account "
    "AND statement_id = :statement_id AND page = :page"};
const Statement kInsertClaim{
    "insert_claim",
    "side TEXT, line TEXT, entry TEXT, posting BIGINT, run TEXT, date TEXT, rule TEXT",
    "INSERT INTO claims {COLUMNS} {VALUES} ON CONFLICT (side, line) DO NOTHING"};
const Statement kClaim{"claim", "side TEXT, line TEXT",
                       "SELECT c.side, c.line, c.entry, c.posting, c.run, c.rule "
                       "FROM {ROWS} JOIN claims c ON c.side = r.side AND c.line = r.line"};
const Statement kClaimsOfSide{"claims_of_side", "side TEXT",
                              "SELECT c.side, c.line, c.entry, c.posting, c.run, c.rule "
                              "FROM claims c WHERE c.side = :side ORDER BY c.line"};
const Statement kInsertBreak{
    "insert_break",
    "id TEXT, run TEXT, ordinal BIGINT, kind TEXT, side TEXT, reference TEXT, line TEXT, "
    "entry TEXT, expected BIGINT, found BIGINT, date TEXT, detail TEXT, age_business_days BIGINT",
    "INSERT INTO breaks {COLUMNS} {VALUES}"};
const Statement kBreaksOfRun{
    "breaks_of_run", "run TEXT",
    "SELECT id, run, kind, side, reference, line, entry, expected, found, date, detail, "
    "age_business_days FROM breaks WHERE run = :run ORDER BY ordinal"};

// ---- Keys, catalogues, figures ----

const Statement kInsertKey{
    "insert_key",
    "id TEXT, hash BYTES, prefix TEXT, owner TEXT, scopes TEXT, created_at BIGINT, "
    "expires_at BIGINT, revoked_at BIGINT",
    "INSERT INTO api_keys {COLUMNS} {VALUES}"};
// The first revocation stands.
const Statement kRevokeKey{"revoke_key", "id TEXT, at BIGINT",
                           "UPDATE api_keys SET revoked_at = coalesce(revoked_at, :at) "
                           "WHERE id = :id RETURNING id"};
const Statement kKeyByHash{"key_by_hash", "hash BYTES",
                           "SELECT id, hash, prefix, owner, scopes, created_at, expires_at, "
                           "revoked_at FROM api_keys WHERE hash = :hash"};
const Statement kKeys{"keys", "",
                      "SELECT id, hash, prefix, owner, scopes, created_at, expires_at, "
                      "revoked_at FROM api_keys ORDER BY id"};
const Statement kInsertCatalogue{
    "insert_catalogue", "version TEXT, imported_at BIGINT, sources TEXT",
    "INSERT INTO catalogues (version, imported_at, sources, ordinal) "
    "SELECT :version, :imported_at, :sources, COALESCE(MAX(ordinal), 0) + 1 FROM catalogues "
    "WHERE TRUE ON CONFLICT (version) DO UPDATE "
    "SET ordinal = excluded.ordinal, imported_at = excluded.imported_at"};
const Statement kCatalogue{"catalogue", "version TEXT",
                           "SELECT version, imported_at, sources FROM catalogues "
                           "WHERE version = :version"};
const Statement kLatestCatalogue{"latest_catalogue", "",
                                 "SELECT version, imported_at, sources FROM catalogues "
                                 "ORDER BY ordinal DESC LIMIT 1"};
const Statement kPaymentsByState{"payments_by_state", "",
                                 "SELECT state, count(*) FROM payment_states GROUP BY state"};
const Statement kDisputesByState{"disputes_by_state", "",
                                 "SELECT state, count(*) FROM disputes GROUP BY state"};
const Statement kJobFigures{"job_figures", "",
                            "SELECT (SELECT count(*) FROM jobs WHERE state = 'due'), "
                            "(SELECT count(*) FROM jobs WHERE state = 'dead')"};
const Statement kOldestHeld{"oldest_held", "",
                            "SELECT d.received_at FROM deposits d WHERE d.state = 'held' "
                            "ORDER BY d.received_at LIMIT 1"};
const Statement kOldestJob{
    "oldest_job", "", "SELECT due_at FROM jobs WHERE state = 'due' ORDER BY due_at, id LIMIT 1"};

// ---- Audit ----

const Statement kAuditEntries{
    "audit_entries", "lane BIGINT, after BIGINT, until BIGINT, maximum BIGINT",
    "SELECT " ENTRY_COLUMNS
    ", v.id, v.command, v.at, v.subject, v.name, v.body "
    "FROM entries e LEFT JOIN events v ON v.lane = e.lane AND v.position = e.position "
    "AND v.id = e.event "
    "WHERE e.lane = :lane AND e.ordinal > :after AND e.ordinal <= :until "
    "ORDER BY e.ordinal LIMIT :maximum"};
// Of the entries of one page, in their order.
const Statement kAuditPostings{
    "audit_postings",
    "first_lane BIGINT, first_ordinal BIGINT, last_lane BIGINT, last_ordinal BIGINT",
    "SELECT p.lane, p.ordinal, p.account, p.amount, p.reference FROM postings p "
    "WHERE (p.lane, p.ordinal) >= (:first_lane, :first_ordinal) "
    "AND (p.lane, p.ordinal) <= (:last_lane, :last_ordinal) "
    "ORDER BY p.lane, p.ordinal, p.posting"};
// The next lane with entries, or NULL.
const Statement kNextChain{"next_chain", "after BIGINT",
                           "SELECT min(e.lane) FROM entries e WHERE e.lane > :after"};
// Without the bodies: those that count are read with their entry and with their payment.
const Statement kAuditEvents{
    "audit_events", "lane BIGINT, after BIGINT, until BIGINT, maximum BIGINT",
    "SELECT v.lane, v.position, v.id, v.command, v.at, v.subject, v.name, '', "
    "CASE WHEN e.id IS NULL THEN 0 ELSE 1 END "
    "FROM events v LEFT JOIN entries e ON e.lane = v.lane AND e.ordinal = v.entry "
    "AND e.event = v.id "
    "WHERE v.lane = :lane AND v.position > :after AND v.position <= :until "
    "ORDER BY v.position LIMIT :maximum"};
const Statement kAuditReceipts{"audit_receipts", "series TEXT, folio BIGINT, maximum BIGINT",
                               "SELECT c.series, c.folio, c.id, c.payment, c.amount, c.document, "
                               "CASE WHEN p.id IS NULL THEN 0 ELSE 1 END "
                               "FROM receipts c LEFT JOIN payments p ON p.id = c.payment "
                               "WHERE c.series > :series "
                               "OR (c.series = :series AND c.folio > :folio) "
                               "ORDER BY c.series, c.folio LIMIT :maximum"};
const Statement kAuditPayments{
    "audit_payments", "after TEXT, maximum BIGINT",
    "SELECT p.id, s.state, p.amount, s.refunded, p.method FROM payments p "
    "LEFT JOIN payment_states s ON s.payment = p.id WHERE p.id > :after ORDER BY p.id LIMIT "
    ":maximum"};
const Statement kAuditPaymentEvents{
    "audit_payment_events", "payment TEXT",
    "SELECT r.payment, v.id, v.command, v.at, v.subject, v.name, v.body "
    "FROM {ROWS} JOIN events v ON v.subject = r.payment ORDER BY r.payment, v.ordinal"};
const Statement kAuditPaymentReceipts{
    "audit_payment_receipts", "payment TEXT",
    "SELECT c.series, c.folio, c.id, c.payment, c.amount "
    "FROM {ROWS} JOIN receipts c ON c.payment = r.payment ORDER BY c.payment, c.id"};

}  // namespace erario::store::statements
