#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include "engine/payment/decide.hpp"
#include "engine/payment/event_json.hpp"
#include "tests/unit/runtime/outbox_world.hpp"

namespace erario::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// ---- Charges ----

TEST(Charges, approved_at_once_is_paid_and_owes_nothing_more) {
  OutboxWorld world;
  world.gateway.script = {approved()};
  const Payment payment = world.pay_by_card();
  world.settle();
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_THAT(world.folios("a"), ElementsAre(1));
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
  world.pass(std::chrono::hours(1));
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit"));
}

TEST(Charges, a_crash_before_or_after_the_call_repeats_it_under_the_same_reference) {
  OutboxWorld world;
  world.gateway.script = {approved(), approved()};
  // The call was made, and the process died before its answer was recorded.
  world.script.commit = [](LaneStore& real, const Changes& changes) {
    if (changes.updated_jobs.empty()) return real.commit(changes);
    real.rollback();
    return CommitStatus::kBroken;
  };
  const Payment payment = world.pay_by_card();
  for (int round = 0; round < 200 && world.lane().healthy(); ++round) {
    world.io.restart();
    world.io.run_for(std::chrono::milliseconds(1));
  }
  ASSERT_FALSE(world.lane().healthy());
  // What cannot be recorded is not asked again and again.
  world.clock.advance(std::chrono::seconds(1));
  world.outbox->wake();
  world.io.restart();
  world.io.run_for(std::chrono::milliseconds(20));
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit"));
  world.stop();
  world.script.commit = nullptr;
  world.close();
  world.open();
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kSubmitting);
  world.start();
  world.settle();
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit", "submit"));
  EXPECT_EQ(world.gateway.references[0], world.gateway.references[1]);
  EXPECT_EQ(world.gateway.references[0], world.attempt(payment).reference);
}

TEST(Charges, a_time_out_is_unknown_until_a_query_tells_and_pays_exactly_once) {
  OutboxWorld world;
  world.gateway.script = {timed_out()};
  const Payment payment = world.pay_by_card();
  world.settle();
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kUnknown);
  EXPECT_EQ(world.now(payment).state, PaymentState::kProcessing);
  world.gateway.script = {timed_out(), approved()};
  world.pass(std::chrono::seconds(3));
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kUnknown);
  world.pass(std::chrono::seconds(3));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  world.settle_for_good();
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit", "query", "query"));
  EXPECT_THAT(world.folios("a"), ElementsAre(1));
  EXPECT_EQ(world.balance("assets:clearing:cards"), kFee);
}

TEST(Charges, thrice_not_found_is_declined_and_silence_never_counts_as_not_found) {
  OutboxWorld world;
  world.gateway.script = {timed_out()};
  const Payment payment = world.pay_by_card();
  world.settle();
  world.gateway.script = {timed_out(), timed_out(), not_found(), timed_out(), not_found()};
  while (!world.gateway.script.empty())
    world.pass(std::chrono::minutes(5));
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kUnknown);
  world.gateway.script = {not_found()};
  world.pass(std::chrono::minutes(5));
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kDeclined);
  EXPECT_EQ(world.attempt(payment).decline_reason, "not_received");
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
}

TEST(Charges, what_the_gateway_acknowledged_is_never_taken_for_lost) {
  OutboxWorld world;
  world.gateway.script = {said(Outcome::kPending)};
  const Payment payment = world.pay_by_card();
  world.settle();
  world.gateway.script.assign(8, not_found());
  while (!world.gateway.script.empty())
    world.pass(std::chrono::minutes(20));
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kPending);
  world.gateway.script = {approved()};
  world.pass(std::chrono::minutes(30));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
}

TEST(Charges, what_never_left_this_machine_is_sent_again_under_the_same_reference) {
  OutboxWorld world;
  world.gateway.script = {not_sent(), not_sent(), approved()};
  const Payment payment = world.pay_by_card();
  world.settle();
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kSubmitting);
  world.pass(std::chrono::seconds(10));
  world.pass(std::chrono::seconds(10));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit", "submit", "submit"));
  EXPECT_EQ(world.gateway.references[0], world.gateway.references[2]);
}

TEST(Charges, nobody_is_charged_after_the_payment_expired) {
  OutboxWorld world;
  world.gateway.script = {not_sent()};
  const Payment payment = world.pay_by_card();
  world.settle();
  world.gateway.script.assign(3, not_found());
  world.pass(std::chrono::minutes(31));
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kUnknown);
  for (int i = 0; i < 3; ++i)
    world.pass(std::chrono::minutes(1));
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit", "query", "query", "query"));
  EXPECT_EQ(world.attempt(payment).decline_reason, "not_received");
}

