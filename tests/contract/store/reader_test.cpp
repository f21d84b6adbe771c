// What readers, the command line and the reports may rely on.
#include <gmock/gmock.h>

#include <functional>

#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

using sample::create;
using sample::id;
using sample::kNoon;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

// Walks all pages and says how often it had to ask.
template <class T>
std::vector<T> walk(const std::function<Result<Paged<T>>(const Page&)>& list, int limit,
                    int* pages = nullptr) {
  std::vector<T> rows;
  std::string cursor;
  int asked = 0;
  do {
    auto page = list({limit, cursor});
    EXPECT_TRUE(page.ok());
    if (!page.ok() || ++asked > 100) break;
    EXPECT_LE(page->rows.size(), static_cast<std::size_t>(limit));
    rows.insert(rows.end(), page->rows.begin(), page->rows.end());
    cursor = page->next;
  } while (!cursor.empty());
  if (pages != nullptr) *pages = asked;
  return rows;
}

TEST_P(StoreContract, PaymentsArePagedNewestFirstAndFiltered) {
  ASSERT_EQ(commit_with(1,
                        [](Changes& it) {
                          for (std::uint64_t number = 1; number <= 7; ++number) {
                            Payment payment = sample::payment(number);
                            if (number % 2 == 0) payment.owner = "portal-sur";
                            if (number > 5) payment.state = PaymentState::kPaid;
                            if (number == 3 || number == 4) payment.reference = "misma";
                            create(it, {payment});
                          }
                        }),
            CommitStatus::kCommitted);
  struct Case {
    const char* what;
    PaymentFilter filter;
    std::vector<std::uint64_t> expected;
  };
  const std::vector<Case> cases{
      {"all", {}, {7, 6, 5, 4, 3, 2, 1}},
      {"owner", {"portal-sur", {}, ""}, {6, 4, 2}},
      {"state", {"", PaymentState::kPaid, ""}, {7, 6}},
      {"owner and state", {"portal-norte", PaymentState::kAwaiting, ""}, {5, 3, 1}},
      {"reference", {"", {}, "misma"}, {4, 3}},
      {"reference of an owner", {"portal-sur", {}, "misma"}, {4}},
      {"reference and state", {"", PaymentState::kPaid, "misma"}, {}},
      {"somebody else", {"nadie", {}, ""}, {}},
  };
  for (const Case& it : cases) {
    for (const int limit : {1, 2, 3, 7, 50}) {
      SCOPED_TRACE(std::string(it.what) + " by " + std::to_string(limit));
      const auto rows = walk<Payment>(
          [&](const Page& page) { return reader().payments(it.filter, page); }, limit);
      ASSERT_EQ(rows.size(), it.expected.size());
      for (std::size_t i = 0; i < rows.size(); ++i)
        EXPECT_EQ(rows[i].id, id<PaymentId>(it.expected[i]));
    }
  }
}

TEST_P(StoreContract, DepositsArePagedAndFiltered) {
  ASSERT_EQ(commit_with(1,
                        [](Changes& it) {
                          for (std::uint64_t number = 1; number <= 6; ++number) {
                            Deposit deposit = sample::deposit(number);
                            deposit.received_at += std::chrono::minutes(number);
                            if (number > 4) deposit.state = DepositState::kApplied;
                            if (number == 2) {
                              deposit.state = DepositState::kReturned;
                              deposit.suspense = SuspenseKind::kLate;
                            }
                            if (number % 3 == 0) deposit.payment = id<PaymentId>(9);
                            it.deposits.push_back(deposit);
                          }
                        }),
            CommitStatus::kCommitted);
  struct Case {
    DepositFilter filter;
    std::vector<std::uint64_t> expected;
  };
  const std::vector<Case> cases{
      {{}, {6, 5, 4, 3, 2, 1}},
      {{DepositState::kHeld, {}, {}}, {4, 3, 1}},
      {{DepositState::kHeld, SuspenseKind::kShort, {}}, {4, 3, 1}},
      {{DepositState::kHeld, SuspenseKind::kLate, {}}, {}},
      {{DepositState::kReturned, SuspenseKind::kLate, {}}, {2}},
      {{{}, SuspenseKind::kLate, {}}, {2}},
      // What is applied is stored with a kind, and was held for none.
      {{{}, SuspenseKind::kShort, {}}, {4, 3, 1}},
      {{DepositState::kApplied, SuspenseKind::kShort, {}}, {}},
      {{{}, SuspenseKind::kShort, id<PaymentId>(9)}, {3}},
      {{DepositState::kApplied, SuspenseKind::kShort, id<PaymentId>(9)}, {}},
      {{{}, {}, id<PaymentId>(9)}, {6, 3}},
      {{DepositState::kApplied, {}, id<PaymentId>(9)}, {6}},
  };
  for (const Case& it : cases) {
    const auto rows =
        walk<Deposit>([&](const Page& page) { return reader().deposits(it.filter, page); }, 2);
    ASSERT_EQ(rows.size(), it.expected.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(rows[i].id, id<DepositId>(it.expected[i]));
  }
  EXPECT_EQ(reader().stats()->oldest_held, kNoon + std::chrono::minutes(1));
}

TEST_P(StoreContract, EntriesArePagedInChainOrderAndByAccount) {
  sample::Batch batch(1);
  for (std::uint64_t number = 1; number <= 5; ++number) {
    batch.capture(number, sample::payment(number));
    batch.record(100 + number, "d", DepositHeld{sample::deposit(number)});
  }
  ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  int pages = 0;
  const auto all =
      walk<Entry>([&](const Page& page) { return reader().entries("", page); }, 3, &pages);
  EXPECT_EQ(pages, 4);
  ASSERT_THAT(all, SizeIs(10));
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].ordinal, static_cast<std::int64_t>(i) + 1);
    EXPECT_FALSE(all[i].postings.empty());
  }
  const auto of_account = walk<Entry>(
      [&](const Page& page) { return reader().entries("assets:clearing:stp", page); }, 2, &pages);
  EXPECT_EQ(pages, 3);
  ASSERT_THAT(of_account, SizeIs(5));
  EXPECT_EQ(of_account[0].postings.size(), 2U) << "the whole entry, not one leg";
  EXPECT_THAT(reader().entries("assets:clearing:none", {10, ""})->rows, IsEmpty());
}

