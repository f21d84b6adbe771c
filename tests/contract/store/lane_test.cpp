// What the commit lane may rely on.
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "tests/contract/store/contract.hpp"

namespace erario::contract {
namespace {

using sample::create;
using sample::id;
using sample::kNoon;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

INSTANTIATE_TEST_SUITE_P(Drivers, StoreContract, testing::ValuesIn(kDrivers),
                         [](const auto& param) { return std::string(param.param.name); });

void expect_same(const Attempt& a, const Attempt& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.ordinal, b.ordinal);
  EXPECT_EQ(a.gateway, b.gateway);
  EXPECT_EQ(a.reference, b.reference);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.amount, b.amount);
  EXPECT_EQ(a.three_d_secure, b.three_d_secure);
  EXPECT_EQ(a.instalments, b.instalments);
  EXPECT_EQ(a.capture_by, b.capture_by);
  EXPECT_EQ(a.pay_to, b.pay_to);
  EXPECT_EQ(a.paid_from, b.paid_from);
  EXPECT_EQ(a.gateway_id, b.gateway_id);
  EXPECT_EQ(a.authorization, b.authorization);
  EXPECT_EQ(a.redirect_url, b.redirect_url);
  EXPECT_EQ(a.decline_reason, b.decline_reason);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.updated_at, b.updated_at);
}

void expect_same(const Refund& a, const Refund& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.gateway, b.gateway);
  EXPECT_EQ(a.reference, b.reference);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.amount, b.amount);
  EXPECT_EQ(a.allocations, b.allocations);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.destination, b.destination);
  EXPECT_EQ(a.named_by, b.named_by);
  EXPECT_EQ(a.gateway_id, b.gateway_id);
  EXPECT_EQ(a.failure_reason, b.failure_reason);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.updated_at, b.updated_at);
}

void expect_same(const Payment& a, const Payment& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.owner, b.owner);
  EXPECT_EQ(a.quote, b.quote);
  EXPECT_EQ(a.quote_json, b.quote_json);
  EXPECT_EQ(a.allocations, b.allocations);
  EXPECT_EQ(a.method, b.method);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.currency, b.currency);
  EXPECT_EQ(a.amount, b.amount);
  EXPECT_EQ(a.refunded, b.refunded);
  EXPECT_EQ(a.clabe, b.clabe);
  EXPECT_EQ(a.reference, b.reference);
  EXPECT_EQ(a.return_url, b.return_url);
  EXPECT_EQ(a.payer.name, b.payer.name);
  EXPECT_EQ(a.payer.email, b.payer.email);
  EXPECT_EQ(a.payer.rfc, b.payer.rfc);
  EXPECT_EQ(a.payer.curp, b.payer.curp);
  EXPECT_EQ(a.created_at, b.created_at);
  EXPECT_EQ(a.expires_at, b.expires_at);
  EXPECT_EQ(a.paid_at, b.paid_at);
  EXPECT_EQ(a.version, b.version);
  ASSERT_EQ(a.attempts.size(), b.attempts.size());
  for (std::size_t i = 0; i < a.attempts.size(); ++i)
    expect_same(a.attempts[i], b.attempts[i]);
  ASSERT_EQ(a.refunds.size(), b.refunds.size());
  for (std::size_t i = 0; i < a.refunds.size(); ++i)
    expect_same(a.refunds[i], b.refunds[i]);
}

void expect_same(const Deposit& a, const Deposit& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.key, b.key);
  EXPECT_EQ(a.state, b.state);
  EXPECT_EQ(a.suspense, b.suspense);
  EXPECT_EQ(a.amount, b.amount);
  EXPECT_EQ(a.clabe, b.clabe);
  EXPECT_EQ(a.sender, b.sender);
  EXPECT_EQ(a.concept_text, b.concept_text);
  EXPECT_EQ(a.gateway, b.gateway);
  EXPECT_EQ(a.gateway_id, b.gateway_id);
  EXPECT_EQ(a.payment, b.payment);
  EXPECT_EQ(a.attempt, b.attempt);
  ASSERT_EQ(a.return_order.has_value(), b.return_order.has_value());
  if (a.return_order) expect_same(*a.return_order, *b.return_order);
  EXPECT_EQ(a.received_at, b.received_at);
  EXPECT_EQ(a.version, b.version);
}

