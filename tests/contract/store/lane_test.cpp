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
