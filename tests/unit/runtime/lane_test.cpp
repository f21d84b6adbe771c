#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <numeric>

#include "engine/base/clabe.hpp"
#include "tests/unit/runtime/support.hpp"

namespace erario::test {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr Money kFee = Money::from_pesos(900);

std::int64_t count(const World& world, const std::string& query) {
  SQLite::Database database(world.path(), SQLite::OPEN_READWRITE);
  return database.execAndGet(query).getInt64();
}

std::vector<std::int64_t> one_to(std::size_t last) {
  std::vector<std::int64_t> numbers(last);
  std::iota(numbers.begin(), numbers.end(), 1);
  return numbers;
}

// ---- Batches ----

TEST(GroupCommit, what_queued_during_a_commit_is_one_transaction) {
  World world;
  world.hold();
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 40; ++i)
    replies.push_back(world.send(world.command(PaymentCommand{world.spei({{"a", kFee}})})));
  world.release();
  for (auto& reply : replies)
    EXPECT_TRUE(reply.get().outcome.ok());
  world.end_lane();
  EXPECT_THAT(world.metrics.observed("erario_lane_batch_size"), ElementsAre(1, 40));
  EXPECT_EQ(world.metrics.counted("erario_lane_batches_total committed"), 1);
  EXPECT_EQ(count(world, "SELECT count(*) FROM batches"), 1);
}

TEST(GroupCommit, no_batch_is_larger_than_the_limit) {
  World world(LaneLimits{.batch_max = 16});
  world.hold();
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 40; ++i)
    replies.push_back(world.send(world.command(PaymentCommand{world.spei({{"a", kFee}})})));
  world.release();
  for (auto& reply : replies)
    EXPECT_TRUE(reply.get().outcome.ok());
  world.end_lane();
  EXPECT_THAT(world.metrics.observed("erario_lane_batch_size"), ElementsAre(1, 16, 16, 8));
}

TEST(GroupCommit, a_batch_of_rejections_alone_writes_nothing) {
  World world;
  const Reply reply = world.ask(PaymentCommand{CancelPayment{world.id<PaymentId>(), "unknown"}});
  EXPECT_EQ(code_of(reply), ErrorCode::kNotFound);
  EXPECT_EQ(count(world, "SELECT count(*) FROM batches"), 0);
}

TEST(GroupCommit, commands_of_one_batch_see_what_those_before_them_decided) {
  World world;
  const CreatePayment create = world.spei({{"a", kFee}});
  CreatePayment second = world.spei({{"a", kFee}});
  second.quote = create.quote;
  world.hold();
  auto first = world.send(world.command(PaymentCommand{create}));
  auto same_quote = world.send(world.command(PaymentCommand{second}));
  auto cancel = world.send(world.command(PaymentCommand{CancelPayment{create.id, "no"}}));
  auto again = world.send(world.command(PaymentCommand{CancelPayment{create.id, "no"}}));
  world.release();
  EXPECT_TRUE(first.get().outcome.ok());
  EXPECT_EQ(code_of(same_quote.get()), ErrorCode::kQuoteUsed);
  EXPECT_TRUE(cancel.get().outcome.ok());
  EXPECT_EQ(again.get().outcome->events.size(), 0U);
  EXPECT_EQ(world.reader().payment(create.id)->state, PaymentState::kCancelled);
  EXPECT_EQ(world.reader().payment(create.id)->version, 2);
}

TEST(Queue, full_refuses_at_once_and_completes_what_it_took) {
  World world(LaneLimits{.queue_max = 4});
  world.hold();
  std::vector<std::future<Reply>> taken;
  for (int i = 0; i < 4; ++i)
    taken.push_back(world.send(world.command(PaymentCommand{world.spei({{"a", kFee}})})));
  auto refused = world.send(world.command(PaymentCommand{world.spei({{"a", kFee}})}));
  ASSERT_EQ(refused.wait_for(std::chrono::seconds(0)), std::future_status::ready);
  EXPECT_EQ(code_of(refused.get()), ErrorCode::kQueueFull);
  world.release();
  for (auto& reply : taken)
    EXPECT_TRUE(reply.get().outcome.ok());
}

// ---- Idempotency ----