TEST(Charges, a_gateway_that_never_answers_is_left_to_a_person_after_a_day) {
  OutboxWorld world;
  const Payment payment = world.pay_by_card();
  world.settle_for_good();
  const StoreStats stats = *world.reader().stats();
  EXPECT_EQ(stats.jobs_due, 0);
  EXPECT_EQ(stats.jobs_dead, 1);
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kUnknown);
  EXPECT_EQ(world.now(payment).state, PaymentState::kProcessing);
  EXPECT_EQ(world.gateway.calls.size(), 1U + static_cast<std::size_t>(kOutboxTriesMax));
  EXPECT_GT(world.clock.now() - kStart, std::chrono::hours(23));
}

TEST(Charges, one_poll_stays_alive_however_often_the_gateway_changes_its_mind) {
  OutboxWorld world;
  world.gateway.script = {timed_out()};
  const Payment payment = world.pay_by_card();
  world.settle();
  world.gateway.script = {said(Outcome::kPending), said(Outcome::kNeedsAction),
                          said(Outcome::kPending), said(Outcome::kNeedsAction)};
  while (!world.gateway.script.empty()) {
    world.pass(std::chrono::minutes(5));
    EXPECT_EQ(world.reader().stats()->jobs_due, 1);
  }
  world.gateway.script = {approved()};
  world.pass(std::chrono::minutes(5));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
}

TEST(Charges, approval_without_an_amount_is_asked_about_until_the_amount_is_told) {
  OutboxWorld world;
  world.gateway.script = {said(Outcome::kApproved), said(Outcome::kApproved), approved()};
  const Payment payment = world.pay_by_card();
  world.settle();
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kUnknown);
  world.pass(std::chrono::minutes(1));
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kUnknown);
  world.pass(std::chrono::minutes(1));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
}

Command ask_once(World& world, const Payment& payment) {
  Command command = world.command(KeepInbound{});
  Job job;
  job.id = world.id<JobId>();
  job.kind = JobKind::kQueryCharge;
  job.gateway = "cards";
  job.subject = payment.id.text();
  job.target = payment.attempts.at(0).id.text();
  job.payload = kAskOnce;
  job.due_at = world.clock.now();
  command.new_jobs.push_back(std::move(job));
  return command;
}

Command claim(World& world, const Deposit& deposit) {
  Command command = world.command(KeepInbound{});
  Job job;
  job.id = world.id<JobId>();
  job.kind = JobKind::kConfirmDeposit;
  job.gateway = "spei";
  job.subject = deposit.id.text();
  job.target = deposit.key.tracking_key;
  job.payload = canonical_json(deposit);
  job.due_at = world.clock.now();
  command.new_jobs.push_back(std::move(job));
  return command;
}

TEST(ClaimedDeposits, count_once_the_gateways_books_show_them) {
  OutboxWorld world;
  const Payment payment = world.created(world.spei({{"a", kFee}}));
  world.gateway.script = {not_found(), timed_out(), said(Outcome::kPending), approved()};
  world.ask(claim(world, world.deposit(payment.clabe, kFee, "CLAVE1")));
  world.settle();
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
  world.pass(std::chrono::minutes(5));
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
  world.settle_for_good();
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_THAT(world.gateway.references, ElementsAre("CLAVE1", "CLAVE1", "CLAVE1", "CLAVE1"));
}

TEST(ClaimedDeposits, that_arrived_in_time_are_not_late_for_our_asking) {
  OutboxWorld world;
  const Payment payment = world.created(world.spei({{"a", kFee}}));
  world.gateway.script = {timed_out(), approved()};
  Deposit deposit = world.deposit(payment.clabe, kFee, "CLAVE1");
  deposit.received_at = payment.expires_at - std::chrono::seconds(1);
  world.clock.advance(std::chrono::duration_cast<std::chrono::microseconds>(deposit.received_at -
                                                                            world.clock.now()));
  world.ask(claim(world, deposit));
  world.settle();
  world.pass(std::chrono::minutes(1));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
}

