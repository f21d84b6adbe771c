#include "ledger/store/lane_store.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "engine/payment/event_json.hpp"
#include "ledger/store/aggregates.hpp"
#include "ledger/store/rows.hpp"
#include "ledger/store/statements.hpp"

namespace erario::store {
namespace {

CommitStatus status_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::kBusy:
    case FailureKind::kConstraint: return CommitStatus::kConflict;
    case FailureKind::kInDoubt: return CommitStatus::kInDoubt;
    case FailureKind::kBroken: return CommitStatus::kBroken;
    case FailureKind::kFull:
    case FailureKind::kOther: return CommitStatus::kFailed;
  }
  CHECK(false);
}

// Several changes of one aggregate in a batch: the last is the whole truth, and one statement may
// not touch a row twice.
template <class Aggregate>
std::vector<const Aggregate*> last_of_each(const std::vector<Aggregate>& changed) {
  std::unordered_map<decltype(Aggregate::id), std::size_t> place;
  std::vector<const Aggregate*> last;
  for (const Aggregate& aggregate : changed) {
    const auto [at, fresh] = place.emplace(aggregate.id, last.size());
    if (fresh) {
      last.push_back(&aggregate);
    } else {
      last[at->second] = &aggregate;
    }
  }
  return last;
}

void run_if_any(Session& session, const Statement& statement, const Rows& rows) {
  if (!rows.empty()) session.run(statement, rows);
}

}  // namespace

// ---- Loading ----

Result<Loaded> LaneStoreOverSession::begin(const LoadKeys& keys) {
  CHECK(!open_);
  if (broken_) return no_load();
  try {
    lane_ = lanes_->keep(lane_);
    session_->begin();
    open_ = true;
    Loaded loaded = read(keys);
    loaded.chain = load_chain_head(*session_, lane_);
    session_->run(statements::kSubscriptions, Rows{},
                  [&](const Row& row) { loaded.subscriptions.push_back(read_subscription(row)); });
    return loaded;
  } catch (const StoreFailure& failure) {
    log_failure("begin", failure);
    broken_ = broken_ || failure.kind() == FailureKind::kBroken;
    rollback();
    return no_load();
  }
}

Result<Loaded> LaneStoreOverSession::load(const LoadKeys& keys) {
  CHECK(open_);
  try {
    return read(keys);
  } catch (const StoreFailure& failure) {
    log_failure("load", failure);
    broken_ = broken_ || failure.kind() == FailureKind::kBroken;
    rollback();
    return no_load();
  }
}

Error LaneStoreOverSession::no_load() const {
  if (broken_) return Error{ErrorCode::kIo, "the storage failed; the process must be replaced"};
  return Error{ErrorCode::kStoreUnavailable, "the store cannot be read"};
}

Loaded LaneStoreOverSession::read(const LoadKeys& keys) {
  Loaded loaded;
  std::vector<PaymentId> ids = keys.payments;
  Rows clabes;
  for (const std::string& clabe : keys.clabes)
    clabes.text(clabe);
  if (!clabes.empty()) {
    const auto owners = select_payment_ids(*session_, statements::kPaymentByClabe, clabes);
    ids.insert(ids.end(), owners.begin(), owners.end());
  }
  loaded.payments = load_payments(*session_, ids);

  Rows quotes;
  for (const QuoteId& quote : keys.quotes)
    quotes.id(quote);
  if (!quotes.empty()) {
    session_->run(statements::kPaymentOfQuote, quotes, [&](const Row& row) {
      Columns columns(row);
      const QuoteId quote = columns.id<QuoteId>();
      loaded.used_quotes.emplace(quote, columns.id<PaymentId>());
    });
  }

  read_deposits(keys, loaded);
  Rows disputes;
  for (const DisputeKey& key : keys.disputes)
    disputes.id(key.payment).id(key.attempt);
  if (!disputes.empty()) {
    session_->run(statements::kDisputeByAttempt, disputes,
                  [&](const Row& row) { loaded.disputes.push_back(read_dispute(row)); });
  }
  for (const PaymentId& payment : keys.receipts) {
    session_->run(statements::kReceiptsOfPayment, Rows{}.id(payment),
                  [&](const Row& row) { loaded.receipts.push_back(read_receipt(row.text(0))); });
  }

  Rows answers;
  for (const IdempotencyKey& key : keys.answers)
    answers.text(key.owner).text(key.key);
  if (!answers.empty()) {
    session_->run(statements::kAnswer, answers,
                  [&](const Row& row) { loaded.answers.push_back(read_answer(row)); });
  }
  loaded.counters = lock_counters(keys.counters);
  Rows claims;
  for (const ClaimKey& key : keys.claims)
    claims.text(key.side).text(key.line);
  if (!claims.empty()) {
    session_->run(statements::kClaim, claims,
                  [&](const Row& row) { loaded.claims.push_back(read_claim(row)); });
  }
  return loaded;
}

