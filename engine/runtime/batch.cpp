#include "engine/runtime/batch.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

#include "engine/base/clabe.hpp"
#include "engine/base/json.hpp"
#include "engine/base/overloaded.hpp"
#include "engine/payment/decide.hpp"
#include "engine/payment/machine.hpp"

namespace erario {
namespace {

// A CLABE is the prefix, a number that fills 17 digits, and the check digit.
constexpr std::size_t kClabeBody = 17;

template <class T>
void append(std::vector<T>& to, const std::vector<T>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

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
  for (Dispute& dispute : loaded.disputes) {
    const AttemptId attempt = dispute.attempt;
    disputes_.insert_or_assign(attempt, std::move(dispute));
  }
  for (SealedReceipt& sealed : loaded.receipts)
    earlier_receipts_[sealed.receipt.payment].push_back(std::move(sealed.receipt));
  owners_.merge(loaded.owners);
  subscriptions_ = std::move(loaded.subscriptions);
  chain_ = loaded.chain;
}

void Batch::take_more(const LoadKeys& asked, Loaded loaded) {
  counters_.merge(loaded.counters);
  for (Deposit& deposit : loaded.deposits) {
    const DepositId id = deposit.id;
    by_deposit_key_[deposit.key] = id;
    deposits_.try_emplace(id, std::move(deposit));
  }
  // What the store does not have yet has given no number.
  for (const std::string& counter : asked.counters)
    counters_.emplace(counter, 0);
}

std::vector<Reply> Batch::decide() {
  std::vector<Reply> replies;
  replies.reserve(commands_.size());
  for (const Command* command : commands_)
    replies.push_back(decide(*command));
  return replies;
}

Reply Batch::decide(const Command& command) {
  keep(command);
  if (auto replayed = replay(command)) return *std::move(replayed);
  Reply reply{decide_body(command), std::nullopt, false};
  if (!reply.outcome.ok()) return reply;
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

std::optional<Reply> Batch::replay(const Command& command) const {
  if (!command.idempotency) return std::nullopt;
  const auto known = answers_.find(command.idempotency->key);
  if (known == answers_.end()) return std::nullopt;
  if (known->second.request != command.idempotency->request) {
    return Reply{Error{ErrorCode::kIdempotencyKeyReused,
                       "this Idempotency-Key was used for another request"},
                 std::nullopt, false};
  }
  return Reply{CommandOutcome{}, Answer{known->second.status, known->second.body}, true};
}

// What the outside sent and what was done about it is kept even when the command is refused.
void Batch::keep(const Command& command) {
  if (command.inbound) changes_.inbound.push_back(*command.inbound);
  append(changes_.updated_jobs, command.job_updates);
  append(changes_.new_jobs, command.new_jobs);
  append(changes_.updated_deliveries, command.delivery_updates);
  changed_ = changed_ || command.inbound || !command.job_updates.empty() ||
             !command.new_jobs.empty() || !command.delivery_updates.empty();
}

Changes Batch::changes() && {
  changes_.batch = commands_.front()->id;
  changes_.at = now_;
  for (const PaymentId id : changed_payments_)
    changes_.payments.push_back(std::move(payments_.at(id)));
  for (const DepositId id : changed_deposits_)
    changes_.deposits.push_back(std::move(deposits_.at(id)));
  for (const AttemptId id : changed_disputes_)
    changes_.disputes.push_back(std::move(disputes_.at(id)));
  changes_.receipts =
      seal_together(std::move(receipts_), with_.signer->key_id(),
                    [&](std::string_view bytes) { return with_.signer->sign(bytes); });
  return std::move(changes_);
}

Result<CommandOutcome> Batch::decide_body(const Command& command) {
  return std::visit(
      Overloaded{
          [&](const PaymentCommand& it) { return decide_payment(command, it); },
          [&](const DepositCommand& it) { return decide_deposit(command, it); },
          [&](const DisputeCommand& it) { return decide_dispute(command, it); },
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
  context.policies = with_.deposit_policies;
  TRY(const Decision decision, erario::decide(context, body));
  if (create != nullptr) TRY_VOID(add_payment(*create));

  // From here on nothing fails: numbers that are given are used.
  CommandOutcome outcome;
  Payment& payment = payments_.at(id);
  for (const EventBody& event : decision.events) {
    apply(payment, event, now_);
    record_of(command, payment, event, outcome);
    if (std::holds_alternative<PaymentCaptured>(event)) {
      issue_receipts(command, payment, event, outcome);
    }
    if (const auto* held = std::get_if<CaptureHeld>(&event)) hold(command, *held, payment, outcome);
  }
  owe(decision.calls, id.text());
  if (!decision.events.empty()) changed_payments_.add(id);
  outcome.payment = payment;
  return outcome;
}

Result<void> Batch::add_payment(const CreatePayment& create) {
  std::string clabe;
  if (!create.clabe_prefix.empty()) {
    TRY(clabe, next_clabe(create.clabe_prefix));
    by_clabe_[clabe] = create.id;
  }
  const bool fresh =
      payments_.emplace(create.id, new_payment(create, std::move(clabe), now_)).second;
  CHECK(fresh);
  changes_.created.insert(create.id);
  used_quotes_[create.quote.id] = create.id;
  return {};
}

Result<CommandOutcome> Batch::decide_deposit(const Command& command, const DepositCommand& body) {
  const auto* recorded = std::get_if<RecordDeposit>(&body);
  DepositId id = std::visit(Overloaded{[](const RecordDeposit& it) { return it.deposit.id; },
                                       [](const auto& it) { return it.deposit; }},
                            body);
  DepositContext context;
  context.now = now_;
  if (recorded != nullptr) {
    const auto known = by_deposit_key_.find(recorded->deposit.key);
    if (known != by_deposit_key_.end()) id = known->second;
    context.owner_of_clabe = payment_of_clabe(recorded->deposit.clabe);
    add_policies(context);
    add_parts(*recorded, context);
  }
  const auto existing = deposits_.find(id);
  if (existing != deposits_.end()) context.deposit = &existing->second;
  TRY(const Decision decision, erario::decide(context, body));

  CommandOutcome outcome;
  outcome.duplicate = recorded != nullptr && context.deposit != nullptr;
  carry_out(command, id, decision, outcome);
  outcome.deposit = deposits_.at(id);
  return outcome;
}

void Batch::carry_out(const Command& command, DepositId id, const Decision& decision,
                      CommandOutcome& outcome) {
  Deposit& deposit = deposits_[id];
  std::int64_t version = deposit.version;  // events carry the deposit, with the version it had
  for (const EventBody& event : decision.events) {
    if (const auto* combined = std::get_if<DepositsCombined>(&event)) {
      deposit.version = version;
      combine(command, *combined, outcome);
      version = deposit.version;
      continue;
    }
    apply(deposit, event, now_);
    const auto* applied = std::get_if<DepositApplied>(&event);
    deposit.version = ++version;
    if (applied == nullptr) {
      outcome.events.push_back(record(command, id.text(), deposit.version, event));
      tell(outcome.events.back(), owner_of(deposit), deposit.payment);
      continue;
    }
    Payment& payment = payments_.at(applied->payment);
    apply(payment, event, now_);
    record_of(command, payment, event, outcome);
    changed_payments_.add(payment.id);
    issue_receipts(command, payment, event, outcome);
    outcome.payment = payment;
  }
  owe(decision.calls, id.text());
  if (!decision.events.empty()) {
    by_deposit_key_[deposit.key] = id;
    changed_deposits_.add(id);
  }
}

void Batch::hold(const Command& command, const CaptureHeld& held, const Payment& payment,
                 CommandOutcome& outcome) {
  const DepositId id = deposit_of(held.attempt);
  Deposit& deposit = deposits_[id];
  deposit = held_deposit(payment, held, now_);
  deposit.version = 1;
  by_deposit_key_[deposit.key] = id;
  changed_deposits_.add(id);
  const auto& charge = std::get<RecordCharge>(std::get<PaymentCommand>(command.body));
  if (!charge.way_back) return;
  DepositContext context;
  context.now = now_;
  context.deposit = &deposit;
  context.owner_of_clabe = &payment;
  context.way_back = charge.way_back;
  add_policies(context);
  carry_out(command, id, follow_policy(context), outcome);
}

bool Batch::parts_combine(const Payment& payment) const {
  return with_.deposit_policies != nullptr &&
         with_.deposit_policies->of(&payment).too_short == DepositAction::kCombine;
}

void Batch::add_policies(DepositContext& context) {
  if (with_.deposit_policies == nullptr) return;
  context.policies = with_.deposit_policies;
  context.return_order = new_id<RefundId>(*with_.clock, *with_.random);
  context.return_reference = gateway_reference("ED", context.return_order.bytes);
}

void Batch::add_parts(const RecordDeposit& command, DepositContext& context) {
  const Payment* owner = context.owner_of_clabe;
  if (owner == nullptr || command.deposit.amount >= owner->amount || !parts_combine(*owner)) return;
  for (const auto& [id, deposit] : deposits_) {
    const bool waits = deposit.state == DepositState::kHeld &&
                       deposit.suspense == SuspenseKind::kShort && deposit.payment == owner->id;
    if (waits && !(deposit.key == command.deposit.key)) context.parts.push_back(&deposit);
  }
}

// One event of the payment's that changes it and every part.
void Batch::combine(const Command& command, const DepositsCombined& event,
                    CommandOutcome& outcome) {
  for (const DepositId id : event.deposits) {
    Deposit& part = deposits_.at(id);
    apply(part, event, now_);
    part.version += 1;
    changed_deposits_.add(id);
  }
  Payment& payment = payments_.at(event.payment);
  apply(payment, event, now_);
  record_of(command, payment, event, outcome);
  changed_payments_.add(payment.id);
  issue_receipts(command, payment, event, outcome);
  outcome.payment = payment;
}

Result<CommandOutcome> Batch::decide_dispute(const Command& command, const DisputeCommand& body) {
  const auto [payment_id, attempt] =
      std::visit([](const auto& it) { return std::pair(it.payment, it.attempt); }, body);
  DisputeContext context;
  context.now = now_;
  context.payment = find_payment(payment_id);
  const auto known = disputes_.find(attempt);
  if (known != disputes_.end()) context.dispute = &known->second;
  const auto held = deposits_.find(deposit_of(attempt));
  if (held != deposits_.end()) context.deposit = &held->second;
  TRY(const Decision decision, erario::decide(context, body));

  CommandOutcome outcome;
  Payment& payment = payments_.at(payment_id);
  if (!decision.events.empty()) {
    Dispute& dispute = disputes_[attempt];
    for (const EventBody& event : decision.events) {
      apply(payment, event, now_);
      apply(dispute, event, now_);
      dispute.version += 1;
      if (held != deposits_.end()) {
        apply(held->second, event, now_);
        held->second.version += 1;
        changed_deposits_.add(held->first);
      }
      record_of(command, payment, event, outcome);
      // What waits in suspense is on no receipt.
      if (const auto* lost = std::get_if<DisputeLost>(&event); lost && !lost->dispute.held)
        supersede_receipts(command, payment, lost->dispute, outcome);
    }
    changed_payments_.add(payment_id);
    changed_disputes_.add(attempt);
    outcome.dispute = dispute;
  } else if (context.dispute != nullptr) {
    outcome.dispute = *context.dispute;
  }
  owe(decision.calls, payment_id.text());
  outcome.payment = payment;
  return outcome;
}

CommandOutcome Batch::record_run(const Command& command, const RecordRun& run) {
  // The outcome is empty: nobody waits for a copy of thousands of settlements.
  changes_.entries.reserve(changes_.entries.size() + run.settlements.size());
  changes_.events.reserve(changes_.events.size() + run.settlements.size());
  for (const auto& settlement : run.settlements) {
    if (!claims_.try_emplace(settlement.claim).second) continue;
    record(command, settlement.event.statement_line, 1, settlement.event);
  }
  changes_.runs.push_back(run.rows);
  changed_ = true;
  return {};
}

const Event& Batch::record(const Command& command, std::string subject, std::int64_t ordinal,
                           EventBody body) {
  Event event{new_id<EventId>(*with_.clock, *with_.random),
              command.id,
              now_,
              std::move(subject),
              std::move(body),
              ordinal};
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
    job.subject = call.subject.empty() ? subject : call.subject;
    job.target = call.target;
    job.payload = call.payload;
    job.due_at = now_ + call.delay;
    changes_.new_jobs.push_back(std::move(job));
  }
}

void Batch::issue_receipts(const Command& command, Payment& payment, const EventBody& paid_by,
                           CommandOutcome& outcome) {
  PaymentEvidence evidence;
  evidence.paid_at = *payment.paid_at;
  if (const auto* captured = std::get_if<PaymentCaptured>(&paid_by)) {
    evidence.gateway = captured->gateway;
    evidence.authorization = captured->authorization;
  } else if (const auto* applied = std::get_if<DepositApplied>(&paid_by)) {
    evidence.gateway = applied->deposit.gateway;
    evidence.authorization = applied->deposit.key.tracking_key;
  } else if (const auto* combined = std::get_if<DepositsCombined>(&paid_by)) {
    evidence.gateway = combined->gateway;
    // The last part's: what a payer finds in the statement of the day it was paid.
    evidence.authorization = deposits_.at(combined->deposits.back()).key.tracking_key;
  }
  for (Receipt& receipt : receipts_for(payment, quote_of(payment), evidence))
    issue(command, payment, std::move(receipt), outcome);
}

void Batch::supersede_receipts(const Command& command, Payment& payment, const Dispute& lost,
                               CommandOutcome& outcome) {
  const std::vector<Receipt> all = std::move(earlier_receipts_[payment.id]);
  std::set<ReceiptId> superseded;
  for (const Receipt& receipt : all) {
    if (receipt.supersedes) superseded.insert(receipt.supersedes->id);
  }
  // What is left is without what refunds gave back before, or may yet give.
  std::vector<Allocation> gone = lost.allocations;
  for (const Refund& refund : payment.refunds) {
    if (refund.state == RefundState::kFailed || refund.state == RefundState::kReturned) continue;
    gone.insert(gone.end(), refund.allocations.begin(), refund.allocations.end());
  }
  for (const Receipt& receipt : all) {
    if (superseded.contains(receipt.id)) continue;
    auto fresh = superseding(receipt, gone, "dispute_lost");
    if (!fresh) continue;
    const ReceiptId by = issue(command, payment, *std::move(fresh), outcome);
    record_of(command, payment, ReceiptSuperseded{receipt.id, by}, outcome);
  }
}

ReceiptId Batch::issue(const Command& command, Payment& payment, Receipt receipt,
                       CommandOutcome& outcome) {
  receipt.id = new_id<ReceiptId>(*with_.clock, *with_.random);
  receipt.folio = next_number(folio_counter(receipt.series));
  receipt.issued_at = now_;
  const ReceiptIssued issued{receipt.id, receipt.series, receipt.folio, receipt.total};
  receipts_.push_back(std::move(receipt));
  record_of(command, payment, issued, outcome);
  return issued.receipt;
}

Result<std::string> Batch::next_clabe(const std::string& prefix) {
  const std::string number = std::to_string(counters_.at(clabe_counter(prefix)) + 1);
  if (prefix.size() + number.size() > kClabeBody) {
    with_.metrics->gauge("erario_clabes_left", {{"prefix", prefix}}, 0);
    return Error{ErrorCode::kStoreUnavailable, "no CLABE is left under the prefix " + prefix +
                                                   "; a range with a shorter one is needed"};
  }
  std::string clabe = prefix;
  clabe.append(kClabeBody - prefix.size() - number.size(), '0');
  clabe += number;
  clabe += clabe_check_digit(clabe);
  const std::int64_t given = next_number(clabe_counter(prefix));
  const double range = std::pow(10.0, static_cast<double>(kClabeBody - prefix.size()));
  with_.metrics->gauge("erario_clabes_left", {{"prefix", prefix}},
                       range - 1 - static_cast<double>(given));
  return clabe;
}

std::int64_t Batch::next_number(const std::string& counter) {
  const auto last = counters_.find(counter);
  // A number guessed without having read the last one could be given twice.
  CHECK(last != counters_.end());
  changes_.counters[counter] = ++last->second;
  return last->second;
}

const Payment* Batch::find_payment(PaymentId id) const {
  const auto at = payments_.find(id);
  return at == payments_.end() ? nullptr : &at->second;
}

const Quote& Batch::quote_of(const Payment& payment) {
  const auto known = quotes_.find(payment.id);
  if (known != quotes_.end()) return known->second;
  const auto document = parse_json(payment.quote_json);
  CHECK(document.ok());
  auto quote = quote_from_json(*document);
  CHECK(quote.ok());
  return quotes_.emplace(payment.id, std::move(quote).value()).first->second;
}

const Payment* Batch::payment_of_clabe(const std::string& clabe) const {
  const auto owner = by_clabe_.find(clabe);
  return owner == by_clabe_.end() ? nullptr : find_payment(owner->second);
}

}  // namespace erario