TEST(ClaimedDeposits, that_the_gateway_denies_or_never_heard_of_are_left_to_a_person) {
  for (const GatewayResult& answer : {said(Outcome::kDeclined), not_found()}) {
    OutboxWorld world;
    const Payment payment = world.created(world.spei({{"a", kFee}}));
    world.gateway.script = std::deque<GatewayResult>(kOutboxTriesMax, answer);
    world.ask(claim(world, world.deposit(payment.clabe, kFee, "CLAVE1")));
    world.settle_for_good();
    EXPECT_EQ(world.reader().stats()->jobs_dead, 1) << answer.reason;
    EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
    EXPECT_TRUE(world.reader().deposits({}, Page{})->rows.empty());
  }
}

TEST(Webhooks, make_one_query_each_and_a_forged_one_changes_nothing) {
  OutboxWorld world;
  world.gateway.script = {not_sent()};
  const Payment payment = world.pay_by_card();
  world.settle();
  for (int i = 0; i < 5; ++i) {
    world.gateway.script = {not_found()};
    world.ask(ask_once(world, payment));
    world.settle();
  }
  EXPECT_EQ(world.attempt(payment).state, AttemptState::kSubmitting);
  EXPECT_EQ(world.reader().stats()->jobs_due, 1);
  world.gateway.script = {approved()};
  world.pass(std::chrono::seconds(10));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
}

TEST(Webhooks, about_a_declined_charge_are_asked_about_since_it_may_have_been_captured) {
  OutboxWorld world;
  world.gateway.script = {said(Outcome::kDeclined), approved()};
  const Payment payment = world.pay_by_card();
  world.settle();
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
  world.ask(ask_once(world, payment));
  world.settle();
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  // Now that it is known to have succeeded nobody needs to be asked.
  world.ask(ask_once(world, payment));
  world.settle();
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit", "query"));
}

// Declined to our knowledge, so that nothing but the webhook makes us ask.
Payment declined_by_card(OutboxWorld& world) {
  world.gateway.script = {said(Outcome::kDeclined)};
  const Payment payment = world.pay_by_card();
  world.settle();
  world.gateway.calls.clear();
  return payment;
}

TEST(Webhooks, of_a_gateway_that_is_away_for_hours_are_asked_about_until_it_is_back) {
  OutboxWorld world;
  const Payment payment = declined_by_card(world);
  world.ask(ask_once(world, payment));
  for (int part = 0; part < 4 * 10; ++part)
    world.pass(std::chrono::minutes(15));
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting);
  // Less and less often.
  EXPECT_LT(world.gateway.calls.size(), 45U);
  world.gateway.script = {approved()};
  world.pass(std::chrono::minutes(30));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
}

TEST(Webhooks, of_a_gateway_that_never_answers_are_left_to_a_person_after_a_day) {
  OutboxWorld world;
  const Payment payment = declined_by_card(world);
  world.ask(ask_once(world, payment));
  world.settle_for_good();
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
  EXPECT_EQ(world.reader().stats()->jobs_dead, 1);
  EXPECT_EQ(world.gateway.calls.size(), static_cast<std::size_t>(kOutboxTriesMax));
  EXPECT_GT(world.clock.now() - kStart, std::chrono::hours(23));
}

TEST(Webhooks, about_one_charge_share_a_question_while_the_gateway_is_away) {
  OutboxWorld world;
  const Payment payment = declined_by_card(world);
  for (int i = 0; i < 5; ++i) {
    world.ask(ask_once(world, payment));
    world.settle();
  }
  EXPECT_EQ(world.reader().stats()->jobs_due, 1);
  world.gateway.script = {approved()};
  world.pass(std::chrono::minutes(5));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
  EXPECT_EQ(world.reader().stats()->jobs_dead, 0);
}

TEST(Webhooks, after_an_answer_are_questions_of_their_own_again) {
  OutboxWorld world;
  const Payment payment = declined_by_card(world);
  world.gateway.script = {timed_out(), said(Outcome::kDeclined)};
  world.ask(ask_once(world, payment));
  world.settle();
  world.pass(std::chrono::minutes(1));
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
  world.gateway.script = {timed_out(), approved()};
  world.ask(ask_once(world, payment));
  world.settle();
  world.pass(std::chrono::minutes(1));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
}

TEST(Calls, of_one_attempt_are_never_in_flight_together) {
  OutboxWorld world;
  world.gateway.script = {timed_out()};
  const Payment payment = world.pay_by_card();
  world.settle();
  for (int i = 0; i < 10; ++i)
    world.ask(ask_once(world, payment));
  world.clock.advance(std::chrono::seconds(5));
  world.gateway.in_flight_max = 0;
  world.settle();
  EXPECT_EQ(world.gateway.in_flight_max, 1);
}