TEST_P(StoreContract, AForeignCursorIsRefused) {
  for (const std::string& cursor : {std::string("!"), std::string("AAAA"), to_base64url("x y"),
                                    to_base64url("quo_0123456789abcdef0123456789abcdef")}) {
    SCOPED_TRACE(cursor);
    EXPECT_EQ(reader().payments({}, {10, cursor}).error().code, ErrorCode::kFieldInvalid);
    EXPECT_EQ(reader().deposits({}, {10, cursor}).error().code, ErrorCode::kFieldInvalid);
    EXPECT_EQ(reader().entries("", {10, cursor}).error().code, ErrorCode::kFieldInvalid);
    EXPECT_EQ(reader().runs({10, cursor}).error().code, ErrorCode::kFieldInvalid);
  }
}

TEST_P(StoreContract, OnlyOverdueAwaitingPaymentsAreToExpire) {
  ASSERT_EQ(commit_with(1,
                        [](Changes& it) {
                          for (std::uint64_t number = 1; number <= 4; ++number) {
                            Payment payment = sample::payment(number);
                            payment.expires_at = kNoon + std::chrono::seconds(10 - number);
                            if (number == 2) payment.state = PaymentState::kProcessing;
                            create(it, {payment});
                          }
                        }),
            CommitStatus::kCommitted);
  EXPECT_THAT(*reader().payments_to_expire(kNoon + std::chrono::seconds(7), 10),
              ElementsAre(id<PaymentId>(4), id<PaymentId>(3)));
  EXPECT_THAT(*reader().payments_to_expire(kNoon + std::chrono::seconds(7), 1), SizeIs(1));
  EXPECT_THAT(*reader().payments_to_expire(kNoon, 10), IsEmpty());
}

TEST_P(StoreContract, ClearingPostingsAreThoseNoOtherDayClaimed) {
  const Date monday = *parse_date("2026-03-02");
  const Date tuesday = *parse_date("2026-03-03");
  sample::Batch batch(1);
  batch.capture(1, sample::payment(1));
  batch.capture(2, sample::payment(2));
  batch.capture(3, sample::payment(3), kNoon + std::chrono::hours(24));
  batch.record(4, "s",
               SettlementMatched{"openpay", "treasury", "ORD1", "line", Money{100}, monday});
  ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  const auto open = [&](const std::string& side, Date until) {
    std::vector<std::string> references;
    const auto postings = reader().clearing_postings("openpay", side, {until, until});
    for (const ClearingPosting& posting : *postings) {
      EXPECT_EQ(posting.account, "assets:clearing:openpay");
      references.push_back(posting.reference);
    }
    return references;
  };
  EXPECT_THAT(open("gateway:openpay", monday), ElementsAre("ORD1", "ORD2", ""));
  EXPECT_THAT(open("gateway:openpay", tuesday), ElementsAre("ORD1", "ORD2", "ORD3", ""))
      << "in the order of the books";

  RunRows run;
  run.run.id = id<RunId>(1);
  run.run.date = monday;
  run.claims = {{{"gateway:openpay", "line-1"}, id<EntryId>(1), 0, run.run.id, "reference"}};
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.runs = {run}; }), CommitStatus::kCommitted);
  EXPECT_THAT(open("gateway:openpay", monday), ElementsAre("ORD1", "ORD2", ""))
      << "a rerun of the day sees what the day saw";
  EXPECT_THAT(open("gateway:openpay", tuesday), ElementsAre("ORD2", "ORD3", ""));
  EXPECT_THAT(open("bank:treasury", tuesday), SizeIs(4)) << "claims of one side only";
  EXPECT_THAT(*reader().clearing_postings("stp", "gateway:stp", {tuesday, tuesday}), IsEmpty());
}