TEST_P(StoreContract, APaymentComesBackWholeAndSoDoesItsNextVersion) {
  Payment paid = sample::payment(1);
  paid.clabe = sample::clabe(1);
  paid.attempts = {sample::attempt(1)};
  ASSERT_EQ(commit_with(1, [&](Changes& it) { create(it, {paid}); }), CommitStatus::kCommitted);
  LoadKeys keys;
  keys.payments = {paid.id, id<PaymentId>(99)};
  Loaded loaded = load_and_leave(keys);
  ASSERT_THAT(loaded.payments, SizeIs(1));
  expect_same(loaded.payments[0], paid);

  paid.state = PaymentState::kPartiallyRefunded;
  paid.paid_at = kNoon + std::chrono::microseconds(1);
  paid.refunded = Money{500};
  paid.version = 3;
  paid.attempts[0].state = AttemptState::kSucceeded;
  paid.attempts[0].authorization = "998877";
  paid.attempts[0].redirect_url = "";
  paid.attempts[0].pay_to = TransferAccount{sample::clabe(7), "STP", kNoon};
  paid.attempts[0].paid_from = BankAccount{"012180000000000015", "ANA LORO \"FICTICIO\"", ""};
  Attempt second = sample::attempt(2);
  second.ordinal = 2;
  paid.attempts.push_back(second);
  paid.refunds = {sample::refund(1, Money{500}), sample::refund(2, Money{200})};
  paid.refunds[0].state = RefundState::kSettled;
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.payments = {paid}; }), CommitStatus::kCommitted);
  expect_same(*reader().payment(paid.id), paid);
  expect_same(*reader().payment_by_clabe(paid.clabe), paid);
  expect_same(*reader().payment_by_attempt("openpay", second.reference), paid);
  expect_same(*reader().payment_by_refund("openpay", paid.refunds[1].reference), paid);
}

TEST_P(StoreContract, ADepositComesBackWholeAndSoDoesItsReturn) {
  Deposit held = sample::deposit(1);
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.deposits = {held}; }), CommitStatus::kCommitted);
  LoadKeys keys;
  keys.deposits = {held.id};
  keys.deposit_keys = {held.key};
  Loaded loaded = load_and_leave(keys);
  ASSERT_THAT(loaded.deposits, SizeIs(1)) << "named twice, given once";
  expect_same(loaded.deposits[0], held);

  held.state = DepositState::kReturning;
  held.payment = id<PaymentId>(5);
  held.return_order = sample::refund(9, held.amount);
  held.version = 2;
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.deposits = {held}; }), CommitStatus::kCommitted);
  expect_same(*reader().deposit(held.id), held);
  expect_same(*reader().deposit_by_return("openpay", held.return_order->reference), held);
}

TEST_P(StoreContract, ADepositOfAChargeComesBackWholeAndLosesWhatADisputeTook) {
  Deposit held = sample::deposit(1);
  held.key.sending_bank = "";
  held.clabe = "";
  held.payment = id<PaymentId>(5);
  held.attempt = id<AttemptId>(1);
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.deposits = {held}; }), CommitStatus::kCommitted);
  expect_same(*reader().deposit(held.id), held);
  held.state = DepositState::kDisputed;
  held.version = 2;
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.deposits = {held}; }), CommitStatus::kCommitted);
  EXPECT_FALSE(reader().stats()->oldest_held) << "the gateway's, not ours to decide";
  held.state = DepositState::kHeld;
  held.amount -= Money{1};
  held.version = 3;
  ASSERT_EQ(commit_with(3, [&](Changes& it) { it.deposits = {held}; }), CommitStatus::kCommitted);
  expect_same(*reader().deposit(held.id), held);
  EXPECT_EQ(reader().stats()->oldest_held, held.received_at);
}