TEST(Calls, of_many_payments_run_at_once_up_to_a_bound) {
  OutboxWorld world;
  world.gateway.script.assign(200, approved());
  world.hold();
  std::vector<std::future<Reply>> made;
  for (int i = 0; i < 200; ++i)
    made.push_back(world.send(world.command(PaymentCommand{world.card({{"a", kFee}})})));
  world.release();
  for (auto& reply : made)
    EXPECT_TRUE(reply.get().outcome.ok());
  world.settle();
  EXPECT_EQ(world.folios("a").size(), 200U);
  EXPECT_GT(world.gateway.in_flight_max, 1);
  EXPECT_LE(world.gateway.in_flight_max, kOutboxCallsMax);
}

TEST(Calls, that_found_no_room_are_made_when_one_ends_and_not_at_the_next_poll) {
  PatientTimers timers;
  OutboxWorld world(&timers);
  constexpr std::size_t kPayments = 200;
  world.gateway.script.assign(kPayments, approved());
  std::promise<void> looked;
  world.script.commit = [after = looked.get_future().share()](LaneStore& real,
                                                              const Changes& changes) {
    if (!changes.updated_jobs.empty()) after.wait();
    return real.commit(changes);
  };
  for (std::size_t i = 0; i < kPayments; ++i)
    world.pay_by_card();
  const auto pump_until = [&world](const auto& reached) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!reached() && std::chrono::steady_clock::now() < deadline) {
      world.io.restart();
      world.io.run_for(std::chrono::milliseconds(1));
    }
  };
  pump_until([&] { return world.gateway.calls.size() == std::size_t{kOutboxCallsMax}; });
  // A look while every place is taken, as each new payment causes one.
  world.outbox->wake();
  world.io.restart();
  world.io.poll();
  looked.set_value();
  pump_until([&] { return world.folios("a").size() == kPayments; });
  EXPECT_EQ(world.folios("a").size(), kPayments);
  EXPECT_LE(world.gateway.in_flight_max, kOutboxCallsMax);
}

TEST(Calls, to_a_gateway_that_is_not_configured_or_throws_wait) {
  OutboxWorld world;
  world.gateway.throws = true;
  const Payment payment = world.pay_by_card();
  world.settle();
  EXPECT_EQ(world.reader().stats()->jobs_due, 1);
  world.gateway.throws = false;
  world.gateways.rows.clear();
  world.pass(std::chrono::seconds(10));
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit"));
  world.gateways.rows["cards"] = {.gateway = &world.gateway, .refunds = &world.gateway};
  world.gateway.script = {approved()};
  world.pass(std::chrono::seconds(10));
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
}

TEST(Calls, whose_answer_the_lane_cannot_take_now_are_not_repeated) {
  OutboxWorld world;
  std::atomic<int> refusals{0};
  world.script.commit = [&](LaneStore& real, const Changes& changes) {
    if (changes.updated_jobs.empty() || ++refusals > 1) return real.commit(changes);
    real.rollback();
    return CommitStatus::kFailed;
  };
  world.gateway.script = {approved()};
  const Payment payment = world.pay_by_card();
  world.settle();
  EXPECT_EQ(world.now(payment).state, PaymentState::kPaid);
  EXPECT_THAT(world.gateway.calls, ElementsAre("submit"));
}

// ---- Refunds ----

TEST(RefundCalls, unknown_then_found_settles_exactly_once) {
  OutboxWorld world;
  const Payment payment = world.paid_by_card();
  world.gateway.script = {timed_out()};
  world.ask(PaymentCommand{world.card_refund(payment)});
  world.settle();
  EXPECT_EQ(world.refund_of(payment).state, RefundState::kUnknown);
  world.gateway.script = {approved()};
  world.pass(std::chrono::seconds(5));
  EXPECT_EQ(world.now(payment).state, PaymentState::kRefunded);
  world.settle_for_good();
  EXPECT_THAT(world.gateway.calls, ElementsAre("refund", "query_refund"));
  EXPECT_EQ(world.balance("assets:clearing:cards"), Money{});
}

