// The audit over a real store: what the lane wrote proves itself, and a change behind its back is
// named.
#include "ledger/audit.hpp"

#include <gmock/gmock.h>

#include "ledger/export.hpp"
#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

using sample::create;
using sample::id;
using sample::kNoon;

// Enough payments that the source needs several pages.
constexpr std::uint64_t kPayments = 1'200;

class StoreAudit : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    for (std::uint64_t first = 1; first <= kPayments; first += 300) {
      sample::Batch batch(first);
      for (std::uint64_t number = first; number < first + 300; ++number)
        pay(batch, number);
      ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
    }
    const Deposit held = sample::deposit(1);
    sample::Batch batch(9'000);
    batch.changes.deposits = {held};
    batch.record(100'000, held.id.text(), DepositHeld{held});
    ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  }

  // Two receipts a payment, in two series.
  static void pay(sample::Batch& batch, std::uint64_t number) {
    Payment paid = sample::payment(number);
    paid.state = PaymentState::kPaid;
    paid.paid_at = kNoon;
    batch.record(number * 10, paid.id.text(), PaymentCreated{paid.amount, Method::kCard});
    batch.capture(number * 10 + 1, paid);
    const auto folio = static_cast<std::int64_t>(number);
    std::uint64_t next = number * 10 + 2;
    for (const Allocation& allocation : paid.allocations) {
      SealedReceipt sealed = sample::receipt(next, allocation.agency, folio);
      sealed.receipt.payment = paid.id;
      sealed.receipt.total = allocation.amount;
      sealed.receipt.services.clear();
      ReceiptService service;
      service.lines.push_back({allocation.fee, "", "", "", "", allocation.amount});
      service.total = allocation.amount;
      sealed.receipt.services.push_back(std::move(service));
      batch.record(next, paid.id.text(),
                   ReceiptIssued{sealed.receipt.id, allocation.agency, folio, allocation.amount});
      batch.changes.receipts.push_back(sealed);
      ++next;
    }
    create(batch.changes, {paid});
  }

  AuditReport run_audit() {
    auto source = open_audit(place_->url());
    EXPECT_TRUE(source.ok());
    auto report = audit(**source);
    EXPECT_TRUE(report.ok()) << report.error().detail;
    return report.ok() ? *report : AuditReport{};
  }
};

INSTANTIATE_TEST_SUITE_P(Drivers, StoreAudit, testing::ValuesIn(kDrivers),
                         [](const auto& param) { return std::string(param.param.name); });

TEST_P(StoreAudit, WhatTheLaneWroteIsClean) {
  const AuditReport report = run_audit();
  EXPECT_TRUE(report.clean()) << report.findings.front().validation << " "
                              << report.findings.front().where << " "
                              << report.findings.front().detail;
  EXPECT_EQ(report.payments, static_cast<std::int64_t>(kPayments));
  EXPECT_EQ(report.entries, static_cast<std::int64_t>(kPayments) + 1);
  EXPECT_EQ(report.events, static_cast<std::int64_t>(kPayments) * 4 + 1);
  EXPECT_EQ(report.receipts, static_cast<std::int64_t>(kPayments) * 2);
}

TEST_P(StoreAudit, AChangeBehindTheStoresBackIsNamed) {
  ASSERT_EQ(place_->run_sql("UPDATE balances SET debits = debits + 1 "
                            "WHERE account = 'assets:clearing:openpay'"),
            "");
  ASSERT_EQ(place_->run_sql("UPDATE payment_states SET state = 'expired' WHERE payment = '" +
                            id<PaymentId>(7).text() + "'"),
            "");
  const AuditReport report = run_audit();
  ASSERT_EQ(report.findings.size(), 3U);
  EXPECT_EQ(report.findings[0].validation, "balances_replay");
  EXPECT_EQ(report.findings[0].where, "assets:clearing:openpay");
  EXPECT_EQ(report.findings[1].where, "all accounts");
  EXPECT_EQ(report.findings[2].validation, "payments_agree");
  EXPECT_EQ(report.findings[2].where, id<PaymentId>(7).text());
}

TEST_P(StoreAudit, ItsBooksStayAsTheyWereWhilePaymentsGoOn) {
  auto source = open_audit(place_->url());
  ASSERT_TRUE(source.ok());
  sample::Batch batch(9'001);
  pay(batch, kPayments + 1);
  ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  const auto report = audit(**source);
  EXPECT_TRUE(report->clean());
  EXPECT_EQ(report->entries, static_cast<std::int64_t>(kPayments) + 1);
  EXPECT_EQ(report->events, static_cast<std::int64_t>(kPayments) * 4 + 1);
  EXPECT_EQ(report->payments, static_cast<std::int64_t>(kPayments) + 1) << "with all its own";
}

TEST_P(StoreAudit, TheJournalHoldsEveryEntry) {
  auto source = open_audit(place_->url());
  std::size_t entries = 0;
  ASSERT_TRUE(export_hledger(**source, [&](std::string_view piece) -> Result<void> {
                for (auto at = piece.find("; entry:"); at != std::string_view::npos;
                     at = piece.find("; entry:", at + 1)) {
                  ++entries;
                }
                return {};
              }).ok());
  EXPECT_EQ(entries, kPayments + 1);
}

}  // namespace
}  // namespace erario::contract