TEST_P(StoreContract, ReceiptsAreFoundByIdFolioAndPayment) {
  const SealedReceipt sealed = sample::receipt(1, "SRE", 1);
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.receipts = {sealed}; }), CommitStatus::kCommitted);
  for (const auto& found :
       {reader().receipt(sealed.receipt.id), reader().receipt_by_folio("SRE", 1)}) {
    ASSERT_TRUE(found.ok()) << found.error().detail;
    EXPECT_EQ(canonical_bytes(found->receipt), canonical_bytes(sealed.receipt));
    EXPECT_EQ(found->seal, sealed.seal);
  }
  EXPECT_THAT(*reader().receipts_of(sealed.receipt.payment), SizeIs(1));
  EXPECT_EQ(reader().receipt_by_folio("SRE", 2).error().code, ErrorCode::kNotFound);
}

TEST_P(StoreContract, RunsComeNewestFirstAndWithReportsOnlyOneByOne) {
  for (std::uint64_t number = 1; number <= 3; ++number) {
    RunRows rows;
    rows.run.id = id<RunId>(number);
    rows.run.date = *parse_date("2026-03-02");
    rows.run.started_at = kNoon;
    rows.run.rules_version = "1";
    rows.run.inputs_digest = "abc";
    rows.run.summary_json = "{}";
    rows.run.report_html = "<p>año</p>";
    rows.run.report_csv = "a;b";
    rows.run.matched = 5;
    rows.run.broken = 2;
    BreakRow first;
    first.id = id<BreakId>(number * 10 + 1);
    first.run = rows.run.id;
    first.kind = "missing_at_bank";
    first.side = "bank:treasury";
    first.reference = "ORD1";
    first.entry = id<EntryId>(1);
    first.expected = Money{100};
    first.date = rows.run.date;
    first.detail = "no llegó";
    first.age_business_days = 3;
    BreakRow second;
    second.id = id<BreakId>(number * 10);
    second.run = rows.run.id;
    second.kind = "missing_in_ledger";
    second.line = "line-9";
    second.found = Money{-5};
    second.date = rows.run.date;
    rows.breaks = {first, second};
    ASSERT_EQ(commit_with(number, [&](Changes& it) { it.runs = {rows}; }),
              CommitStatus::kCommitted);
  }
  const auto runs = walk<RunRow>([&](const Page& page) { return reader().runs(page); }, 2);
  ASSERT_THAT(runs, SizeIs(3));
  EXPECT_EQ(runs[0].id, id<RunId>(3));
  EXPECT_EQ(runs[0].report_html, "");
  EXPECT_EQ(runs[0].matched, 5);
  const auto run = reader().run(id<RunId>(2));
  EXPECT_EQ(run->report_html, "<p>año</p>");
  EXPECT_EQ(run->report_csv, "a;b");
  const auto breaks = reader().breaks(id<RunId>(2));
  ASSERT_THAT(*breaks, SizeIs(2));
  EXPECT_EQ((*breaks)[0].kind, "missing_at_bank") << "in the order of the run";
  EXPECT_EQ((*breaks)[0].entry, id<EntryId>(1));
  EXPECT_EQ((*breaks)[0].expected, Money{100});
  EXPECT_EQ((*breaks)[0].found, std::nullopt);
  EXPECT_EQ((*breaks)[1].found, Money{-5});
  EXPECT_EQ((*breaks)[1].entry, std::nullopt);
}