TEST(Idempotency, a_repetition_gets_the_first_answer_byte_for_byte) {
  World world;
  const CreatePayment create = world.spei({{"a", kFee}});
  const Reply first = world.ask(world.keyed(PaymentCommand{create}, "key-1", "body"));
  ASSERT_TRUE(first.answer.has_value());
  EXPECT_FALSE(first.replayed);
  const auto expect_replayed = [&](const Reply& again) {
    EXPECT_TRUE(again.replayed);
    ASSERT_TRUE(again.answer.has_value());
    EXPECT_EQ(again.answer->body, first.answer->body);
    EXPECT_EQ(again.answer->status, first.answer->status);
  };
  expect_replayed(world.ask(world.keyed(PaymentCommand{create}, "key-1", "body")));
  // Handlers make new ids for every request: the key alone decides.
  expect_replayed(
      world.ask(world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "body")));
  world.close();
  world.open();
  expect_replayed(world.ask(world.keyed(PaymentCommand{create}, "key-1", "body")));
  EXPECT_EQ(count(world, "SELECT count(*) FROM payments"), 1);
}

TEST(Idempotency, two_copies_in_one_batch_are_one_payment_and_one_answer) {
  World world;
  world.hold();
  auto first = world.send(world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "body"));
  auto second = world.send(world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "body"));
  world.release();
  const Reply made = first.get();
  const Reply replayed = second.get();
  EXPECT_FALSE(made.replayed);
  EXPECT_TRUE(replayed.replayed);
  EXPECT_EQ(made.answer->body, replayed.answer->body);
  EXPECT_EQ(count(world, "SELECT count(*) FROM payments"), 1);
}

TEST(Idempotency, the_same_key_with_another_request_is_refused_and_changes_nothing) {
  World world;
  world.ask(world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "body"));
  const Reply other =
      world.ask(world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "other body"));
  EXPECT_EQ(code_of(other), ErrorCode::kIdempotencyKeyReused);
  EXPECT_EQ(count(world, "SELECT count(*) FROM payments"), 1);
}

TEST(Idempotency, another_owner_may_use_the_same_key) {
  World world;
  world.ask(world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "body"));
  Command other = world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "body");
  other.idempotency->key.owner = "another portal";
  EXPECT_FALSE(world.ask(std::move(other)).replayed);
  EXPECT_EQ(count(world, "SELECT count(*) FROM payments"), 2);
}

TEST(Idempotency, a_rejected_command_does_not_burn_its_key) {
  World world;
  CreatePayment expired = world.spei({{"a", kFee}});
  expired.quote.expires_at = kStart;
  EXPECT_EQ(code_of(world.ask(world.keyed(PaymentCommand{expired}, "key-1", "body"))),
            ErrorCode::kQuoteExpired);
  const Reply second =
      world.ask(world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "another body"));
  EXPECT_TRUE(second.outcome.ok());
  EXPECT_FALSE(second.replayed);
}

// ---- Numbers ----

TEST(Clabes, are_valid_unique_and_not_consumed_by_rejections) {
  World world;
  std::vector<std::string> clabes;
  for (int i = 0; i < 12; ++i) {
    CreatePayment create = world.spei({{"a", kFee}});
    if (i % 3 == 2) create.quote.expires_at = kStart;
    const Reply reply = world.ask(PaymentCommand{create});
    if (reply.outcome.ok()) clabes.push_back(reply.outcome->payment->clabe);
  }
  ASSERT_EQ(clabes.size(), 8U);
  for (std::size_t i = 0; i < clabes.size(); ++i) {
    EXPECT_TRUE(check_clabe(clabes[i], built_in_banks()).ok()) << clabes[i];
    EXPECT_EQ(clabes[i].substr(0, 17), "6461801234000000" + std::to_string(i + 1));
  }
}

TEST(Clabes, that_run_out_refuse_new_transfers_and_nothing_else) {
  World world;
  const std::string nearly_full(16, '1');
  for (int i = 0; i < 9; ++i)
    EXPECT_TRUE(world.ask(PaymentCommand{world.spei({{"a", kFee}}, nearly_full)}).outcome.ok());
  EXPECT_EQ(code_of(world.ask(PaymentCommand{world.spei({{"a", kFee}}, nearly_full)})),
            ErrorCode::kStoreUnavailable);
  EXPECT_TRUE(world.ask(PaymentCommand{world.spei({{"a", kFee}})}).outcome.ok());
  EXPECT_TRUE(world.ask(PaymentCommand{world.card({{"a", kFee}})}).outcome.ok());
  EXPECT_EQ(count(world, "SELECT last_number FROM counters WHERE name LIKE 'clabe:1111%'"), 9);
}