TEST(RefundCalls, that_the_gateway_never_got_go_out_again_under_the_same_reference) {
  OutboxWorld world;
  const Payment payment = world.paid_by_card();
  world.gateway.script = {timed_out(), not_found(), not_found(), not_found(),
                          timed_out(), not_found(), approved()};
  world.ask(PaymentCommand{world.card_refund(payment)});
  world.settle();
  for (int i = 0; i < 20 && !world.gateway.script.empty(); ++i) {
    EXPECT_EQ(world.reader().stats()->jobs_due, 1);
    world.pass(std::chrono::minutes(5));
  }
  EXPECT_EQ(world.now(payment).state, PaymentState::kRefunded);
  EXPECT_THAT(world.gateway.calls,
              ElementsAre("refund", "query_refund", "query_refund", "query_refund", "refund",
                          "query_refund", "query_refund"));
  for (const std::string& reference : world.gateway.references)
    EXPECT_EQ(reference, world.refund_of(payment).reference);
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
}

TEST(RefundCalls, that_are_never_received_end_with_a_person) {
  OutboxWorld world;
  const Payment payment = world.paid_by_card();
  world.gateway.script.assign(500, not_found());
  world.ask(PaymentCommand{world.card_refund(payment)});
  world.settle_for_good();
  EXPECT_EQ(world.reader().stats()->jobs_due, 0);
  EXPECT_EQ(world.reader().stats()->jobs_dead, 1);
  EXPECT_LE(world.gateway.calls.size(), static_cast<std::size_t>(kOutboxTriesMax) + 2);
  // The money is still owed: nobody said that it did not move.
  EXPECT_EQ(refundable(world.now(payment)), Money{});
}

TEST(RefundCalls, pending_orders_are_asked_about_and_never_sent_again) {
  OutboxWorld world;
  const Payment payment = world.paid_by_card();
  world.gateway.script = {
      said(Outcome::kPending), not_found(), not_found(), not_found(), not_found(), approved()};
  world.ask(PaymentCommand{world.card_refund(payment)});
  world.settle();
  for (int i = 0; i < 5; ++i)
    world.pass(std::chrono::minutes(5));
  EXPECT_EQ(world.now(payment).state, PaymentState::kRefunded);
  EXPECT_EQ(std::count(world.gateway.calls.begin(), world.gateway.calls.end(), "refund"), 1);
}

TEST(RefundCalls, give_back_the_charge_that_paid_not_one_that_waits_in_suspense) {
  OutboxWorld world;
  GatewayResult first = approved();
  first.gateway_id = "tr_paid";
  world.gateway.script = {said(Outcome::kDeclined)};
  const Payment payment = world.pay_by_card();
  world.settle();
  // The second card is in flight when the first turns out to have been charged.
  const AttemptId second = world.id<AttemptId>();
  StartAttempt start{payment.id, CardCharge{second, "cards", "EA-2", "tok_2", "", false}};
  GatewayResult late = approved();
  late.gateway_id = "tr_held";
  world.gateway.script = {timed_out()};
  world.ask(PaymentCommand{start});
  world.ask(PaymentCommand{RecordCharge{payment.id, payment.attempts.at(0).id, first}});
  world.settle();
  world.gateway.script = {late};
  world.pass(std::chrono::seconds(5));
  ASSERT_EQ(world.now(payment).attempts.at(1).state, AttemptState::kSucceeded);
  EXPECT_EQ(world.now(payment).attempts.at(1).decline_reason, "held_duplicate");
  world.gateway.script = {approved()};
  world.ask(PaymentCommand{world.card_refund(payment)});
  world.settle();
  EXPECT_EQ(world.gateway.last_order.charge_gateway_id, "tr_paid");
}

TEST(DepositReturns, are_sent_back_and_settle) {
  OutboxWorld world;
  const Deposit held =
      *world.ask_deposit(world.deposit("646180999900000010", kFee)).outcome->deposit;
  world.gateway.script = {timed_out(), approved()};
  world.ask(DepositCommand{ReturnDeposit{held.id, world.id<RefundId>(), "ED1", "unknown account"}});
  world.settle();
  EXPECT_EQ(world.reader().deposit(held.id)->state, DepositState::kReturning);
  world.pass(std::chrono::seconds(5));
  EXPECT_EQ(world.reader().deposit(held.id)->state, DepositState::kReturned);
  EXPECT_EQ(world.gateway.last_order.destination, held.sender);
  EXPECT_EQ(world.balance("liabilities:suspense:unidentified"), Money{});
  EXPECT_EQ(world.balance("assets:clearing:spei"), Money{});
}

