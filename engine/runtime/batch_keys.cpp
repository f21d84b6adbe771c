// What a batch's commands are about: the rows to load before they are decided.
#include <algorithm>

#include "engine/base/overloaded.hpp"
#include "engine/payment/machine.hpp"
#include "engine/runtime/batch.hpp"

namespace erario {
namespace {

void add_keys(const PaymentCommand& command, LoadKeys& keys) {
  std::visit(Overloaded{[&](const CreatePayment& it) { keys.quotes.push_back(it.quote.id); },
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

void add_keys(const DisputeCommand& command, LoadKeys& keys) {
  std::visit(
      [&](const auto& it) {
        keys.payments.push_back(it.payment);
        keys.disputes.push_back({it.payment, it.attempt});
        keys.deposits.push_back(deposit_of(it.attempt));
      },
      command);
  if (const auto* news = std::get_if<RecordDispute>(&command)) {
    if (news->news.stage == DisputeStage::kLost) keys.receipts.push_back(news->payment);
  }
}

template <class T>
void remove_repetitions(std::vector<T>& values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

// The receipts of what it collects will be numbered in these series.
void add_series(const Quote& quote, LoadKeys& keys) {
  for (const QuoteItem& item : quote.items)
    keys.counters.push_back(folio_counter(item.receipt_series));
}

void add_numbers(const CreatePayment& create, LoadKeys& keys) {
  if (!create.clabe_prefix.empty()) keys.counters.push_back(clabe_counter(create.clabe_prefix));
  // Another command of the same batch may pay it already.
  add_series(create.quote, keys);
}

}  // namespace

LoadKeys Batch::keys() const {
  LoadKeys keys;
  for (const Command* command : commands_) {
    std::visit(Overloaded{[&](const PaymentCommand& it) { add_keys(it, keys); },
                          [&](const DepositCommand& it) { add_keys(it, keys); },
                          [&](const DisputeCommand& it) { add_keys(it, keys); },
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
  remove_repetitions(keys.claims);
  remove_repetitions(keys.disputes);
  remove_repetitions(keys.receipts);
  return keys;
}

LoadKeys Batch::more_keys() {
  LoadKeys keys;
  const auto may_pay = [&](const Payment* payment, PaymentTrigger trigger) {
    if (payment == nullptr) return;
    if (rule(payment->state, trigger).verdict == Verdict::kMove)
      add_series(quote_of(*payment), keys);
  };
  for (const Command* command : commands_) {
    if (const auto* payment = std::get_if<PaymentCommand>(&command->body)) {
      if (const auto* create = std::get_if<CreatePayment>(payment)) add_numbers(*create, keys);
      const auto* record = std::get_if<RecordCharge>(payment);
      if (record == nullptr || record->result.outcome != Outcome::kApproved) continue;
      may_pay(find_payment(record->payment), PaymentTrigger::kCaptured);
    } else if (const auto* deposit = std::get_if<DepositCommand>(&command->body)) {
      const auto* record = std::get_if<RecordDeposit>(deposit);
      if (record == nullptr) continue;
      const Payment* owner = payment_of_clabe(record->deposit.clabe);
      may_pay(owner, PaymentTrigger::kDepositApplied);
      if (owner != nullptr && record->deposit.amount < owner->amount && parts_combine(*owner))
        keys.parts.push_back(owner->id);
    } else if (const auto* dispute = std::get_if<DisputeCommand>(&command->body)) {
      const auto* news = std::get_if<RecordDispute>(dispute);
      if (news == nullptr || news->news.stage != DisputeStage::kLost) continue;
      // Receipts that take the place of others are numbered too.
      const Payment* contested = find_payment(news->payment);
      if (contested != nullptr) add_series(quote_of(*contested), keys);
    }
  }
  remove_repetitions(keys.counters);
  remove_repetitions(keys.parts);
  return keys;
}

}  // namespace erario
