// A day's books held in memory, as an audit source that can be tampered with.
#pragma once

#include <boost/json.hpp>
#include <map>

#include "engine/base/json.hpp"
#include "engine/payment/event_json.hpp"
#include "engine/ports/audit.hpp"
#include "ledger/posting_rules.hpp"
#include "tests/contract/store/sample.hpp"

namespace erario::sample {

class Books : public AuditSource {
 public:
  std::vector<AuditedEvent> events;
  std::vector<AuditedEntry> entries;
  std::vector<AuditedReceipt> receipts;
  std::vector<AuditedPayment> payments;
  std::vector<Balance> stored_balances;

  Result<void> each_event(const Visitor<AuditedEvent>& visit) override {
    return each(events, visit);
  }
  Result<void> each_entry(const Visitor<AuditedEntry>& visit) override {
    return each(entries, visit);
  }
  Result<void> each_receipt(const Visitor<AuditedReceipt>& visit) override {
    return each(receipts, visit);
  }
  Result<void> each_payment(const Visitor<AuditedPayment>& visit) override {
    return each(payments, visit);
  }
  Result<std::vector<Balance>> balances() override { return stored_balances; }

  // Appends an event and what the rules make of it.
  EventRow record(std::string subject, EventBody body) {
    const std::uint64_t number = events.size() + 1;
    const Event event{id<EventId>(number), id<CommandId>(number), kNoon, std::move(subject),
                      std::move(body)};
    const EventRow row{event.id,
                       event.command,
                       event.at,
                       event.subject,
                       std::string(event_name(event.body)),
                       canonical_json(event.body)};
    auto entry = rules_.entry_for(event, id<EntryId>(number));
    events.push_back({static_cast<std::int64_t>(number), row, entry.has_value()});
    if (entry) {
      rules_.chain(*entry, head_);
      add_balances(*entry);
      entries.push_back({std::move(*entry), row});
    }
    return row;
  }
  // The same for an event of a payment of this source.
  void record_of(AuditedPayment& payment, EventBody body) {
    payment.events.push_back(record(payment.id.text(), std::move(body)));
  }

 private:
  template <class Row>
  static Result<void> each(const std::vector<Row>& rows, const Visitor<Row>& visit) {
    for (const Row& row : rows)
      TRY_VOID(visit(row));
    return {};
  }

  void add_balances(const Entry& entry) {
    std::map<std::string, Balance> by_account;
    for (const Balance& balance : stored_balances)
      by_account[balance.account] = balance;
    for (const Posting& posting : entry.postings) {
      Balance& balance = by_account[posting.account];
      balance.account = posting.account;
      (posting.amount > Money{} ? balance.debits : balance.credits) +=
          posting.amount > Money{} ? posting.amount : -posting.amount;
    }
    stored_balances.clear();
    for (auto& [account, balance] : by_account)
      stored_balances.push_back(balance);
  }

  PostingRules rules_;
  ChainHead head_;
};

// Two paid payments (card and SPEI), one refunded in part, one deposit held and sent back, one
// settlement; three receipts in two series.
inline Books a_day() {
  Books books;
  const auto receipt = [&](AuditedPayment& payment, std::string series, std::int64_t folio,
                           Money amount) {
    const auto receipt_id = id<ReceiptId>(books.receipts.size() + 1);
    books.record_of(payment, ReceiptIssued{receipt_id, series, folio, amount});
    payment.receipts.push_back({series, folio, receipt_id, payment.id, amount, ""});
    books.receipts.push_back(payment.receipts.back());
  };
  const auto paid = [&](std::uint64_t number) {
    AuditedPayment payment;
    payment.id = id<PaymentId>(number);
    payment.amount = sample::payment(number).amount;
    payment.state = PaymentState::kPaid;
    return payment;
  };

  AuditedPayment card = paid(1);
  books.record_of(card, PaymentCreated{card.amount, Method::kCard});
  books.record_of(card, AttemptStarted{attempt(1)});
  books.record_of(card, PaymentCaptured{id<AttemptId>(1), "openpay", "trx1", "ORD1", "123456",
                                        card.amount, allocations(card.amount)});
  receipt(card, "INM", 1, Money{100});
  receipt(card, "SRE", 1, card.amount - Money{100});
  Refund part = sample::refund(1, Money{50'000});
  books.record_of(card, RefundRequested{part});
  part.state = RefundState::kSettled;
  books.record_of(card, RefundSettled{part, false});
  card.refunded = part.amount;
  card.state = PaymentState::kPartiallyRefunded;

  AuditedPayment spei = paid(2);
  books.record_of(spei, PaymentCreated{spei.amount, Method::kSpei});
  Deposit applied = deposit(1);
  applied.amount = spei.amount;
  applied.state = DepositState::kApplied;
  applied.payment = spei.id;
  books.record_of(spei, DepositApplied{applied, spei.id, allocations(spei.amount)});
  receipt(spei, "SRE", 2, spei.amount);

  AuditedPayment waiting = paid(3);
  waiting.state = PaymentState::kAwaiting;
  books.record_of(waiting, PaymentCreated{waiting.amount, Method::kCard});

  const Deposit held = deposit(2);
  books.record(held.id.text(), DepositHeld{held});
  Refund order = sample::refund(9, held.amount);
  order.gateway = "stp";
  order.allocations.clear();
  books.record(held.id.text(), DepositReturnRequested{held.id, held.suspense, order});
  books.record(held.id.text(), DepositReturnSettled{held.id, order});
  books.record("line-1", SettlementMatched{"openpay", "treasury", "ORD1", "line-1",
                                           Money::from_pesos(3'000), *parse_date("2026-03-03")});
  books.payments = {card, spei, waiting};
  return books;
}

}  // namespace erario::sample