TEST_P(StoreContract, BeginLoadsByEveryKind) {
  Payment paid = sample::payment(1);
  paid.clabe = sample::clabe(1);
  const StoredAnswer answer{
      {"portal-norte", "k-1"}, sha256("body"), 201, std::string("{\"id\":\"\0\xff\"}", 10),
      id<CommandId>(1),        kNoon};
  RunRows run;
  run.run.id = id<RunId>(1);
  run.run.date = *parse_date("2026-03-02");
  run.claims = {{{"bank:treasury", "line-1"}, id<EntryId>(7), 1, run.run.id, "reference"}};
  ASSERT_EQ(commit_with(1,
                        [&](Changes& it) {
                          create(it, {paid});
                          it.answers = {answer};
                          it.counters = {{"folio:SRE", 4}};
                          it.runs = {run};
                        }),
            CommitStatus::kCommitted);

  LoadKeys keys;
  keys.clabes = {paid.clabe, sample::clabe(2)};
  keys.payments = {paid.id};
  keys.quotes = {paid.quote, id<QuoteId>(50)};
  keys.answers = {answer.key, {"portal-sur", "k-1"}};
  keys.counters = {"folio:SRE", "folio:INM"};
  keys.claims = {{"bank:treasury", "line-1"}, {"bank:treasury", "line-2"}};
  Loaded loaded = load_and_leave(keys);
  ASSERT_THAT(loaded.payments, SizeIs(1)) << "named twice, given once";
  EXPECT_THAT(loaded.used_quotes, ElementsAre(std::pair(paid.quote, paid.id)));
  ASSERT_THAT(loaded.answers, SizeIs(1));
  EXPECT_EQ(loaded.answers[0].key, answer.key);
  EXPECT_EQ(loaded.answers[0].request, answer.request);
  EXPECT_EQ(loaded.answers[0].status, 201);
  EXPECT_EQ(loaded.answers[0].body, answer.body) << "byte for byte";
  EXPECT_EQ(loaded.answers[0].command, answer.command);
  EXPECT_THAT(loaded.counters, ElementsAre(std::pair("folio:INM", 0), std::pair("folio:SRE", 4)));
  ASSERT_THAT(loaded.claims, SizeIs(1));
  EXPECT_EQ(loaded.claims[0].entry, id<EntryId>(7));
  EXPECT_EQ(loaded.claims[0].posting, 1);

  begin();
  EXPECT_THAT(lane_->load(keys)->payments, SizeIs(1)) << "more within the same transaction";
  lane_->rollback();
}

TEST_P(StoreContract, ARolledBackBatchLeavesNothing) {
  begin();
  lane_->rollback();
  EXPECT_FALSE(*lane_->was_committed(id<CommandId>(1)));
  sample::Batch batch(1);
  create(batch.changes, {sample::payment(1)});
  ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  EXPECT_TRUE(*lane_->was_committed(id<CommandId>(1)));
  EXPECT_FALSE(*lane_->was_committed(id<CommandId>(2)));
}

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

TEST_P(StoreContract, ARerunLeavesClaimsAndStatementsAsTheyAre) {
  RunRows run;
  run.run.id = id<RunId>(1);
  run.run.date = *parse_date("2026-03-02");
  run.claims = {{{"bank:treasury", "line-1"}, id<EntryId>(1), 0, run.run.id, "reference"}};
  StatementRow statement;
  statement.id = id<StatementId>(1);
  statement.source = "bank:treasury";
  statement.statement_id = "S1";
  statement.date = run.run.date;
  statement.bytes = std::string("camt\0\xff", 6);
  statement.file_hash = sha256(statement.bytes);
  run.statements = {statement};
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.runs = {run}; }), CommitStatus::kCommitted);
  RunRows again = run;
  again.run.id = id<RunId>(2);
  again.claims[0].run = again.run.id;
  again.statements[0].id = id<StatementId>(2);
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.runs = {again}; }), CommitStatus::kCommitted);
  const auto claims = reader().claims("bank:treasury");
  ASSERT_THAT(*claims, SizeIs(1));
  EXPECT_EQ((*claims)[0].run, run.run.id);
  const auto kept = reader().statement("bank:treasury", "", "S1", 0);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  EXPECT_EQ((*kept)->id, statement.id);
  EXPECT_EQ((*kept)->bytes, statement.bytes);
}