void LaneStoreOverSession::read_deposits(const LoadKeys& keys, Loaded& loaded) {
  std::map<DepositId, Deposit> deposits;  // one may be named by its id and by its key
  const auto keep_deposit = [&](const Row& row) {
    Deposit deposit = read_deposit(row);
    const DepositId id = deposit.id;
    deposits.emplace(id, std::move(deposit));
  };
  Rows deposit_ids;
  for (const DepositId& id : keys.deposits)
    deposit_ids.id(id);
  if (!deposit_ids.empty()) session_->run(statements::kDepositById, deposit_ids, keep_deposit);
  Rows deposit_keys;
  for (const DepositKey& key : keys.deposit_keys) {
    deposit_keys.text(key.sending_bank).text(key.tracking_key).date(key.operating_date);
  }
  if (!deposit_keys.empty()) session_->run(statements::kDepositByKey, deposit_keys, keep_deposit);
  Rows parts;
  for (const PaymentId& payment : keys.parts)
    parts.id(payment);
  if (!parts.empty()) session_->run(statements::kDepositPartsOfPayment, parts, keep_deposit);
  Rows payments_of_deposits;
  for (auto& [id, deposit] : deposits) {
    if (deposit.payment) payments_of_deposits.id(*deposit.payment);
    loaded.deposits.push_back(std::move(deposit));
  }
  if (!payments_of_deposits.empty()) {
    session_->run(statements::kOwnerOfPayment, payments_of_deposits, [&](const Row& row) {
      Columns columns(row);
      const PaymentId payment = columns.id<PaymentId>();
      loaded.owners.emplace(payment, columns.text());
    });
  }
}

// Held until the batch ends: whoever comes next continues the numbers.
std::map<std::string, std::int64_t> LaneStoreOverSession::lock_counters(
    const std::vector<std::string>& names) {
  std::map<std::string, std::int64_t> found;
  const auto lock = [&](const Rows& rows) {
    if (rows.empty()) return;
    session_->run(statements::kCounter, rows,
                  [&](const Row& row) { found.emplace(row.text(0), row.integer(1)); });
  };
  Rows asked;
  for (const std::string& name : names)
    asked.text(name);
  lock(asked);
  Rows missing;
  for (const std::string& name : names) {
    if (!found.contains(name)) missing.text(name);
  }
  if (!missing.empty()) {
    session_->run(statements::kStartCounter, missing);
    lock(missing);
  }
  return found;
}

// ---- Writing ----

CommitStatus LaneStoreOverSession::commit(const Changes& changes) {
  CHECK(open_);
  try {
    write(changes);
    session_->commit();
    open_ = false;
    return CommitStatus::kCommitted;
  } catch (const StoreFailure& failure) {
    log_failure("commit", failure);
    broken_ = broken_ || failure.kind() == FailureKind::kBroken;
    rollback();
    return status_of(failure.kind());
  }
}

void LaneStoreOverSession::rollback() {
  if (open_) session_->rollback();
  open_ = false;
}

Result<bool> LaneStoreOverSession::was_committed(CommandId batch) {
  CHECK(!open_);
  try {
    bool found = false;
    Transaction transaction(*session_);
    session_->run(statements::kBatchExists, Rows{}.id(batch), [&](const Row&) { found = true; });
    transaction.commit();
    return found;
  } catch (const StoreFailure& failure) {
    log_failure("was_committed", failure);
    return Error{ErrorCode::kStoreUnavailable, "the store cannot be asked about the batch"};
  }
}

void LaneStoreOverSession::write(const Changes& changes) {
  session_->run(statements::kInsertBatch, Rows{}.id(changes.batch).instant(changes.at));
  write_aggregates(changes);
  write_log(changes);
  write_balances(changes);
  write_outbox(changes);
  for (const RunRows& run : changes.runs)
    write_run(run);
}

void LaneStoreOverSession::write_aggregates(const Changes& changes) {
  Rows payments;
  Rows new_states;
  Rows states;
  Rows attempts;
  Rows refunds;
  for (const Payment* payment : last_of_each(changes.payments)) {
    const bool created = changes.created.contains(payment->id);
    if (created) write_payment(payments, *payment);
    write_payment_state(created ? new_states : states, *payment);
    for (const Attempt& attempt : payment->attempts)
      write_attempt(attempts, payment->id, attempt);
    for (const Refund& refund : payment->refunds)
      write_refund(refunds, payment->id, refund);
  }
  run_if_any(*session_, statements::kInsertPayment, payments);
  run_if_any(*session_, statements::kInsertPaymentState, new_states);
  run_if_any(*session_, statements::kUpdatePaymentState, states);
  run_if_any(*session_, statements::kUpsertAttempt, attempts);
  run_if_any(*session_, statements::kUpsertRefund, refunds);

  Rows deposits;
  for (const Deposit* deposit : last_of_each(changes.deposits))
    write_deposit(deposits, *deposit);
  run_if_any(*session_, statements::kUpsertDeposit, deposits);

  Rows disputes;
  for (const Dispute& dispute : changes.disputes)
    write_dispute(disputes, dispute);
  run_if_any(*session_, statements::kUpsertDispute, disputes);

  Rows receipts;
  for (const SealedReceipt& sealed : changes.receipts)
    write_receipt(receipts, sealed);
  run_if_any(*session_, statements::kInsertReceipt, receipts);

  Rows counters;
  for (const auto& [name, last] : changes.counters)
    counters.text(name).integer(last);
  run_if_any(*session_, statements::kSetCounter, counters);
}