TEST(DepositReturns, of_a_charge_that_cannot_pay_refund_it_and_the_unknown_is_asked_about) {
  OutboxWorld world;
  world.gateway.script = {said(Outcome::kApproved, kFee + Money{1})};
  const Payment payment = world.pay_by_card();
  world.settle();
  const Attempt charge = world.attempt(payment);
  ASSERT_EQ(charge.decline_reason, "held_over");
  const Deposit held = *world.reader().deposit(deposit_of(charge.id));
  EXPECT_EQ(held.state, DepositState::kHeld);
  EXPECT_EQ(world.reader().stats()->oldest_held, held.received_at);
  world.gateway.script = {timed_out(), said(Outcome::kApproved, kFee + Money{1})};
  world.ask(DepositCommand{ReturnDeposit{held.id, world.id<RefundId>(), "ED1", "de más"}});
  world.settle();
  EXPECT_EQ(world.reader().deposit(held.id)->state, DepositState::kReturning);
  world.pass(std::chrono::seconds(5));
  EXPECT_EQ(world.reader().deposit(held.id)->state, DepositState::kReturned);
  EXPECT_EQ(world.gateway.calls.back(), "query_refund");
  const RefundOrder& order = world.gateway.last_order;
  EXPECT_EQ(order.charge_gateway_id, "tr_1");
  EXPECT_EQ(order.charge_reference, charge.reference);
  EXPECT_EQ(order.amount, kFee + Money{1});
  EXPECT_FALSE(order.returned_deposit);
  EXPECT_EQ(world.balance("liabilities:suspense:over"), Money{});
  EXPECT_EQ(world.balance("assets:clearing:cards"), Money{});
}

TEST(DepositReturns, of_a_charge_that_cannot_pay_go_by_themselves_where_the_policy_says_so) {
  OutboxWorld world;
  CHECK(set_action(world.policies.common, SuspenseKind::kShort, "return").ok());
  world.gateway.script = {said(Outcome::kApproved, kFee - Money{1}), approved()};
  const Payment payment = world.pay_by_card();
  world.settle();
  const Deposit sent = *world.reader().deposit(deposit_of(world.attempt(payment).id));
  EXPECT_EQ(sent.state, DepositState::kReturned);
  EXPECT_EQ(sent.return_order->reason, "policy: short");
  EXPECT_EQ(world.now(payment).state, PaymentState::kAwaiting) << "the payer may try again";
  EXPECT_EQ(world.balance("liabilities:suspense:short"), Money{});
}

// Whatever a gateway answers, in whatever order: the payment is paid at most once and only on an
// approval with its amount, nothing unknown fails without three inquiries, and the books balance.
RC_GTEST_PROP(AnyGateway, pays_at_most_once_and_never_fails_what_is_unknown, ()) {
  OutboxWorld world;
  const auto picks = *rc::gen::container<std::vector<int>>(12, rc::gen::inRange(0, 7));
  const std::vector<GatewayResult> answers{approved(),
                                           said(Outcome::kDeclined),
                                           said(Outcome::kPending),
                                           said(Outcome::kNeedsAction),
                                           timed_out(),
                                           not_found(),
                                           not_sent()};
  std::deque<GatewayResult> script;
  for (const int pick : picks)
    script.push_back(answers[static_cast<std::size_t>(pick)]);
  world.gateway.script = script;
  const Payment payment = world.pay_by_card();
  world.settle();
  for (int i = 0; i < 30 && !world.gateway.script.empty(); ++i)
    world.pass(std::chrono::minutes(21));
  const std::size_t used = script.size() - world.gateway.script.size();
  const Payment now = world.now(payment);
  int approvals = 0;
  int missing = 0;
  int declines = 0;
  for (std::size_t i = 0; i < used; ++i) {
    approvals += script[i].outcome == Outcome::kApproved ? 1 : 0;
    declines += script[i].outcome == Outcome::kDeclined ? 1 : 0;
    missing += script[i].found ? 0 : 1;
  }
  RC_ASSERT((now.state == PaymentState::kPaid) == (approvals > 0));
  RC_ASSERT(world.folios("a").size() == (approvals > 0 ? 1U : 0U));
  RC_ASSERT(world.balance("assets:clearing:cards") == (approvals > 0 ? kFee : Money{}));
  if (now.attempts.at(0).state == AttemptState::kDeclined) {
    RC_ASSERT(declines > 0 || missing >= kNotFoundTries);
  }
  RC_ASSERT(world.reader().stats()->jobs_due <= 1);
}

}  // namespace
}  // namespace erario::test
