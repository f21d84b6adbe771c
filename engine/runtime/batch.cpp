#include "engine/runtime/batch.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "engine/base/clabe.hpp"
#include "engine/base/json.hpp"
#include "engine/base/overloaded.hpp"
#include "engine/payment/decide.hpp"

namespace erario {
namespace {

// A CLABE is the prefix, a number that fills 17 digits, and the check digit.
constexpr std::size_t kClabeBody = 17;

std::string clabe_counter(const std::string& prefix) {
  return "clabe:" + prefix;
}
std::string folio_counter(const std::string& series) {
  return "folio:" + series;
}

void add_keys(const PaymentCommand& command, LoadKeys& keys) {
  std::visit(Overloaded{[&](const CreatePayment& it) {
                          keys.quotes.push_back(it.quote.id);
                          if (!it.clabe_prefix.empty()) {
                            keys.counters.push_back(clabe_counter(it.clabe_prefix));
                          }
                        },
                        [&](const auto& it) { keys.payments.push_back(it.payment); }},
             command);
}

void add_keys(const DepositCommand& command, LoadKeys& keys) {
  std::visit(Overloaded{[&](const RecordDeposit& it) {
                          keys.deposit_keys.push_back(it.deposit.key);
                          keys.clabes.push_back(it.deposit.clabe);
                        },
                        [&](const auto& it) { keys.deposits.push_back(it.deposit); }},
             command);
}

template <class T>
void remove_repetitions(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

template <class IdType>
void mark(std::vector<IdType>& dirty, IdType id) {
  if (std::find(dirty.begin(), dirty.end(), id) == dirty.end()) dirty.push_back(id);
}

std::vector<std::string> series_of(const Payment& payment) {
  std::vector<std::string> series;
  const auto quote = parse_json(payment.quote_json);
  CHECK(quote.ok());
  for (const auto& item : quote->at("items").as_array()) {
    series.emplace_back(item.at("receipt_series").as_string());
  }
  return series;
}

bool may_become_paid(const Payment& payment) {
  return payment.state == PaymentState::kAwaiting || payment.state == PaymentState::kProcessing;
}

}  // namespace

LoadKeys Batch::keys_of(std::span<const Command* const> commands) {
  LoadKeys keys;
  for (const Command* command : commands) {
    std::visit(Overloaded{[&](const PaymentCommand& it) { add_keys(it, keys); },
                          [&](const DepositCommand& it) { add_keys(it, keys); },
                          [&](const RecordRun& it) {
                            for (const auto& settlement : it.settlements) {
                              keys.claims.push_back(settlement.claim);
                            }
                          },
                          [](const KeepInbound&) {}, [](const UpdateJobs&) {}},
               command->body);
    if (command->idempotency) keys.answers.push_back(command->idempotency->key);
  }
  remove_repetitions(keys.payments);
  remove_repetitions(keys.clabes);
  remove_repetitions(keys.quotes);
  remove_repetitions(keys.deposit_keys);
  remove_repetitions(keys.deposits);
  remove_repetitions(keys.answers);
  remove_repetitions(keys.counters);
  remove_repetitions(keys.claims);
  return keys;
}

void Batch::take(Loaded loaded) {
  for (Payment& payment : loaded.payments) {
    if (!payment.clabe.empty()) by_clabe_[payment.clabe] = payment.id;
    const PaymentId id = payment.id;
    payments_.insert_or_assign(id, std::move(payment));
  }
  used_quotes_.merge(loaded.used_quotes);
  for (Deposit& deposit : loaded.deposits) {
    by_deposit_key_[deposit.key] = deposit.id;
    const DepositId id = deposit.id;
    deposits_.insert_or_assign(id, std::move(deposit));
  }
  for (StoredAnswer& answer : loaded.answers) {
    const IdempotencyKey key = answer.key;
    answers_.insert_or_assign(key, std::move(answer));
  }
  for (Claim& claim : loaded.claims) {
    const ClaimKey key = claim.key;
    claims_.insert_or_assign(key, std::move(claim));
  }
  counters_.merge(loaded.counters);
  chain_ = loaded.chain;
}

LoadKeys Batch::counters_to_load() const {
  LoadKeys keys;
  for (const auto& [id, payment] : payments_) {
    if (!may_become_paid(payment)) continue;
    for (const std::string& series : series_of(payment)) {
      keys.counters.push_back(folio_counter(series));
    }
  }
  remove_repetitions(keys.counters);
  return keys;
}

Reply Batch::decide(const Command& command) {
  if (command.idempotency) {
    const auto known = answers_.find(command.idempotency->key);
    if (known != answers_.end()) {
      if (known->second.request != command.idempotency->request) {
        return {Error{ErrorCode::kIdempotencyKeyReused,
                      "this Idempotency-Key was used for another request"},
                std::nullopt, false};
      }
      return {CommandOutcome{}, Answer{known->second.status, known->second.body}, true};
    }
  }
  auto outcome = decide_body(command);
  // What the outside sent and what was done about it is kept even when the command is refused.
  if (command.inbound) {
    changes_.inbound.push_back(*command.inbound);
    changed_ = true;
  }
  if (!command.job_updates.empty() || !command.new_jobs.empty()) {
    changes_.updated_jobs.insert(changes_.updated_jobs.end(), command.job_updates.begin(),
                                 command.job_updates.end());
    changes_.new_jobs.insert(changes_.new_jobs.end(), command.new_jobs.begin(),
                             command.new_jobs.end());
    changed_ = true;
  }
  if (!outcome.ok()) return {std::move(outcome), std::nullopt, false};
  Reply reply{std::move(outcome), std::nullopt, false};
  if (command.render) reply.answer = command.render(*reply.outcome);
  if (command.idempotency) {
    CHECK(reply.answer.has_value());
    StoredAnswer answer{command.idempotency->key,
                        command.idempotency->request,
                        reply.answer->status,
                        reply.answer->body,
                        command.id,
                        now_};
    answers_.insert_or_assign(answer.key, answer);
    changes_.answers.push_back(std::move(answer));
    changed_ = true;
  }
  return reply;
}

Changes Batch::changes(CommandId batch) {
  changes_.batch = batch;
  changes_.at = now_;
  for (const PaymentId id : dirty_payments_)
    changes_.payments.push_back(payments_.at(id));
  for (const DepositId id : dirty_deposits_)
    changes_.deposits.push_back(deposits_.at(id));
  return std::move(changes_);
}

Result<CommandOutcome> Batch::decide_body(const Command& command) {
  return std::visit(
      Overloaded{
          [&](const PaymentCommand& it) { return decide_payment(command, it); },
          [&](const DepositCommand& it) { return decide_deposit(command, it); },
          [&](const RecordRun& it) -> Result<CommandOutcome> { return record_run(command, it); },
          [](const KeepInbound&) -> Result<CommandOutcome> { return CommandOutcome{}; },
          [](const UpdateJobs&) -> Result<CommandOutcome> { return CommandOutcome{}; }},
      command.body);
}

Result<CommandOutcome> Batch::decide_payment(const Command& command, const PaymentCommand& body) {
  const auto* create = std::get_if<CreatePayment>(&body);
  const PaymentId id = std::visit(Overloaded{[](const CreatePayment& it) { return it.id; },
                                             [](const auto& it) { return it.payment; }},
                                  body);
  PaymentContext context;
  context.now = now_;
  context.payment = create != nullptr ? nullptr : find_payment(id);
  context.quote_used = create != nullptr && used_quotes_.contains(create->quote.id);
  TRY(const Decision decision, erario::decide(context, body));

  CommandOutcome outcome;
  if (create != nullptr) {
    std::string clabe;
    if (!create->clabe_prefix.empty()) clabe = next_clabe(create->clabe_prefix);
    if (!clabe.empty()) by_clabe_[clabe] = id;
    payments_.emplace(id, new_payment(*create, std::move(clabe), now_));
    used_quotes_[create->quote.id] = id;
  }
  Payment& payment = *find_payment(id);
  for (const EventBody& event : decision.events) {
    apply(payment, event, now_);
    outcome.events.push_back(record(command, id.text(), event));
    if (std::holds_alternative<PaymentCaptured>(event)) {
      issue_receipts(command, payment, event, outcome);
    }
  }
  owe(decision.calls, id.text());
  if (!decision.events.empty()) {
    payment.version += 1;
    mark(dirty_payments_, id);
  }
  outcome.payment = payment;
  return outcome;
}

Result<CommandOutcome> Batch::decide_deposit(const Command& command, const DepositCommand& body) {
  DepositContext context;
  context.now = now_;
  DepositId id;
  if (const auto* recorded = std::get_if<RecordDeposit>(&body)) {
    const auto known = by_deposit_key_.find(recorded->deposit.key);
    id = known != by_deposit_key_.end() ? known->second : recorded->deposit.id;
    const auto owner = by_clabe_.find(recorded->deposit.clabe);
    if (owner != by_clabe_.end()) context.owner_of_clabe = find_payment(owner->second);
  } else {
    id = std::visit(Overloaded{[](const RecordDeposit& it) { return it.deposit.id; },
                               [](const auto& it) { return it.deposit; }},
                    body);
  }
  const auto existing = deposits_.find(id);
  if (existing != deposits_.end()) context.deposit = &existing->second;
  TRY(const Decision decision, erario::decide(context, body));

  CommandOutcome outcome;
  outcome.duplicate = std::holds_alternative<RecordDeposit>(body) && context.deposit != nullptr;
  Deposit& deposit = deposits_[id];
  for (const EventBody& event : decision.events) {
    apply(deposit, event, now_);
    const auto* applied = std::get_if<DepositApplied>(&event);
    outcome.events.push_back(
        record(command, applied != nullptr ? applied->payment.text() : id.text(), event));
    if (applied == nullptr) continue;
    Payment& payment = *find_payment(applied->payment);
    apply(payment, event, now_);
    payment.version += 1;
    mark(dirty_payments_, payment.id);
    issue_receipts(command, payment, event, outcome);
    outcome.payment = payment;
  }
  owe(decision.calls, id.text());
  if (!decision.events.empty()) {
    by_deposit_key_[deposit.key] = id;
    deposit.version += 1;
    mark(dirty_deposits_, id);
  }
  outcome.deposit = deposit;
  return outcome;
}

CommandOutcome Batch::record_run(const Command& command, const RecordRun& run) {
  CommandOutcome outcome;
  for (const auto& settlement : run.settlements) {
    if (claims_.contains(settlement.claim)) continue;
    claims_[settlement.claim] = Claim{};
    outcome.events.push_back(record(command, settlement.event.statement_line, settlement.event));
  }
  changes_.runs.push_back(run.rows);
  changed_ = true;
  return outcome;
}

const Event& Batch::record(const Command& command, std::string subject, EventBody body) {
  Event event{new_id<EventId>(*with_.clock, *with_.random), command.id, now_, std::move(subject),
              std::move(body)};
  auto entry = with_.bookkeeper->entry_for(event, new_id<EntryId>(*with_.clock, *with_.random));
  if (entry) {
    Money sum;
    for (const Posting& posting : entry->postings)
      sum += posting.amount;
    CHECK(sum == Money{});
    with_.bookkeeper->chain(*entry, chain_);
    changes_.entries.push_back(std::move(*entry));
  }
  changes_.events.push_back(std::move(event));
  changed_ = true;
  return changes_.events.back();
}

void Batch::owe(const std::vector<OwedCall>& calls, const std::string& subject) {
  for (const OwedCall& call : calls) {
    Job job;
    job.id = new_id<JobId>(*with_.clock, *with_.random);
    job.kind = call.kind;
    job.gateway = call.gateway;
    job.subject = subject;
    job.target = call.target;
    job.payload = call.payload;
    job.due_at = now_ + call.delay;
    changes_.new_jobs.push_back(std::move(job));
  }
}

void Batch::issue_receipts(const Command& command, const Payment& payment, const EventBody& paid_by,
                           CommandOutcome& outcome) {
  PaymentEvidence evidence;
  evidence.paid_at = *payment.paid_at;
  if (const auto* captured = std::get_if<PaymentCaptured>(&paid_by)) {
    evidence.gateway = captured->gateway;
    evidence.authorization = captured->authorization;
  } else if (const auto* applied = std::get_if<DepositApplied>(&paid_by)) {
    evidence.gateway = applied->deposit.gateway;
    evidence.authorization = applied->deposit.key.tracking_key;
  }
  for (Receipt& receipt : receipts_for(payment, evidence)) {
    receipt.id = new_id<ReceiptId>(*with_.clock, *with_.random);
    receipt.folio = next_number(folio_counter(receipt.series));
    receipt.issued_at = now_;
    ReceiptIssued issued{receipt.id, receipt.series, receipt.folio, receipt.total};
    SealedReceipt sealed;
    sealed.key_id = with_.signer->key_id();
    sealed.seal = to_base64(with_.signer->sign(canonical_bytes(receipt)));
    sealed.receipt = std::move(receipt);
    changes_.receipts.push_back(std::move(sealed));
    outcome.events.push_back(record(command, payment.id.text(), std::move(issued)));
  }
}

std::string Batch::next_clabe(const std::string& prefix) {
  std::string number = std::to_string(next_number(clabe_counter(prefix)));
  // The prefix leaves at least seven digits (api/config); running out of them stops new SPEI
  // payments, which a metric announces long before.
  CHECK(prefix.size() + number.size() <= kClabeBody);
  std::string clabe = prefix;
  clabe.append(kClabeBody - prefix.size() - number.size(), '0');
  clabe += number;
  clabe += clabe_check_digit(clabe);
  return clabe;
}

std::int64_t Batch::next_number(const std::string& counter) {
  const std::int64_t number = ++counters_[counter];
  changes_.counters[counter] = number;
  return number;
}

Payment* Batch::find_payment(PaymentId id) {
  const auto at = payments_.find(id);
  return at == payments_.end() ? nullptr : &at->second;
}

}  // namespace erario