TEST_P(StoreContract, KeysAreAddedOnceAndRevokedOnce) {
  ApiKey key;
  key.id = id<KeyId>(1);
  key.hash = sha256("era_portal_secreto");
  key.prefix = "era_portal_Ab3d";
  key.owner = "portal-norte";
  key.scopes = {Scope::kPortal, Scope::kFinance};
  key.created_at = kNoon;
  key.expires_at = kNoon + std::chrono::hours(1);
  AdminStore& admin = store_->admin();
  ASSERT_TRUE(admin.add_key(key).ok());
  EXPECT_EQ(admin.add_key(key).error().code, ErrorCode::kStateConflict);
  auto found = reader().key_by_hash(key.hash);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->owner, key.owner);
  EXPECT_EQ(found->scopes, key.scopes);
  EXPECT_EQ(found->expires_at, key.expires_at);
  EXPECT_EQ(found->revoked_at, std::nullopt);
  ASSERT_TRUE(admin.revoke_key(key.id, kNoon).ok());
  ASSERT_TRUE(admin.revoke_key(key.id, kNoon + std::chrono::hours(1)).ok());
  EXPECT_EQ(reader().key_by_hash(key.hash)->revoked_at, kNoon) << "the first revocation stands";
  EXPECT_EQ(admin.revoke_key(id<KeyId>(2), kNoon).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(reader().key_by_hash(sha256("x")).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(*reader().keys(), SizeIs(1));
}

TEST_P(StoreContract, TheCatalogueAddedLastIsInForceAndItsTextNeverChanges) {
  EXPECT_EQ(reader().latest_catalogue().error().code, ErrorCode::kNotFound);
  AdminStore& admin = store_->admin();
  ASSERT_TRUE(admin.add_catalogue({"v1", kNoon, "[1]"}).ok());
  ASSERT_TRUE(admin.add_catalogue({"v2", kNoon + std::chrono::seconds(1), "[2]"}).ok());
  ASSERT_TRUE(admin.add_catalogue({"v1", kNoon + std::chrono::seconds(2), "[other]"}).ok());
  // Going back to an earlier one puts it in force again, whatever the clocks say.
  EXPECT_EQ(reader().latest_catalogue()->version, "v1");
  ASSERT_TRUE(admin.add_catalogue({"v2", kNoon - std::chrono::seconds(9), "[2]"}).ok());
  EXPECT_EQ(reader().latest_catalogue()->version, "v2");
  EXPECT_EQ(reader().catalogue("v1")->sources_json, "[1]");
  EXPECT_EQ(reader().catalogue("v9").error().code, ErrorCode::kNotFound);
}

TEST_P(StoreContract, FiguresCountWhatIsThere) {
  sample::Batch batch(1);
  create(batch.changes, {sample::payment(1), sample::payment(2), sample::payment(3)});
  batch.changes.payments[2].state = PaymentState::kPaid;
  batch.capture(1, batch.changes.payments[2]);
  ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  const auto stats = reader().stats();
  ASSERT_TRUE(stats.ok());
  EXPECT_THAT(stats->payments_by_state,
              ElementsAre(std::pair("awaiting", 2), std::pair("paid", 1)));
  EXPECT_EQ(stats->entries, 1);
  EXPECT_EQ(stats->oldest_job, std::nullopt);
}

TEST_P(StoreContract, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(reader().payment(id<PaymentId>(1)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(reader().payment_by_clabe("1").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(reader().deposit(id<DepositId>(1)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(reader().entry(id<EntryId>(1)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(reader().run(id<RunId>(1)).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(reader().receipt(id<ReceiptId>(1)).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(*reader().events("pay"), IsEmpty());
  EXPECT_FALSE(reader().statement("a", "b", "c", 1)->has_value());
}

TEST_P(StoreContract, OpenedForReadingItRefusesToWrite) {
  auto opened = open_store(place_->url(), OpenMode::kReadOnly);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ((*opened)->open_lane().error().code, ErrorCode::kStoreUnavailable);
  EXPECT_EQ((*opened)->admin().add_catalogue({"v", kNoon, ""}).error().code,
            ErrorCode::kStoreUnavailable);
  EXPECT_TRUE((*opened)->reader().balances().ok());
}

TEST_P(StoreContract, MigratingAgainChangesNothing) {
  ASSERT_EQ(commit_with(1, [](Changes& it) { create(it, {sample::payment(1)}); }),
            CommitStatus::kCommitted);
  ASSERT_TRUE(migrate(place_->place()).ok());
  const auto state = migration_state(place_->url());
  ASSERT_TRUE(state.ok());
  EXPECT_TRUE(state->current());
  EXPECT_EQ(state->applied.front(), "0001_initial");
  open();
  EXPECT_TRUE(reader().payment(id<PaymentId>(1)).ok());
}

TEST_P(StoreContract, AStoreOfAnotherVersionIsNotOpened) {
  struct Case {
    std::string sql;
    std::string says;
  };
  const std::string other = place_->bytes_literal(std::string(64, 'a'));
  const std::vector<Case> cases{
      {"INSERT INTO migrations VALUES ('9999_future', " + other + ", 0)", "newer version"},
      {"UPDATE migrations SET digest = " + other + " WHERE name = '0001_initial'", "changed"},
  };
  for (const Case& it : cases) {
    SetUp();
    ASSERT_EQ(place_->run_sql(it.sql), "");
    const auto opened = open_store(place_->url(), OpenMode::kReadWrite);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, ErrorCode::kStoreUnavailable);
    EXPECT_THAT(opened.error().detail, testing::HasSubstr(it.says));
    EXPECT_FALSE(migrate(place_->place()).ok());
    EXPECT_FALSE(migration_state(place_->url())->current());
  }
}

}  // namespace
}  // namespace erario::contract
