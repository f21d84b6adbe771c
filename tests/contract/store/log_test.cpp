// What is appended: events and entries continue their chains, and what clashes is not written.
#include <gmock/gmock.h>

#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

using sample::create;
using sample::id;
using sample::kNoon;
using testing::SizeIs;

TEST_P(StoreContract, EventsAreNumberedInTheLogAndWithinTheirSubject) {
  const Payment paid = sample::payment(1);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    sample::Batch batch(number);
    batch.follow(paid.id.text(), static_cast<std::int64_t>(number - 1) * 2);
    batch.follow("other", static_cast<std::int64_t>(number - 1));
    batch.record(number * 10, paid.id.text(), PaymentCreated{paid.amount, Method::kCard});
    batch.record(number * 10 + 1, "other", PaymentCancelled{"«razón»"});
    batch.record(number * 10 + 2, paid.id.text(), PaymentExpired{});
    ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  }
  const auto events = reader().events(paid.id.text());
  ASSERT_THAT(*events, SizeIs(6));
  EXPECT_EQ(events->front().id, id<EventId>(10));
  EXPECT_EQ(events->front().name, "payment.created");
  EXPECT_EQ(events->front().body_json, R"({"amount":377000,"method":"card"})");
  EXPECT_EQ(events->back().id, id<EventId>(32));
  EXPECT_EQ(events->back().command, id<CommandId>(3));

  auto source = open_audit(place_->url());
  ASSERT_TRUE(source.ok());
  std::int64_t position = 0;
  ASSERT_TRUE((*source)
                  ->each_event([&](const AuditedEvent& it) -> Result<void> {
                    EXPECT_EQ(it.position, ++position);
                    return {};
                  })
                  .ok());
  EXPECT_EQ(position, 9);
}

