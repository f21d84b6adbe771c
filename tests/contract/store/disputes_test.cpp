// Contested charges: an aggregate of their own.
#include <gmock/gmock.h>

#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

using sample::create;
using sample::id;
using testing::SizeIs;

void expect_same(const Dispute& a, const Dispute& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.payment, b.payment);
  EXPECT_EQ(a.attempt, b.attempt);
  EXPECT_EQ(a.gateway, b.gateway);
  EXPECT_EQ(a.reference, b.reference);
  EXPECT_EQ(a.gateway_id, b.gateway_id);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.amount, b.amount);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.held, b.held);
  ASSERT_EQ(a.allocations.size(), b.allocations.size());
  for (std::size_t i = 0; i < a.allocations.size(); ++i)
    EXPECT_EQ(a.allocations[i].amount, b.allocations[i].amount);
  EXPECT_EQ(a.evidence, b.evidence);
  EXPECT_EQ(a.opened_at, b.opened_at);
  EXPECT_EQ(a.updated_at, b.updated_at);
  EXPECT_EQ(a.version, b.version);
}

TEST_P(StoreContract, ADisputeComesBackWholeAndSoDoesItsEnd) {
  Dispute open = sample::dispute(1, Money::from_pesos(100));
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.disputes = {open}; }), CommitStatus::kCommitted);
  LoadKeys keys;
  keys.disputes = {{open.payment, open.attempt}, {open.payment, id<AttemptId>(99)}};
  const Loaded loaded = load_and_leave(keys);
  ASSERT_THAT(loaded.disputes, SizeIs(1));
  expect_same(loaded.disputes[0], open);
  EXPECT_THAT(load_and_leave({}).disputes, SizeIs(0));

  Dispute lost = open;
  lost.state = DisputeState::kLost;
  lost.held = SuspenseKind::kDuplicate;
  lost.evidence = "acuse ficticio";
  lost.allocations = sample::allocations(lost.amount);
  lost.version = 3;
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.disputes = {lost}; }), CommitStatus::kCommitted);
  expect_same(*reader().dispute(lost.id), lost);
  EXPECT_EQ(reader().stats()->disputes_by_state,
            (std::map<std::string, std::int64_t>{{"lost", 1}}));
  EXPECT_EQ(reader().dispute(id<DisputeId>(99)).error().code, ErrorCode::kNotFound);
}

TEST_P(StoreContract, DisputesArePagedNewestFirstAndFiltered) {
  ASSERT_EQ(commit_with(1,
                        [](Changes& it) {
                          for (std::uint64_t number = 1; number <= 5; ++number) {
                            it.disputes.push_back(sample::dispute(number, Money{100}));
                            if (number % 2 == 0) it.disputes.back().state = DisputeState::kWon;
                          }
                        }),
            CommitStatus::kCommitted);
  const auto ids = [&](const DisputeFilter& filter) {
    std::vector<DisputeId> found;
    Page page{2, ""};
    do {
      const auto rows = reader().disputes(filter, page);
      EXPECT_TRUE(rows.ok());
      for (const Dispute& it : rows->rows)
        found.push_back(it.id);
      page.cursor = rows->next;
    } while (!page.cursor.empty());
    return found;
  };
  const auto d = [](std::uint64_t number) { return id<DisputeId>(number); };
  EXPECT_EQ(ids({}), (std::vector{d(5), d(4), d(3), d(2), d(1)}));
  EXPECT_EQ(ids({DisputeState::kWon, {}}), (std::vector{d(4), d(2)}));
  EXPECT_EQ(ids({{}, id<PaymentId>(3)}), (std::vector{d(3)}));
  EXPECT_EQ(ids({DisputeState::kWon, id<PaymentId>(3)}), (std::vector<DisputeId>{}));
}

// What a lost dispute supersedes is loaded with it.
TEST_P(StoreContract, TheReceiptsOfAPaymentAreLoadedWhereTheyAreAskedFor) {
  SealedReceipt first = sample::receipt(1, "SRE", 1);
  SealedReceipt second = sample::receipt(2, "SRE", 2);
  second.receipt.payment = first.receipt.payment;
  second.receipt.supersedes = Superseded{first.receipt.id, 1, "dispute_lost"};
  ASSERT_EQ(commit_with(1,
                        [&](Changes& it) {
                          it.receipts = {first, second};
                        }),
            CommitStatus::kCommitted);
  LoadKeys keys;
  keys.receipts = {first.receipt.payment, id<PaymentId>(9)};
  const Loaded loaded = load_and_leave(keys);
  ASSERT_THAT(loaded.receipts, SizeIs(2));
  ASSERT_TRUE(loaded.receipts[1].receipt.supersedes.has_value());
  EXPECT_EQ(loaded.receipts[1].receipt.supersedes->id, first.receipt.id);
}

}  // namespace
}  // namespace erario::contract