TEST_P(StoreContract, ARunOfSeveralPartsIsThereWithItsLastOne) {
  const auto broken = [](std::uint64_t number) {
    BreakRow row;
    row.id = id<BreakId>(number);
    row.run = id<RunId>(1);
    row.kind = "amount";
    row.date = *parse_date("2026-03-02");
    row.reference = "R" + std::to_string(number);
    return row;
  };
  RunRows part;
  part.run.id = id<RunId>(1);
  part.run.date = *parse_date("2026-03-02");
  part.claims = {{{"bank:treasury", "line-1"}, id<EntryId>(1), 0, part.run.id, "reference"}};
  part.breaks = {broken(2), broken(1)};
  part.final = false;
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.runs = {part}; }), CommitStatus::kCommitted);
  EXPECT_THAT(reader().runs({10, ""})->rows, IsEmpty());
  EXPECT_EQ(reader().run(part.run.id).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(*reader().claims("bank:treasury"), SizeIs(1));

  RunRows last;
  last.run = part.run;
  last.run.report_csv = "all of it";
  last.breaks = {broken(3)};
  last.breaks_before = 2;
  ASSERT_EQ(commit_with(2, [&](Changes& it) { it.runs = {last}; }), CommitStatus::kCommitted);
  EXPECT_EQ(reader().run(part.run.id)->report_csv, "all of it");
  const auto breaks = reader().breaks(part.run.id);
  ASSERT_THAT(*breaks, SizeIs(3));
  EXPECT_EQ((*breaks)[0].reference, "R2");
  EXPECT_EQ((*breaks)[1].reference, "R1");
  EXPECT_EQ((*breaks)[2].reference, "R3");
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

TEST_P(StoreContract, JobsAreFoundWhenDueAndForgetTheirPayloadWhenDone) {
  std::vector<Job> jobs;
  for (std::uint64_t number = 1; number <= 3; ++number) {
    Job job;
    job.id = id<JobId>(number);
    job.kind = JobKind::kQueryRefund;
    job.gateway = "openpay";
    job.subject = "pay";
    job.target = "att";
    job.payload = R"({"token":"tok_ficticio"})";
    job.due_at = kNoon - std::chrono::seconds(number);
    jobs.push_back(job);
  }
  jobs[0].due_at = kNoon + std::chrono::seconds(1);
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.new_jobs = jobs; }), CommitStatus::kCommitted);
  auto due = reader().jobs_due(kNoon, 10);
  ASSERT_THAT(*due, SizeIs(2));
  EXPECT_EQ((*due)[0].id, jobs[2].id) << "the longest waiting first";
  EXPECT_EQ((*due)[0].kind, JobKind::kQueryRefund);
  EXPECT_EQ((*due)[0].payload, jobs[2].payload);
  EXPECT_THAT(*reader().jobs_due(kNoon, 1), SizeIs(1));

  jobs[2].state = JobState::kDone;
  jobs[1].state = JobState::kDue;
  jobs[1].tries = 1;
  jobs[1].last_error = "timeout";
  jobs[1].due_at = kNoon + std::chrono::seconds(5);
  ASSERT_EQ(commit_with(2,
                        [&](Changes& it) {
                          it.updated_jobs = {jobs[1], jobs[2]};
                        }),
            CommitStatus::kCommitted);
  EXPECT_THAT(*reader().jobs_due(kNoon, 10), IsEmpty());
  due = reader().jobs_due(kNoon + std::chrono::seconds(5), 10);
  ASSERT_THAT(*due, SizeIs(2));
  EXPECT_EQ((*due)[1].tries, 1);
  EXPECT_EQ((*due)[1].last_error, "timeout");
  EXPECT_EQ(place_->run_sql("CREATE TABLE probe AS SELECT 1 AS one FROM jobs "
                            "WHERE state = 'done' AND payload <> ''"),
            "");
  const auto stats = reader().stats();
  EXPECT_EQ(stats->jobs_due, 2);
  EXPECT_EQ(stats->oldest_job, kNoon + std::chrono::seconds(1));
}

