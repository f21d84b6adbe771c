#include "ledger/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "tests/unit/ledger/books.hpp"

namespace erario {
namespace {

using sample::Books;
using sample::id;

std::string shown(const AuditReport& report) {
  std::string text;
  for (const AuditFinding& finding : report.findings) {
    text += std::string(finding.validation) + ": " + finding.where + ": " + finding.detail + "\n";
  }
  return text;
}

TEST(Audit, AnHonestDayIsClean) {
  Books books = sample::a_day();
  const auto report = audit(books);
  ASSERT_TRUE(report.ok()) << report.error().detail;
  EXPECT_TRUE(report->clean()) << shown(*report);
  EXPECT_EQ(report->events, static_cast<std::int64_t>(books.events.size()));
  EXPECT_EQ(report->entries, 8);
  EXPECT_EQ(report->receipts, 3);
  EXPECT_EQ(report->payments, 3);
  EXPECT_EQ(report->heads.at(1).hash, books.entries.back().entry.hash);
}

TEST(Audit, EmptyBooksAreClean) {
  Books books;
  EXPECT_TRUE(audit(books)->clean());
}

// Re-chains after a change, as a forger who can write the tables would.
void forge_chain(Books& books) {
  ChainHead head;
  for (AuditedEntry& audited : books.entries)
    PostingRules().chain(audited.entry, head);
}

// Every way in which books can lie that we know of, and the validations that say so.
struct Lie {
  const char* what;
  std::function<void(Books&)> tell;
  std::set<std::string> seen_by;
};

std::vector<EventRow>& events_of(Books& books, std::size_t payment) {
  return books.payments[payment].events;
}

std::vector<Lie> lies_about_entries() {
  return {
      {"an event is gone from the log",
       [](Books& it) { it.events.erase(it.events.begin() + 1); },
       {"log_contiguous"}},
      {"a capture was never posted",
       [](Books& it) { it.events[2].has_entry = false; },
       {"events_posted"}},
      {"an expiry has an entry",
       [](Books& it) { it.events[0].has_entry = true; },
       {"events_posted"}},
      {"an amount was changed",
       [](Books& it) { it.entries[0].entry.postings[0].amount += Money{1}; },
       {"entries_balance", "chain_unbroken", "entries_derive", "balances_replay"}},
      {"an amount was changed on both sides, the chain forged",
       [](Books& it) {
         it.entries[0].entry.postings[0].amount += Money{1};
         it.entries[0].entry.postings[1].amount -= Money{1};
         forge_chain(it);
       },
       {"entries_derive", "balances_replay"}},
      {"an entry is gone, the chain forged",
       [](Books& it) {
         it.entries.erase(it.entries.begin() + 1);
         forge_chain(it);
       },
       {"balances_replay", "payables_never_debit"}},
      {"an entry is gone from the middle",
       [](Books& it) { it.entries.erase(it.entries.begin() + 2); },
       {"chain_unbroken", "balances_replay"}},
      {"two entries changed places",
       [](Books& it) { std::swap(it.entries[0], it.entries[1]); },
       {"chain_unbroken", "payables_never_debit"}},
  };
}

std::vector<Lie> lies_about_events() {
  return {
      {"an entry lost its event",
       [](Books& it) { it.entries[0].event.reset(); },
       {"entries_derive"}},
      {"an event was rewritten",
       [](Books& it) {
         std::string& body = it.entries[0].event->body_json;
         body.replace(body.find("\"ORD1\""), 6, "\"ORD7\"");
       },
       {"entries_derive"}},
      {"an event is no JSON",
       [](Books& it) { it.entries[0].event->body_json = "{"; },
       {"entries_derive"}},
      {"an event does not add up",
       [](Books& it) {
         std::string& body = it.entries[0].event->body_json;
         body.replace(body.find("\"amount\":100,"), 13, "\"amount\":101,");
       },
       {"entries_derive"}},
      {"an event asks for the impossible",
       [](Books& it) {
         std::string& body = it.entries.back().event->body_json;
         body.replace(body.find("300000"), 6, "-9223372036854775808");
       },
       {"entries_derive"}},
      {"an account was invented",
       [](Books& it) {
         it.entries[0].entry.postings[1].account = "liabilities:mine";
         forge_chain(it);
       },
       {"accounts_in_chart", "entries_derive", "balances_replay", "payables_never_debit"}},
  };
}

std::vector<Lie> lies_about_sums() {
  return {
      {"a balance was changed",
       [](Books& it) { it.stored_balances[0].debits += Money{5}; },
       {"balances_replay"}},
      {"a balance was dropped",
       [](Books& it) { it.stored_balances.pop_back(); },
       {"balances_replay"}},
      {"a balance was invented",
       [](Books& it) {
         it.stored_balances.push_back({"assets:bank:x", Currency::kMxn, Money{1}, Money{1}});
       },
       {"balances_replay"}},
      {"a folio is missing",
       [](Books& it) {
         const auto missing = it.receipts.begin() + 1;
         for (AuditedPayment& payment : it.payments)
           std::erase_if(payment.receipts, [&](const auto& one) { return one.id == missing->id; });
         it.receipts.erase(missing);
       },
       {"folios_gapless", "receipts_tie"}},
      {"a folio was given twice", [](Books& it) { it.receipts[2].folio = 1; }, {"folios_gapless"}},
      {"a series starts late",
       [](Books& it) {
         it.receipts[0].folio = 2;
         it.payments[0].receipts[0].folio = 2;
       },
       {"folios_gapless", "receipts_tie"}},
  };
}

std::vector<Lie> lies_about_receipts() {
  return {
      {"a receipt says more",
       [](Books& it) { it.payments[1].receipts[0].amount += Money{100}; },
       {"receipts_tie"}},
      {"a receipt's document says something else",
       [](Books& it) { it.receipts[0].document_fault = "its document has another total"; },
       {"receipts_tie"}},
      {"a receipt has no event", [](Books& it) { events_of(it, 1).pop_back(); }, {"receipts_tie"}},
      {"a receipt belongs to nobody",
       [](Books& it) {
         it.receipts.push_back({"ZZZ", 1, id<ReceiptId>(9), {}, Money{1}, "", false});
       },
       {"receipts_tie"}},
      {"a paid payment has no receipt",
       [](Books& it) { it.payments[1].receipts.clear(); },
       {"receipts_tie"}},
  };
}

std::vector<Lie> lies_about_payments() {
  return {
      {"a payment was captured twice",
       [](Books& it) { events_of(it, 0).push_back(events_of(it, 0)[2]); },
       {"one_capture", "receipts_tie"}},
      {"a payment's amount was changed",
       [](Books& it) { it.payments[2].amount += Money{1}; },
       {"payments_agree"}},
      {"a payment has no beginning",
       [](Books& it) { events_of(it, 2).clear(); },
       {"payments_agree"}},
      {"a refund was hidden",
       [](Books& it) {
         it.payments[0].refunded = Money{};
         it.payments[0].state = PaymentState::kPaid;
       },
       {"payments_agree"}},
      {"an unpaid payment says paid",
       [](Books& it) { it.payments[2].state = PaymentState::kPaid; },
       {"payments_agree"}},
      {"a paid payment says expired",
       [](Books& it) { it.payments[1].state = PaymentState::kExpired; },
       {"payments_agree"}},
  };
}

TEST(Audit, EveryValidationSeesItsLie) {
  std::vector<Lie> lies;
  for (const auto& some : {lies_about_entries(), lies_about_events(), lies_about_sums(),
                           lies_about_receipts(), lies_about_payments()}) {
    lies.insert(lies.end(), some.begin(), some.end());
  }
  std::set<std::string> provoked;
  for (const Lie& lie : lies) {
    SCOPED_TRACE(lie.what);
    Books books = sample::a_day();
    lie.tell(books);
    const auto report = audit(books);
    ASSERT_TRUE(report.ok());
    std::set<std::string> failed;
    for (const auto& [name, count] : report->failed)
      failed.emplace(name);
    EXPECT_EQ(failed, lie.seen_by) << shown(*report);
    provoked.insert(failed.begin(), failed.end());
  }
  for (const Validation& validation : validations())
    EXPECT_TRUE(provoked.contains(std::string(validation.name))) << validation.name;
}

TEST(Audit, ManyFindingsAreCountedButNotAllDescribed) {
  Books books;
  for (int number = 0; number < 500; ++number) {
    AuditedPayment payment;
    payment.id = id<PaymentId>(static_cast<std::uint64_t>(number));
    books.payments.push_back(payment);
  }
  const auto report = audit(books);
  EXPECT_EQ(report->failed.at("payments_agree"), 500);
  EXPECT_EQ(report->findings.size(), kFindingsDescribedMax);
}

TEST(Audit, ASourceThatBreaksIsNotCalledClean) {
  class Broken : public Books {
   public:
    Result<std::vector<Balance>> balances() override {
      return Error{ErrorCode::kStoreUnavailable, "gone"};
    }
  } books;
  EXPECT_EQ(audit(books).error().code, ErrorCode::kStoreUnavailable);
}

}  // namespace
}  // namespace erario