// Events and entries know each other's place in the lane.
void LaneStoreOverSession::write_log(const Changes& changes) {
  if (changes.events.empty()) return;
  std::unordered_map<EventId, const Entry*> entry_of;
  for (const Entry& entry : changes.entries)
    entry_of.emplace(entry.event, &entry);
  std::size_t written = 0;
  std::int64_t position = 0;
  session_->run(statements::kLastPosition, Rows{}.integer(lane_),
                [&](const Row& row) { position = row.integer(0); });
  Rows events;
  Rows entries;
  Rows postings;
  for (const Event& event : changes.events) {
    const auto entry = entry_of.find(event.id);
    events.integer(lane_).integer(++position).id(event.id);
    if (entry == entry_of.end()) {
      events.null();
    } else {
      CHECK(entry->second->ordinal > 0 && entry->second->lane == lane_);
      written += 1;
      events.integer(entry->second->ordinal);
      write_entry(entries, *entry->second, position);
      write_postings(postings, *entry->second);
    }
    events.text(event.subject).integer(event.ordinal).id(event.command);
    events.instant(event.at).text(event_name(event.body));
    events.text(canonical_json(event.body));
  }
  CHECK(written == changes.entries.size());
  session_->run(statements::kInsertEvent, events);
  run_if_any(*session_, statements::kInsertEntry, entries);
  run_if_any(*session_, statements::kInsertPosting, postings);
}

void LaneStoreOverSession::write_balances(const Changes& changes) {
  struct Sums {
    Money debits;
    Money credits;
  };
  std::map<std::pair<std::string, Currency>, Sums> balances;
  for (const Entry& entry : changes.entries) {
    for (const Posting& posting : entry.postings) {
      Sums& sums = balances[{posting.account, entry.currency}];
      (posting.amount > Money{} ? sums.debits : sums.credits) +=
          posting.amount > Money{} ? posting.amount : -posting.amount;
    }
  }
  Rows rows;
  for (const auto& [account, sums] : balances) {
    rows.integer(lane_).text(account.first).text(erario::to_text(account.second));
    rows.money(sums.debits).money(sums.credits);
  }
  run_if_any(*session_, statements::kAddBalance, rows);
}

void LaneStoreOverSession::write_outbox(const Changes& changes) {
  Rows new_jobs;
  for (const Job& job : changes.new_jobs)
    write_job(new_jobs, job, lane_);
  run_if_any(*session_, statements::kInsertJob, new_jobs);
  Rows updates;
  for (const Job* job : last_of_each(changes.updated_jobs))
    write_job_update(updates, *job);
  run_if_any(*session_, statements::kUpdateJob, updates);
  Rows deliveries;
  for (const WebhookDelivery& delivery : changes.new_deliveries)
    write_delivery(deliveries, delivery, lane_);
  run_if_any(*session_, statements::kInsertDelivery, deliveries);
  Rows delivery_updates;
  for (const WebhookDelivery* delivery : last_of_each(changes.updated_deliveries))
    write_delivery_update(delivery_updates, *delivery);
  run_if_any(*session_, statements::kUpdateDelivery, delivery_updates);
  Rows inbound;
  for (const Inbound& call : changes.inbound)
    write_inbound(inbound, call);
  run_if_any(*session_, statements::kInsertInbound, inbound);
  Rows answers;
  for (const StoredAnswer& answer : changes.answers)
    write_answer(answers, answer);
  run_if_any(*session_, statements::kInsertAnswer, answers);
}

void LaneStoreOverSession::write_run(const RunRows& run) {
  if (run.final) {
    Rows row;
    store::write_run(row, run.run);
    session_->run(statements::kInsertRun, row);
  }
  write_statements(run.statements);
  Rows claims;
  for (const Claim& claim : run.claims)
    write_claim(claims, claim, run.run.date);
  run_if_any(*session_, statements::kInsertClaim, claims);
  Rows breaks;
  std::int64_t ordinal = run.breaks_before;
  for (const BreakRow& broken : run.breaks)
    write_break(breaks, broken, ++ordinal);
  run_if_any(*session_, statements::kInsertBreak, breaks);
}

void LaneStoreOverSession::write_statements(const std::vector<StatementRow>& statements) {
  Rows fresh;
  for (const StatementRow& statement : statements) {
    std::optional<Sha256> known;
    const Rows identity = Rows{}
                              .text(statement.source)
                              .text(statement.account)
                              .text(statement.statement_id)
                              .integer(statement.page);
    session_->run(statements::kStatementByIdentity, identity,
                  [&](const Row& row) { known = read_statement(row).file_hash; });
    if (!known) {
      write_statement(fresh, statement);
    } else if (*known != statement.file_hash) {
      // A rerun brings what is kept already; other content under the same identity is never merged.
      throw StoreFailure(FailureKind::kConstraint, "the statement is kept with other content");
    }
  }
  run_if_any(*session_, statements::kInsertStatement, fresh);
}

}  // namespace erario::store