TEST_P(StoreContract, JobsOfSomeGatewaysAreLeftOut) {
  std::vector<Job> jobs;
  for (const std::string gateway : {"openpay", "openpay-b", "stp"}) {
    Job job;
    job.id = id<JobId>(jobs.size() + 1);
    job.gateway = gateway;
    job.subject = "pay";
    job.target = "att" + gateway;
    job.due_at = kNoon;
    jobs.push_back(job);
  }
  ASSERT_EQ(commit_with(1, [&](Changes& it) { it.new_jobs = jobs; }), CommitStatus::kCommitted);
  struct Row {
    std::vector<std::string> without;
    std::vector<std::string> left;
  };
  const Row rows[] = {
      {{}, {"openpay", "openpay-b", "stp"}},
      {{"openpay"}, {"openpay-b", "stp"}},
      {{"openpay-b", "stp"}, {"openpay"}},
      {{"open", "b", "other"}, {"openpay", "openpay-b", "stp"}},
      {{"openpay", "openpay-b", "stp"}, {}},
  };
  for (const Row& row : rows) {
    std::vector<std::string> found;
    for (const Job& job : *reader().jobs_due(kNoon, 10, row.without))
      found.push_back(job.gateway);
    EXPECT_EQ(found, row.left);
  }
  EXPECT_THAT(*reader().jobs_due(kNoon, 1, {"openpay"}), SizeIs(1));
}

TEST_P(StoreContract, TextsAndBytesComeBackAsTheyWere) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte)
    every_byte += static_cast<char>(byte);
  const std::vector<std::string> odd{
      "",      "NULL", "null",    "{}",     "{a,b}",      "a,b",   "\"quoted\"",
      "it's",  "\\",   "\\\\x41", "\\n",    "line\nline", "tab\t", "$1 :id {ROWS}",
      "'; --", " ñ ",  "日本",    "\u007f", "\x01",       "(1,2)", "\U0001F4B0"};
  std::uint64_t number = 0;
  sample::Batch batch(1);
  for (const std::string& text : odd) {
    Payment payment = sample::payment(++number);
    payment.payer.name = payment.quote_json = text;
    create(batch.changes, {payment});
    batch.changes.answers.push_back(
        {{"o", text}, sha256(text), 200, every_byte + text, id<CommandId>(1), kNoon});
  }
  ASSERT_EQ(commit(batch), CommitStatus::kCommitted);
  LoadKeys keys;
  for (const std::string& text : odd)
    keys.answers.push_back({"o", text});
  const Loaded loaded = load_and_leave(keys);
  EXPECT_EQ(loaded.answers.size(), odd.size());
  for (const StoredAnswer& answer : loaded.answers) {
    EXPECT_EQ(answer.body, every_byte + answer.key.key);
    EXPECT_EQ(answer.request, sha256(answer.key.key));
  }
  for (std::uint64_t at = 1; at <= odd.size(); ++at) {
    const auto payment = reader().payment(id<PaymentId>(at));
    ASSERT_TRUE(payment.ok()) << odd[at - 1];
    EXPECT_EQ(payment->payer.name, odd[at - 1]);
    EXPECT_EQ(payment->quote_json, odd[at - 1]);
  }
}

TEST_P(StoreContract, ReadersSeeOnlyWhatIsCommitted) {
  const Payment paid = sample::payment(1);
  begin();
  EXPECT_EQ(reader().payment(paid.id).error().code, ErrorCode::kNotFound);
  sample::Batch batch(1);
  create(batch.changes, {paid});
  ASSERT_EQ(lane_->commit(batch.changes), CommitStatus::kCommitted);
  EXPECT_TRUE(reader().payment(paid.id).ok());
}

TEST_P(StoreContract, ManyThreadsReadWhileTheLaneWrites) {
  std::atomic<bool> stop = false;
  std::atomic<int> torn = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&] {
      while (!stop) {
        Money sum;
        const auto balances = reader().balances();
        if (!balances.ok()) {
          ++torn;
          continue;
        }
        for (const Balance& balance : *balances)
          sum += balance.debits - balance.credits;
        if (sum != Money{}) ++torn;
      }
    });
  }
  for (std::uint64_t number = 1; number <= 50; ++number) {
    sample::Batch batch(number);
    batch.capture(number, sample::payment(number));
    EXPECT_EQ(commit(batch), CommitStatus::kCommitted);
  }
  stop = true;
  for (std::thread& thread : threads)
    thread.join();
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace erario::contract
