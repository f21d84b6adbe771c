#include "ledger/store/rows.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/payment/event_json.hpp"
#include "ledger/store/statements.hpp"

namespace erario::store {
namespace {

template <class Value, std::size_t N>
using Words = std::array<std::pair<Value, std::string_view>, N>;

constexpr Words<JobKind, 9> kJobKinds{{{JobKind::kSubmitCharge, "submit_charge"},
                                       {JobKind::kQueryCharge, "query_charge"},
                                       {JobKind::kSubmitRefund, "submit_refund"},
                                       {JobKind::kQueryRefund, "query_refund"},
                                       {JobKind::kConfirmDeposit, "confirm_deposit"},
                                       {JobKind::kQueryDispute, "query_dispute"},
                                       {JobKind::kCaptureCharge, "capture_charge"},
                                       {JobKind::kReleaseCharge, "release_charge"},
                                       {JobKind::kEndHold, "end_hold"}}};
constexpr Words<JobState, 3> kJobStates{
    {{JobState::kDue, "due"}, {JobState::kDone, "done"}, {JobState::kDead, "dead"}}};
constexpr Words<Scope, 6> kScopes{{{Scope::kPortal, "portal"},
                                   {Scope::kFinance, "finance"},
                                   {Scope::kApprover, "approver"},
                                   {Scope::kAuditor, "auditor"},
                                   {Scope::kOperator, "operator"},
                                   {Scope::kPayout, "payout"}}};

template <class Value, std::size_t N>
std::string_view word_of(const Words<Value, N>& words, Value value) {
  for (const auto& [candidate, word] : words) {
    if (candidate == value) return word;
  }
  CHECK(false);
}
template <class Value, std::size_t N>
Value value_of(const Words<Value, N>& words, std::string_view text) {
  for (const auto& [value, word] : words) {
    if (word == text) return value;
  }
  throw StoreFailure(FailureKind::kOther, "a stored word is not known: " + std::string(text));
}

std::string scopes_text(const std::vector<Scope>& scopes) {
  std::string text;
  for (const Scope scope : scopes) {
    text += (text.empty() ? "" : ",") + std::string(word_of(kScopes, scope));
  }
  return text;
}
std::vector<Scope> scopes_of(std::string_view text) {
  std::vector<Scope> scopes;
  while (!text.empty()) {
    const auto comma = text.find(',');
    scopes.push_back(value_of(kScopes, text.substr(0, comma)));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return scopes;
}

std::vector<Allocation> allocations_of(const std::string& text) {
  return stored(allocations_from_json(stored(parse_json(text))));
}

}  // namespace

std::string_view to_text(JobState state) {
  return word_of(kJobStates, state);
}

Sha256 Columns::digest() {
  const std::string bytes = text();
  Sha256 digest{};
  if (bytes.size() != digest.size()) {
    throw StoreFailure(FailureKind::kOther, "a stored digest is damaged");
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

// ---- Aggregates ----

Payment read_payment(const Row& row) {
  Columns columns(row);
  Payment payment;
  payment.id = columns.id<PaymentId>();
  payment.owner = columns.text();
  payment.quote = columns.id<QuoteId>();
  payment.quote_json = columns.text();
  payment.allocations = allocations_of(columns.text());
  payment.method = stored(parse_method(columns.text()));
  payment.state = stored(parse_payment_state(columns.text()));
  payment.currency = stored(parse_currency(columns.text()));
  payment.amount = columns.money();
  payment.refunded = columns.money();
  payment.clabe = columns.text();
  payment.reference = columns.text();
  payment.return_url = columns.text();
  payment.payer.name = columns.text();
  payment.payer.email = columns.text();
  payment.payer.rfc = columns.text();
  payment.payer.curp = columns.text();
  payment.created_at = columns.instant();
  payment.expires_at = columns.instant();
  payment.paid_at = columns.optional([](Columns& it) { return it.instant(); });
  payment.version = columns.integer();
  return payment;
}

void write_payment(Rows& rows, const Payment& payment) {
  rows.id(payment.id).text(payment.owner).id(payment.quote).text(payment.quote_json);
  rows.text(canonical_json(payment.allocations));
  rows.text(erario::to_text(payment.method)).text(erario::to_text(payment.currency));
  rows.money(payment.amount).text_or_null(payment.clabe);
  rows.text(payment.reference).text(payment.return_url);
  rows.text(payment.payer.name).text(payment.payer.email);
  rows.text(payment.payer.rfc).text(payment.payer.curp);
  rows.instant(payment.created_at);
}

void write_payment_state(Rows& rows, const Payment& payment) {
  rows.id(payment.id).text(erario::to_text(payment.state)).money(payment.refunded);
  rows.instant(payment.expires_at);
  payment.paid_at ? rows.instant(*payment.paid_at) : rows.null();
  rows.integer(payment.version);
}

OwnedAttempt read_attempt(const Row& row) {
  Columns columns(row);
  OwnedAttempt owned;
  owned.payment = columns.id<PaymentId>();
  Attempt& attempt = owned.attempt;
  attempt.id = columns.id<AttemptId>();
  attempt.ordinal = static_cast<int>(columns.integer());
  attempt.gateway = columns.text();
  attempt.reference = columns.text();
  attempt.state = stored(parse_attempt_state(columns.text()));
  attempt.amount = columns.money();
  attempt.gateway_id = columns.text();
  attempt.authorization = columns.text();
  attempt.redirect_url = columns.text();
  attempt.decline_reason = columns.text();
  attempt.created_at = columns.instant();
  attempt.updated_at = columns.instant();
  attempt.three_d_secure = columns.integer() != 0;
  attempt.instalments = static_cast<int>(columns.integer());
  attempt.capture_by = columns.optional([](Columns& it) { return it.instant(); });
  attempt.pay_to = columns.optional([](Columns& it) {
    return stored(transfer_account_from_json(stored(parse_json(it.text()))));
  });
  attempt.paid_from = columns.optional(
      [](Columns& it) { return stored(bank_account_from_json(stored(parse_json(it.text())))); });
  return owned;
}

void write_attempt(Rows& rows, PaymentId payment, const Attempt& attempt) {
  rows.id(payment).id(attempt.id).integer(attempt.ordinal).text(attempt.gateway);
  rows.text(attempt.reference).text(erario::to_text(attempt.state)).money(attempt.amount);
  rows.text(attempt.gateway_id).text(attempt.authorization).text(attempt.redirect_url);
  rows.text(attempt.decline_reason).instant(attempt.created_at).instant(attempt.updated_at);
  rows.integer(attempt.three_d_secure ? 1 : 0).integer(attempt.instalments);
  attempt.capture_by ? rows.instant(*attempt.capture_by) : rows.null();
  attempt.pay_to ? rows.text(canonical_json(*attempt.pay_to)) : rows.null();
  attempt.paid_from ? rows.text(canonical_json(*attempt.paid_from)) : rows.null();
}

OwnedRefund read_refund(const Row& row) {
  Columns columns(row);
  OwnedRefund owned;
  owned.payment = columns.id<PaymentId>();
  Refund& refund = owned.refund;
  refund.id = columns.id<RefundId>();
  refund.gateway = columns.text();
  refund.reference = columns.text();
  refund.state = stored(parse_refund_state(columns.text()));
  refund.amount = columns.money();
  refund.allocations = allocations_of(columns.text());
  refund.reason = columns.text();
  refund.destination = {columns.text(), columns.text(), columns.text()};
  refund.gateway_id = columns.text();
  refund.failure_reason = columns.text();
  refund.created_at = columns.instant();
  refund.updated_at = columns.instant();
  refund.named_by = columns.optional([](Columns& it) { return it.text(); });
  return owned;
}

void write_refund(Rows& rows, PaymentId payment, const Refund& refund) {
  rows.id(payment).id(refund.id).text(refund.gateway).text(refund.reference);
  rows.text(erario::to_text(refund.state)).money(refund.amount);
  rows.text(canonical_json(refund.allocations)).text(refund.reason);
  rows.text(refund.destination.clabe).text(refund.destination.holder);
  rows.text(refund.destination.rfc_curp).text(refund.gateway_id).text(refund.failure_reason);
  rows.instant(refund.created_at).instant(refund.updated_at);
  refund.named_by ? rows.text(*refund.named_by) : rows.null();
}

Deposit read_deposit(const Row& row) {
  Columns columns(row);
  Deposit deposit;
  deposit.id = columns.id<DepositId>();
  deposit.key.sending_bank = columns.text();
  deposit.key.tracking_key = columns.text();
  deposit.key.operating_date = columns.date();
  deposit.state = stored(parse_deposit_state(columns.text()));
  deposit.suspense = stored(parse_suspense_kind(columns.text()));
  deposit.amount = columns.money();
  deposit.clabe = columns.text();
  deposit.sender = {columns.text(), columns.text(), columns.text()};
  deposit.concept_text = columns.text();
  deposit.gateway = columns.text();
  deposit.gateway_id = columns.text();
  deposit.payment = columns.optional([](Columns& it) { return it.id<PaymentId>(); });
  deposit.attempt = columns.optional([](Columns& it) { return it.id<AttemptId>(); });
  deposit.return_order = columns.optional(
      [](Columns& it) { return stored(refund_from_json(stored(parse_json(it.text())))); });
  deposit.contested = columns.integer() != 0;
  deposit.received_at = columns.instant();
  deposit.version = columns.integer();
  return deposit;
}

void write_deposit(Rows& rows, const Deposit& deposit) {
  rows.id(deposit.id).text(deposit.key.sending_bank).text(deposit.key.tracking_key);
  rows.date(deposit.key.operating_date).text(erario::to_text(deposit.state));
  rows.text(erario::to_text(deposit.suspense)).money(deposit.amount).text(deposit.clabe);
  rows.text(deposit.sender.clabe).text(deposit.sender.holder).text(deposit.sender.rfc_curp);
  rows.text(deposit.concept_text).text(deposit.gateway).text(deposit.gateway_id);
  deposit.payment ? rows.id(*deposit.payment) : rows.null();
  deposit.attempt ? rows.id(*deposit.attempt) : rows.null();
  if (deposit.return_order) {
    rows.text(deposit.return_order->gateway).text(deposit.return_order->reference);
    rows.text(canonical_json(*deposit.return_order));
  } else {
    rows.null().null().null();
  }
  rows.integer(deposit.contested ? 1 : 0);
  rows.instant(deposit.received_at).integer(deposit.version);
}

Dispute read_dispute(const Row& row) {
  Columns columns(row);
  Dispute dispute;
  dispute.id = columns.id<DisputeId>();
  dispute.payment = columns.id<PaymentId>();
  dispute.attempt = columns.id<AttemptId>();
  dispute.gateway = columns.text();
  dispute.reference = columns.text();
  dispute.gateway_id = columns.text();
  dispute.state = stored(parse_dispute_state(columns.text()));
  dispute.amount = columns.money();
  dispute.reason = columns.text();
  dispute.held =
      columns.optional([](Columns& it) { return stored(parse_suspense_kind(it.text())); });
  dispute.allocations = allocations_of(columns.text());
  dispute.evidence = columns.text();
  dispute.opened_at = columns.instant();
  dispute.updated_at = columns.instant();
  dispute.version = columns.integer();
  return dispute;
}

void write_dispute(Rows& rows, const Dispute& dispute) {
  rows.id(dispute.id).id(dispute.payment).id(dispute.attempt).text(dispute.gateway);
  rows.text(dispute.reference).text(dispute.gateway_id).text(erario::to_text(dispute.state));
  rows.money(dispute.amount).text(dispute.reason);
  dispute.held ? rows.text(erario::to_text(*dispute.held)) : rows.null();
  rows.text(canonical_json(dispute.allocations)).text(dispute.evidence);
  rows.instant(dispute.opened_at).instant(dispute.updated_at).integer(dispute.version);
}

// ---- Log, books, receipts ----

EventRow read_event(const Row& row, int first_column) {
  Columns columns(row, first_column);
  EventRow event;
  event.id = columns.id<EventId>();
  event.command = columns.id<CommandId>();
  event.at = columns.instant();
  event.subject = columns.text();
  event.name = columns.text();
  event.body_json = columns.text();
  return event;
}

Entry read_entry(const Row& row) {
  Columns columns(row);
  Entry entry;
  entry.id = columns.id<EntryId>();
  entry.event = columns.id<EventId>();
  entry.at = columns.instant();
  entry.operating_date = columns.date();
  entry.currency = stored(parse_currency(columns.view()));
  entry.description = columns.text();
  entry.subject = columns.text();
  entry.lane = columns.integer();
  entry.ordinal = columns.integer();
  entry.previous = columns.digest();
  entry.hash = columns.digest();
  return entry;
}

void write_entry(Rows& rows, const Entry& entry, std::int64_t position) {
  rows.integer(entry.lane).integer(entry.ordinal).id(entry.id).id(entry.event).integer(position);
  rows.instant(entry.at);
  rows.date(entry.operating_date).text(erario::to_text(entry.currency)).text(entry.description);
  rows.text(entry.subject).digest(entry.previous).digest(entry.hash);
}

void write_postings(Rows& rows, const Entry& entry) {
  std::int64_t index = 0;
  for (const Posting& posting : entry.postings) {
    rows.integer(entry.lane).integer(entry.ordinal).integer(index++);
    rows.text(posting.account).text(erario::to_text(entry.currency)).money(posting.amount);
    rows.text(posting.reference);
  }
}

SealedReceipt read_receipt(const std::string& document) {
  return stored(sealed_receipt_from_text(document));
}

void write_receipt(Rows& rows, const SealedReceipt& sealed) {
  const Receipt& receipt = sealed.receipt;
  rows.id(receipt.id).id(receipt.payment).text(receipt.series).integer(receipt.folio);
  rows.money(receipt.total).instant(receipt.issued_at);
  rows.text(canonical_json(sealed));
}

// ---- Outbox, inbound, answers, keys ----

Job read_job(const Row& row) {
  Columns columns(row);
  Job job;
  job.id = columns.id<JobId>();
  job.kind = value_of(kJobKinds, columns.text());
  job.state = value_of(kJobStates, columns.text());
  job.gateway = columns.text();
  job.subject = columns.text();
  job.target = columns.text();
  job.payload = columns.text();
  job.due_at = columns.instant();
  job.tries = static_cast<int>(columns.integer());
  job.last_error = columns.text();
  return job;
}

void write_job(Rows& rows, const Job& job, std::int64_t lane) {
  rows.id(job.id).text(word_of(kJobKinds, job.kind)).text(to_text(job.state)).text(job.gateway);
  rows.text(job.subject).text(job.target).text(job.payload).instant(job.due_at);
  rows.integer(job.tries).text(job.last_error).integer(lane);
}

void write_job_update(Rows& rows, const Job& job) {
  // What only the call needed (a card token) is forgotten with the call.
  const std::string payload = job.state == JobState::kDone ? "" : job.payload;
  rows.id(job.id).text(to_text(job.state)).text(payload).instant(job.due_at);
  rows.integer(job.tries).text(job.last_error);
}

void write_inbound(Rows& rows, const Inbound& inbound) {
  rows.id(inbound.id).text(inbound.gateway).text(inbound.route).instant(inbound.received_at);
  rows.digest(inbound.digest).bytes(inbound.body);
}

StoredAnswer read_answer(const Row& row) {
  Columns columns(row);
  StoredAnswer answer;
  answer.key.owner = columns.text();
  answer.key.key = columns.text();
  answer.request = columns.digest();
  answer.status = static_cast<int>(columns.integer());
  answer.body = columns.text();
  answer.command = columns.id<CommandId>();
  answer.at = columns.instant();
  return answer;
}

void write_answer(Rows& rows, const StoredAnswer& answer) {
  rows.text(answer.key.owner).text(answer.key.key).digest(answer.request);
  rows.integer(answer.status).bytes(answer.body).id(answer.command).instant(answer.at);
}

ApiKey read_key(const Row& row) {
  Columns columns(row);
  ApiKey key;
  key.id = columns.id<KeyId>();
  key.hash = columns.digest();
  key.prefix = columns.text();
  key.owner = columns.text();
  key.scopes = scopes_of(columns.text());
  key.created_at = columns.instant();
  key.expires_at = columns.optional([](Columns& it) { return it.instant(); });
  key.revoked_at = columns.optional([](Columns& it) { return it.instant(); });
  return key;
}

void write_key(Rows& rows, const ApiKey& key) {
  rows.id(key.id).digest(key.hash).text(key.prefix).text(key.owner).text(scopes_text(key.scopes));
  rows.instant(key.created_at);
  key.expires_at ? rows.instant(*key.expires_at) : rows.null();
  key.revoked_at ? rows.instant(*key.revoked_at) : rows.null();
}

// ---- Reconciliation ----

Claim read_claim(const Row& row) {
  Columns columns(row);
  Claim claim;
  claim.key.side = columns.text();
  claim.key.line = columns.text();
  claim.entry = columns.id<EntryId>();
  claim.posting = static_cast<int>(columns.integer());
  claim.run = columns.id<RunId>();
  claim.rule = columns.text();
  return claim;
}

void write_claim(Rows& rows, const Claim& claim, Date run_date) {
  rows.text(claim.key.side).text(claim.key.line).id(claim.entry).integer(claim.posting);
  rows.id(claim.run).date(run_date).text(claim.rule);
}

RunRow read_run(const Row& row) {
  Columns columns(row);
  RunRow run;
  run.id = columns.id<RunId>();
  run.date = columns.date();
  run.started_at = columns.instant();
  run.rules_version = columns.text();
  run.inputs_digest = columns.text();
  run.matched = columns.integer();
  run.broken = columns.integer();
  run.summary_json = columns.text();
  return run;
}

void write_run(Rows& rows, const RunRow& run) {
  rows.id(run.id).date(run.date).instant(run.started_at).text(run.rules_version);
  rows.text(run.inputs_digest).integer(run.matched).integer(run.broken);
  rows.text(run.summary_json).text(run.report_html).text(run.report_csv);
}

StatementRow read_statement(const Row& row) {
  Columns columns(row);
  StatementRow statement;
  statement.id = columns.id<StatementId>();
  statement.source = columns.text();
  statement.account = columns.text();
  statement.statement_id = columns.text();
  statement.page = static_cast<int>(columns.integer());
  statement.file_hash = columns.digest();
  statement.date = columns.date();
  statement.bytes = columns.text();
  statement.received_at = columns.instant();
  return statement;
}

void write_statement(Rows& rows, const StatementRow& statement) {
  rows.id(statement.id).text(statement.source).text(statement.account);
  rows.text(statement.statement_id).integer(statement.page).digest(statement.file_hash);
  rows.date(statement.date).bytes(statement.bytes).instant(statement.received_at);
}

BreakRow read_break(const Row& row) {
  Columns columns(row);
  BreakRow broken;
  broken.id = columns.id<BreakId>();
  broken.run = columns.id<RunId>();
  broken.kind = columns.text();
  broken.side = columns.text();
  broken.reference = columns.text();
  broken.line = columns.text();
  broken.entry = columns.optional([](Columns& it) { return it.id<EntryId>(); });
  broken.expected = columns.optional([](Columns& it) { return it.money(); });
  broken.found = columns.optional([](Columns& it) { return it.money(); });
  broken.date = columns.date();
  broken.detail = columns.text();
  broken.age_business_days = static_cast<int>(columns.integer());
  return broken;
}

void write_break(Rows& rows, const BreakRow& broken, std::int64_t ordinal) {
  rows.id(broken.id).id(broken.run).integer(ordinal).text(broken.kind).text(broken.side);
  rows.text(broken.reference).text(broken.line);
  broken.entry ? rows.id(*broken.entry) : rows.null();
  broken.expected ? rows.money(*broken.expected) : rows.null();
  broken.found ? rows.money(*broken.found) : rows.null();
  rows.date(broken.date).text(broken.detail).integer(broken.age_business_days);
}

}  // namespace erario::store