TEST(Receipts, a_basket_gives_one_receipt_an_agency) {
  World world;
  const Payment payment =
      world.paid({{"a", Money{10'000}}, {"b", Money{5'000}}, {"a", Money{2'500}}});
  auto receipts = *world.reader().receipts_of(payment.id);
  ASSERT_EQ(receipts.size(), 2U);
  std::sort(receipts.begin(), receipts.end(), [](const auto& one, const auto& other) {
    return one.receipt.series < other.receipt.series;
  });
  EXPECT_EQ(receipts[0].receipt.series, "S-a");
  EXPECT_EQ(receipts[0].receipt.total, Money{12'500});
  EXPECT_EQ(receipts[0].receipt.services.size(), 2U);
  EXPECT_EQ(receipts[1].receipt.series, "S-b");
  EXPECT_EQ(receipts[1].receipt.total, Money{5'000});
  EXPECT_EQ(receipts[0].receipt.authorization, "R1");
  EXPECT_EQ(world.balance("liabilities:collected:a:a.derecho"), Money{-12'500});
}

TEST(Receipts, a_payment_created_and_paid_in_one_batch_continues_its_series) {
  World world;
  const Payment before = world.paid({{"a", kFee}});
  std::string next_clabe = before.clabe.substr(0, 16) + "2";
  next_clabe += clabe_check_digit(next_clabe);
  const CreatePayment create = world.spei({{"a", kFee}});
  world.hold();
  auto created = world.send(world.command(PaymentCommand{create}));
  auto paid =
      world.send(world.command(DepositCommand{RecordDeposit{world.deposit(next_clabe, kFee)}}));
  world.release();
  EXPECT_EQ(created.get().outcome->payment->clabe, next_clabe);
  EXPECT_EQ(paid.get().outcome->payment->state, PaymentState::kPaid);
  EXPECT_EQ(world.folios("a"), one_to(2));
  EXPECT_THAT(world.metrics.observed("erario_lane_batch_size"), ElementsAre(1, 1, 1, 2));
}

TEST(Receipts, stay_as_they_are_when_a_dispute_of_money_in_suspense_is_lost) {
  World world;
  CreatePayment create = world.card({{"a", kFee}});
  const AttemptId first = create.charge->attempt;
  const Payment payment = world.created(std::move(create));
  GatewayResult said;
  const auto tell = [&](AttemptId attempt, Outcome outcome, Money amount) {
    said.outcome = outcome;
    said.amount = amount;
    EXPECT_TRUE(world.ask(PaymentCommand{RecordCharge{payment.id, attempt, said}}).outcome.ok());
  };
  // The first charge took too little and waits; the second paid, and a part of it was given back.
  tell(first, Outcome::kApproved, kFee - Money{1});
  const AttemptId second = world.id<AttemptId>();
  const CardCharge again{second, "cards", "EA2", "tok_2", "", false};
  ASSERT_TRUE(world.ask(PaymentCommand{StartAttempt{payment.id, again}}).outcome.ok());
  tell(second, Outcome::kApproved, kFee);
  const RequestRefund refund = world.refund(payment.id, Money{100});
  ASSERT_TRUE(world.ask(PaymentCommand{refund}).outcome.ok());
  RecordDispute lost{world.id<DisputeId>(), payment.id, first, {}};
  lost.news.stage = DisputeStage::kLost;
  lost.news.amount = kFee - Money{1};
  ASSERT_TRUE(world.ask(DisputeCommand{lost}).outcome.ok());
  const auto receipts = *world.reader().receipts_of(payment.id);
  ASSERT_EQ(receipts.size(), 1U);
  EXPECT_FALSE(receipts.front().receipt.supersedes);
  EXPECT_EQ(world.balance("liabilities:suspense:short"), Money{});
  EXPECT_EQ(world.reader().payment(payment.id)->attempts.front().amount, kFee - Money{1});
}

// However creations, exact and wrong deposits, repetitions and rejections mix, in whatever batches:
// series have no gaps, every paid payment has its receipts, CLABEs are consecutive, the books
// balance.
RC_GTEST_PROP(Numbers, series_have_no_gaps_under_any_mix, ()) {
  World world;
  const std::vector<std::string> agencies{"a", "b", "c"};
  std::vector<Payment> payments;
  std::size_t created = 0;
  const auto rounds =
      *rc::gen::scale(0.12, rc::gen::container<std::vector<std::vector<int>>>(
                                rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 1'000))));
  for (const auto& round : rounds) {
    std::vector<std::future<Reply>> replies;
    world.hold();
    for (const int choice : round) {
      const std::string& agency = agencies[static_cast<std::size_t>(choice) % 3];
      if (choice % 5 < 2 || payments.empty()) {
        CreatePayment create = world.spei({{agency, kFee}, {agencies[0], Money{100}}});
        if (choice % 7 == 0) create.quote.expires_at = kStart;
        replies.push_back(world.send(world.command(PaymentCommand{create})));
      } else {
        const Payment& payment = payments[static_cast<std::size_t>(choice) % payments.size()];
        const Money amount = choice % 11 == 0 ? payment.amount - Money{1} : payment.amount;
        const std::string key = choice % 13 == 0 ? "SAME" : "";
        replies.push_back(world.send(world.command(
            DepositCommand{RecordDeposit{world.deposit(payment.clabe, amount, key)}})));
      }
    }
    world.release();
    for (auto& future : replies) {
      Reply reply = future.get();
      if (!reply.outcome.ok() || reply.outcome->deposit) continue;
      created += 1;
      payments.push_back(*reply.outcome->payment);
      RC_ASSERT(payments.back().clabe.substr(10, 7) ==
                std::string(7 - std::to_string(created).size(), '0') + std::to_string(created));
    }
  }
  std::map<std::string, std::size_t> expected;
  for (const Payment& payment : payments) {
    const Payment now = *world.reader().payment(payment.id);
    const auto receipts = *world.reader().receipts_of(payment.id);
    if (now.state != PaymentState::kPaid) {
      RC_ASSERT(receipts.empty());
      continue;
    }
    Money sum;
    for (const SealedReceipt& sealed : receipts) {
      expected[sealed.receipt.agency] += 1;
      sum += sealed.receipt.total;
    }
    RC_ASSERT(sum == now.amount);
  }
  for (const std::string& agency : agencies)
    RC_ASSERT(world.folios(agency) == one_to(expected[agency]));
  RC_ASSERT(world.sum_of_balances() == Money{});
}

// ---- Deposits ----

TEST(Deposits, the_same_news_twice_is_once_in_one_batch_and_later) {
  World world;
  const Payment payment = world.created(world.spei({{"a", kFee}}));
  const auto news = [&] {
    return world.command(
        DepositCommand{RecordDeposit{world.deposit(payment.clabe, kFee, "RASTREO")}});
  };
  world.hold();
  auto first = world.send(news());
  auto second = world.send(news());
  world.release();
  const Reply recorded = first.get();
  const Reply repeated = second.get();
  EXPECT_FALSE(recorded.outcome->duplicate);
  EXPECT_TRUE(repeated.outcome->duplicate);
  EXPECT_EQ(repeated.outcome->deposit->id, recorded.outcome->deposit->id);
  EXPECT_TRUE(world.ask(news()).outcome->duplicate);
  EXPECT_EQ(world.balance("assets:clearing:spei"), kFee);
  EXPECT_EQ(count(world, "SELECT count(*) FROM deposits"), 1);
  EXPECT_EQ(world.folios("a"), one_to(1));
}

TEST(Deposits, of_two_banks_sharing_a_tracking_key_are_both_credited) {
  World world;
  const Payment first = world.created(world.spei({{"a", kFee}}));
  const Payment second = world.created(world.spei({{"a", kFee}}));
  world.ask_deposit(world.deposit(first.clabe, kFee, "RASTREO"));
  Deposit other_bank = world.deposit(second.clabe, kFee, "RASTREO");
  other_bank.key.sending_bank = "40072";
  EXPECT_EQ(world.ask_deposit(other_bank).outcome->payment->state, PaymentState::kPaid);
  EXPECT_EQ(world.balance("assets:clearing:spei"), kFee + kFee);
}

TEST(Deposits, that_cannot_pay_are_held_with_their_reason_and_on_the_books) {
  struct Row {
    std::string account;
    Money amount;
    std::chrono::minutes after;
    bool paid_before;
    bool known_clabe;
  };
  const Row rows[] = {
      {"liabilities:suspense:short", kFee - Money{1}, std::chrono::minutes(0), false, true},
      {"liabilities:suspense:over", kFee + Money{1}, std::chrono::minutes(0), false, true},
      {"liabilities:suspense:late", kFee, std::chrono::minutes(30), false, true},
      {"liabilities:suspense:duplicate", kFee, std::chrono::minutes(0), true, true},
      {"liabilities:suspense:unidentified", kFee, std::chrono::minutes(0), false, false},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.account);
    World world;
    const Payment payment = world.created(world.spei({{"a", kFee}}));
    if (row.paid_before) world.ask_deposit(world.deposit(payment.clabe, kFee));
    world.clock.advance(row.after);
    const std::string clabe = row.known_clabe ? payment.clabe : "646180999900000010";
    const Reply reply = world.ask_deposit(world.deposit(clabe, row.amount));
    EXPECT_EQ(reply.outcome->deposit->state, DepositState::kHeld);
    EXPECT_FALSE(reply.outcome->payment.has_value());
    EXPECT_EQ(world.balance(row.account), -row.amount);
    EXPECT_EQ(world.folios("a"), one_to(row.paid_before ? 1 : 0));
    EXPECT_EQ(world.sum_of_balances(), Money{});
  }
}

TEST(Inbound, raw_bytes_and_job_updates_are_kept_even_when_the_command_is_refused) {
  World world;
  Command command =
      world.command(DepositCommand{RecordDepositReturn{world.id<DepositId>(), {}, false}});
  command.inbound =
      Inbound{world.id<InboundId>(), "spei", "cambio-estado", kStart, sha256("bytes"), "bytes"};
  Job job;
  job.id = world.id<JobId>();
  job.due_at = kStart;
  command.new_jobs.push_back(job);
  EXPECT_EQ(code_of(world.ask(std::move(command))), ErrorCode::kNotFound);
  EXPECT_EQ(count(world, "SELECT count(*) FROM inbound WHERE body = CAST('bytes' AS BLOB)"), 1);
  EXPECT_EQ(world.reader().jobs_due(kStart, 10)->size(), 1U);
}

// ---- Refunds ----

TEST(Refunds, sixty_four_at_once_never_exceed_what_was_paid) {
  World world;
  const Payment payment = world.paid({{"a", Money{10'000}}});
  Money given;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::thread> people;
    std::mutex mutex;
    std::vector<Refund> accepted;
    for (int person = 0; person < 64; ++person) {
      people.emplace_back([&] {
        const Reply reply = world.ask(PaymentCommand{world.refund(payment.id, Money{3'000})});
        const std::lock_guard lock(mutex);
        if (reply.outcome.ok()) accepted.push_back(reply.outcome->payment->refunds.back());
      });
    }
    for (auto& person : people)
      person.join();
    ASSERT_EQ(accepted.size(), given + Money{3'000} <= payment.amount ? 1U : 0U);
    if (accepted.empty()) continue;
    GatewayResult settled;
    settled.outcome = Outcome::kApproved;
    ASSERT_TRUE(world.ask(PaymentCommand{RecordRefund{payment.id, accepted[0].id, settled, false}})
                    .outcome.ok());
    given += accepted[0].amount;
  }
  EXPECT_EQ(world.reader().payment(payment.id)->refunded, Money{9'000});
  EXPECT_EQ(world.balance("liabilities:collected:a:a.derecho"), Money{-1'000});
}

TEST(Jobs, owed_calls_are_durable_with_the_decision_and_wake_the_outbox) {
  World world;
  std::atomic<int> woken{0};
  world.lane().on_new_jobs([&] { woken += 1; });
  const CreatePayment create = world.card({{"a", kFee}});
  world.created(create);
  world.created(world.spei({{"a", kFee}}));
  EXPECT_EQ(woken, 1);
  const auto jobs = *world.reader().jobs_due(kStart, 10);
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].subject, create.id.text());
  EXPECT_EQ(jobs[0].target, create.charge->attempt.text());
}

// ---- A lane without a thread ----

TEST(SteppedLane, decides_in_the_caller_s_thread_and_only_when_stepped) {
  World world;
  world.end_lane();
  auto lane = CommitLane::start(world.dependencies(), {}, LaneThread::kCaller);
  ASSERT_TRUE(lane.ok());
  std::vector<std::thread::id> answered;
  const auto done = [&](Reply reply) {
    EXPECT_TRUE(reply.outcome.ok());
    answered.push_back(std::this_thread::get_id());
  };
  (*lane)->submit(world.command(PaymentCommand{world.spei({{"a", kFee}})}), done);
  (*lane)->submit(world.command(PaymentCommand{world.spei({{"a", kFee}})}), done);
  EXPECT_TRUE(answered.empty());
  EXPECT_TRUE((*lane)->step());
  EXPECT_THAT(answered, ElementsAre(std::this_thread::get_id(), std::this_thread::get_id()));
  EXPECT_FALSE((*lane)->step());
  EXPECT_EQ(count(world, "SELECT count(*) FROM payments"), 2);
  EXPECT_EQ(count(world, "SELECT count(*) FROM batches"), 1);
}

TEST(SteppedLane, leaves_what_is_queued_when_it_ends) {
  World world;
  world.end_lane();
  auto lane = CommitLane::start(world.dependencies(), {}, LaneThread::kCaller);
  ASSERT_TRUE(lane.ok());
  bool answered = false;
  (*lane)->submit(world.command(PaymentCommand{world.spei({{"a", kFee}})}),
                  [&](const Reply&) { answered = true; });
  lane->reset();
  EXPECT_FALSE(answered);
  EXPECT_EQ(count(world, "SELECT count(*) FROM payments"), 0);
}

}  // namespace
}  // namespace erario::test