TEST_P(StoreContract, EntriesContinueTheChainAndAddUpInBalances) {
  for (std::uint64_t number = 1; number <= 3; ++number) {
    sample::Batch batch(number);
    batch.capture(number, sample::payment(number));
    batch.record(number + 100, "dep" + std::to_string(number),
                 DepositHeld{sample::deposit(number)});
    ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  }
  EXPECT_EQ(begin().chain.ordinal, 6);
  lane_->rollback();
  std::map<std::string, Balance> balances;
  const auto stored = reader().balances();
  ASSERT_TRUE(stored.ok());
  for (const Balance& balance : *stored)
    balances[balance.account] = balance;
  EXPECT_EQ(balances["assets:clearing:openpay"].debits, Money{3 * 377'000});
  EXPECT_EQ(balances["assets:clearing:openpay"].credits, Money{});
  EXPECT_EQ(balances["liabilities:collected:inm:inm.copia"].credits, Money{300});
  EXPECT_EQ(balances["liabilities:suspense:short"].credits, Money{30'000});

  const auto entry = reader().entry(id<EntryId>(2));
  ASSERT_TRUE(entry.ok());
  EXPECT_EQ(entry->ordinal, 3);
  ASSERT_THAT(entry->postings, SizeIs(3));
  EXPECT_EQ(entry->postings[0].reference, "ORD2");
  EXPECT_EQ(entry_hash(*entry), entry->hash) << "what was hashed is what was stored";
}

// Every unique key of the schema: the second holder is refused and nothing of its batch stays.
TEST_P(StoreContract, AClashIsAConflictAndWritesNothing) {
  Payment first = sample::payment(1);
  first.clabe = sample::clabe(1);
  first.attempts = {sample::attempt(1)};
  first.refunds = {sample::refund(1, Money{100})};
  Deposit held = sample::deposit(1);
  held.return_order = sample::refund(8, held.amount);
  RunRows run;
  run.run.id = id<RunId>(1);
  run.run.date = *parse_date("2026-03-02");
  run.claims = {{{"gateway:openpay", "line-1"}, id<EntryId>(1), 0, run.run.id, "reference"}};
  StatementRow statement;
  statement.id = id<StatementId>(1);
  statement.source = "bank:treasury";
  statement.account = "1";
  statement.statement_id = "S1";
  statement.date = run.run.date;
  statement.bytes = "as received";
  statement.file_hash = sha256(statement.bytes);
  run.statements = {statement};
  const StoredAnswer answer{{"o", "k"}, sha256("a"), 201, "{}", id<CommandId>(1), kNoon};
  sample::Batch start(1);
  create(start.changes, {first});
  start.changes.deposits = {held};
  start.changes.answers = {answer};
  start.changes.receipts = {sample::receipt(1, "SRE", 1)};
  start.changes.runs = {run};
  start.capture(1, first);
  ASSERT_EQ(commit(start), CommitStatus::kCommitted);

  struct Clash {
    const char* what;
    std::function<void(sample::Batch&)> fill;
  };
  const auto other_payment = [] { return sample::payment(2); };
  const std::vector<Clash> clashes{
      {"batch", [](sample::Batch& it) { it.changes.batch = id<CommandId>(1); }},
      {"quote",
       [&](sample::Batch& it) {
         Payment other = other_payment();
         other.quote = first.quote;
         create(it.changes, {other});
       }},
      {"clabe",
       [&](sample::Batch& it) {
         Payment other = other_payment();
         other.clabe = first.clabe;
         create(it.changes, {other});
       }},
      {"attempt reference",
       [&](sample::Batch& it) {
         Payment other = other_payment();
         other.attempts = {sample::attempt(2)};
         other.attempts[0].reference = first.attempts[0].reference;
         create(it.changes, {other});
       }},
      {"refund reference",
       [&](sample::Batch& it) {
         Payment other = other_payment();
         other.refunds = {sample::refund(2, Money{1})};
         other.refunds[0].reference = first.refunds[0].reference;
         create(it.changes, {other});
       }},
      {"deposit key",
       [&](sample::Batch& it) {
         Deposit other = sample::deposit(2);
         other.key = held.key;
         it.changes.deposits = {other};
       }},
      {"deposit return reference",
       [&](sample::Batch& it) {
         Deposit other = sample::deposit(2);
         other.return_order = held.return_order;
         it.changes.deposits = {other};
       }},
      {"folio", [](sample::Batch& it) { it.changes.receipts = {sample::receipt(2, "SRE", 1)}; }},
      {"answer", [&](sample::Batch& it) { it.changes.answers = {answer}; }},
      {"ordinal within the subject",
       [&](sample::Batch& it) { it.record(2, first.id.text(), PaymentExpired{}); }},
      {"entry id",
       [&](sample::Batch& it) {
         it.follow(first.id.text(), 1);
         it.capture(2, first);
         it.changes.entries[0].id = id<EntryId>(1);
       }},
      {"claimed posting",
       [&](sample::Batch& it) {
         RunRows other = run;
         other.run.id = id<RunId>(2);
         other.statements.clear();
         other.claims[0].key.line = "line-2";
         it.changes.runs = {other};
       }},
      {"statement with other content",
       [&](sample::Batch& it) {
         RunRows other = run;
         other.run.id = id<RunId>(2);
         other.statements[0].id = id<StatementId>(2);
         other.statements[0].file_hash = sha256("changed");
         it.changes.runs = {other};
       }},
  };
  for (const Clash& clash : clashes) {
    SCOPED_TRACE(clash.what);
    sample::Batch batch(2);
    batch.changes.counters = {{"witness", 1}};
    clash.fill(batch);
    EXPECT_EQ(commit(batch), CommitStatus::kConflict);
    LoadKeys keys;
    keys.counters = {"witness"};
    EXPECT_EQ(load_and_leave(keys).counters["witness"], 0);
  }
  // The lane goes on afterwards.
  EXPECT_EQ(commit_with(3, [&](Changes& it) { create(it, {other_payment()}); }),
            CommitStatus::kCommitted);
}

TEST_P(StoreContract, NothingAppendOnlyCanBeChangedBehindOurBack) {
  Payment paid = sample::payment(1);
  sample::Batch batch(1);
  create(batch.changes, {paid});
  batch.changes.receipts = {sample::receipt(1, "SRE", 1)};
  batch.changes.answers = {{{"o", "k"}, sha256("a"), 201, "{}", id<CommandId>(1), kNoon}};
  batch.changes.inbound = {{id<InboundId>(1), "stp", "abono", kNoon, sha256("b"), "b"}};
  RunRows run;
  run.run.id = id<RunId>(1);
  run.run.date = *parse_date("2026-03-02");
  run.claims = {{{"s", "l"}, id<EntryId>(1), 0, run.run.id, "reference"}};
  StatementRow statement;
  statement.id = id<StatementId>(1);
  statement.source = "s";
  statement.date = run.run.date;
  run.statements = {statement};
  batch.changes.runs = {run};
  batch.capture(1, paid);
  ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  const std::vector<std::pair<std::string, std::string>> tables{
      {"events", "name"},     {"entries", "subject"},    {"postings", "account"},
      {"receipts", "series"}, {"runs", "report_html"},   {"statements", "source"},
      {"claims", "rule"},     {"answers", "owner"},      {"inbound", "route"},
      {"batches", "id"},      {"payments", "quote_json"}};
  for (const auto& [table, column] : tables) {
    SCOPED_TRACE(table);
    EXPECT_THAT(place_->run_sql("UPDATE " + table + " SET " + column + " = 'x'"),
                testing::HasSubstr("append-only"));
    EXPECT_THAT(place_->run_sql("DELETE FROM " + table), testing::HasSubstr("append-only"));
  }
}

}  // namespace
}  // namespace erario::contract
