#include <gmock/gmock.h>

#include <stdexcept>

#include "tests/unit/runtime/support.hpp"

namespace erario::test {
namespace {

using ::testing::ElementsAre;

constexpr Money kFee = Money::from_pesos(900);

struct Asked {
  PaymentId payment;
  std::future<Reply> reply;
};
std::vector<Asked> ask_for_payments(World& world, int how_many) {
  std::vector<Asked> asked;
  for (int i = 0; i < how_many; ++i) {
    CreatePayment create = world.spei({{"a", kFee}});
    const PaymentId id = create.id;
    asked.push_back({id, world.send(world.command(PaymentCommand{std::move(create)}))});
  }
  return asked;
}
bool exists(World& world, PaymentId id) {
  return world.reader().payment(id).ok();
}

// ---- What the store says ----

TEST(Conflict, replays_the_batch_one_by_one) {
  World world;
  world.script.commit = [](LaneStore& real, const Changes& changes) {
    if (changes.payments.size() == 1) return real.commit(changes);
    real.rollback();
    return CommitStatus::kConflict;
  };
  world.hold();
  auto asked = ask_for_payments(world, 5);
  world.release();
  for (auto& one : asked) {
    EXPECT_TRUE(one.reply.get().outcome.ok());
    EXPECT_TRUE(exists(world, one.payment));
  }
  EXPECT_EQ(world.metrics.counted("erario_lane_batches_total conflict"), 1);
  EXPECT_EQ(world.metrics.counted("erario_lane_batches_total committed"), 5);
}

TEST(Conflict, of_one_command_for_good_refuses_it_alone_and_consumes_no_number) {
  World world;
  PaymentId unlucky;
  world.script.commit = [&](LaneStore& real, const Changes& changes) {
    for (const Payment& payment : changes.payments) {
      if (payment.id != unlucky) continue;
      real.rollback();
      return CommitStatus::kConflict;
    }
    return real.commit(changes);
  };
  world.hold();
  auto asked = ask_for_payments(world, 3);
  unlucky = asked[1].payment;
  world.release();
  EXPECT_EQ(asked[0].reply.get().outcome->payment->clabe.substr(10, 7), "0000001");
  EXPECT_EQ(code_of(asked[1].reply.get()), ErrorCode::kStoreUnavailable);
  EXPECT_EQ(asked[2].reply.get().outcome->payment->clabe.substr(10, 7), "0000002");
  EXPECT_TRUE(world.lane().healthy());
}

TEST(Conflict, a_storage_failure_during_the_replay_stops_it) {
  World world;
  std::atomic<int> singles{0};
  world.script.commit = [&](LaneStore& real, const Changes& changes) {
    if (changes.payments.size() == 1 && ++singles == 1) return real.commit(changes);
    real.rollback();
    return changes.payments.size() == 1 ? CommitStatus::kBroken : CommitStatus::kConflict;
  };
  world.hold();
  auto asked = ask_for_payments(world, 5);
  world.release();
  EXPECT_TRUE(asked[0].reply.get().outcome.ok());
  for (std::size_t i = 1; i < asked.size(); ++i)
    EXPECT_EQ(code_of(asked[i].reply.get()), ErrorCode::kStoreUnavailable);
  EXPECT_EQ(singles, 2);
  EXPECT_FALSE(world.lane().healthy());
}

TEST(InDoubt, asks_and_acknowledges_what_was_committed) {
  World world;
  std::atomic<int> questions{0};
  world.script.commit = [](LaneStore& real, const Changes& changes) {
    CHECK(real.commit(changes) == CommitStatus::kCommitted);
    return CommitStatus::kInDoubt;
  };
  world.script.was_committed = [&](LaneStore& real, CommandId batch) {
    questions += 1;
    return real.was_committed(batch);
  };
  world.hold();
  auto asked = ask_for_payments(world, 3);
  world.release();
  for (auto& one : asked)
    EXPECT_TRUE(one.reply.get().outcome.ok());
  EXPECT_EQ(questions, 1);
  EXPECT_EQ(world.reader().payments({}, {})->rows.size(), 3U);
}

TEST(InDoubt, refuses_what_was_not_committed_and_never_retries_blindly) {
  World world;
  std::atomic<int> commits{0};
  world.script.commit = [&](LaneStore& real, const Changes&) {
    commits += 1;
    real.rollback();
    return CommitStatus::kInDoubt;
  };
  world.hold();
  auto asked = ask_for_payments(world, 3);
  world.release();
  for (auto& one : asked) {
    EXPECT_EQ(code_of(one.reply.get()), ErrorCode::kStoreUnavailable);
    EXPECT_FALSE(exists(world, one.payment));
  }
  EXPECT_EQ(commits, 1);
  EXPECT_TRUE(world.lane().healthy());
}

TEST(InDoubt, asks_again_while_the_store_cannot_say_and_then_stops_for_good) {
  World world(
      LaneLimits{.in_doubt_questions_max = 3, .in_doubt_pause = std::chrono::milliseconds(1)});
  std::atomic<int> questions{0};
  std::atomic<bool> answers{true};
  world.script.commit = [](LaneStore& real, const Changes& changes) {
    CHECK(real.commit(changes) == CommitStatus::kCommitted);
    return CommitStatus::kInDoubt;
  };
  world.script.was_committed = [&](LaneStore& real, CommandId batch) -> Result<bool> {
    if (++questions < 3 || !answers) return Error{ErrorCode::kStoreUnavailable, "away"};
    return real.was_committed(batch);
  };
  EXPECT_TRUE(world.ask(PaymentCommand{world.spei({{"a", kFee}})}).outcome.ok());
  EXPECT_EQ(questions, 3);
  answers = false;
  EXPECT_EQ(code_of(world.ask(PaymentCommand{world.spei({{"a", kFee}})})),
            ErrorCode::kStoreUnavailable);
  EXPECT_EQ(questions, 6);
  EXPECT_FALSE(world.lane().healthy());
}

TEST(Failed, refuses_the_whole_batch_with_its_rejections_and_goes_on) {
  World world;
  std::atomic<bool> full{true};
  world.script.commit = [&](LaneStore& real, const Changes& changes) {
    if (!full) return real.commit(changes);
    real.rollback();
    return CommitStatus::kFailed;
  };
  world.hold();
  CreatePayment create = world.spei({{"a", kFee}});
  auto first = world.send(world.command(PaymentCommand{create}));
  auto same_quote = world.send(world.command(PaymentCommand{create}));
  world.release();
  EXPECT_EQ(code_of(first.get()), ErrorCode::kStoreUnavailable);
  // "Quote used" would be a lie: the payment that used it was not recorded.
  EXPECT_EQ(code_of(same_quote.get()), ErrorCode::kStoreUnavailable);
  full = false;
  EXPECT_EQ(world.created(create).clabe.substr(10, 7), "0000001");
}

TEST(Broken, stops_for_good_and_the_store_is_never_touched_again) {
  World world;
  world.script.commit = [](LaneStore& real, const Changes&) {
    real.rollback();
    return CommitStatus::kBroken;
  };
  world.hold();
  auto asked = ask_for_payments(world, 3);
  world.release();
  for (auto& one : asked)
    EXPECT_EQ(code_of(one.reply.get()), ErrorCode::kStoreUnavailable);
  EXPECT_FALSE(world.lane().healthy());
  const int begins = world.script.begins;
  world.script.commit = nullptr;
  EXPECT_EQ(code_of(world.ask(PaymentCommand{world.spei({{"a", kFee}})})),
            ErrorCode::kStoreUnavailable);
  EXPECT_EQ(world.script.begins, begins);
}

TEST(Begin, refused_completes_the_waiters_and_a_storage_failure_stops_the_lane) {
  World world;
  ErrorCode code = ErrorCode::kStoreUnavailable;
  std::atomic<bool> fails{true};
  world.script.begin = [&]() -> std::optional<Error> {
    if (!fails) return std::nullopt;
    return Error{code, "away"};
  };
  EXPECT_EQ(code_of(world.ask(PaymentCommand{world.spei({{"a", kFee}})})),
            ErrorCode::kStoreUnavailable);
  fails = false;
  EXPECT_TRUE(world.ask(PaymentCommand{world.spei({{"a", kFee}})}).outcome.ok());
  EXPECT_TRUE(world.lane().healthy());
  code = ErrorCode::kIo;
  fails = true;
  EXPECT_EQ(code_of(world.ask(PaymentCommand{world.spei({{"a", kFee}})})),
            ErrorCode::kStoreUnavailable);
  EXPECT_FALSE(world.lane().healthy());
}

// ---- What throws ----

TEST(Exceptions, a_rendering_that_throws_refuses_its_command_alone) {
  World world;
  const Payment before = world.paid({{"a", kFee}});
  world.hold();
  auto asked = ask_for_payments(world, 2);
  Command bad = world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "body");
  bad.render = [](const CommandOutcome&) -> Answer { throw std::runtime_error("no"); };
  auto refused = world.send(std::move(bad));
  auto more = ask_for_payments(world, 2);
  world.release();
  EXPECT_EQ(code_of(refused.get()), ErrorCode::kStoreUnavailable);
  EXPECT_EQ(asked[1].reply.get().outcome->payment->clabe.substr(10, 7), "0000003");
  EXPECT_EQ(more[0].reply.get().outcome->payment->clabe.substr(10, 7), "0000004");
  EXPECT_TRUE(world.lane().healthy());
  // Its key is free.
  EXPECT_FALSE(
      world.ask(world.keyed(PaymentCommand{world.spei({{"a", kFee}})}, "key-1", "x")).replayed);
}

class PickyBookkeeper final : public Bookkeeper {
 public:
  std::optional<Entry> entry_for(const Event& event, EntryId id) const override {
    if (event.subject == refused) throw std::runtime_error("no rule for it");
    return rules_.entry_for(event, id);
  }
  void chain(Entry& entry, ChainHead& head) const override { rules_.chain(entry, head); }
  std::string refused;

 private:
  PostingRules rules_;
};

TEST(Exceptions, bookkeeping_that_throws_leaves_no_trace_and_no_gap) {
  World world;
  PickyBookkeeper picky;
  world.bookkeeper = &picky;
  world.close();
  world.open();
  std::vector<Payment> payments;
  for (int i = 0; i < 3; ++i)
    payments.push_back(world.created(world.spei({{"a", kFee}})));
  picky.refused = payments[1].id.text();
  world.hold();
  std::vector<std::future<Reply>> replies;
  for (const Payment& payment : payments) {
    replies.push_back(world.send(
        world.command(DepositCommand{RecordDeposit{world.deposit(payment.clabe, kFee)}})));
  }
  world.release();
  EXPECT_TRUE(replies[0].get().outcome.ok());
  EXPECT_EQ(code_of(replies[1].get()), ErrorCode::kStoreUnavailable);
  EXPECT_TRUE(replies[2].get().outcome.ok());
  EXPECT_THAT(world.folios("a"), ElementsAre(1, 2));
  EXPECT_EQ(world.reader().payment(payments[1].id)->state, PaymentState::kAwaiting);
  EXPECT_EQ(world.balance("assets:clearing:spei"), kFee + kFee);
}

TEST(Exceptions, a_driver_that_throws_after_committing_is_asked_not_repeated) {
  World world;
  world.script.commit = [](LaneStore& real, const Changes& changes) -> CommitStatus {
    CHECK(real.commit(changes) == CommitStatus::kCommitted);
    throw std::runtime_error("the answer got lost");
  };
  const CreatePayment create = world.spei({{"a", kFee}});
  EXPECT_TRUE(world.ask(PaymentCommand{create}).outcome.ok());
  EXPECT_TRUE(exists(world, create.id));
}

TEST(Exceptions, a_waiter_that_throws_and_a_wake_that_throws_lose_nobody_elses_reply) {
  World world;
  world.lane().on_new_jobs([] { throw std::runtime_error("asleep"); });
  world.hold();
  world.lane().submit(world.command(PaymentCommand{world.card({{"a", kFee}})}),
                      [](Reply) { throw std::runtime_error("gone"); });
  auto asked = ask_for_payments(world, 2);
  world.release();
  for (auto& one : asked)
    EXPECT_TRUE(one.reply.get().outcome.ok());
  EXPECT_EQ(world.reader().payments({}, {})->rows.size(), 3U);
}

// ---- The end ----

TEST(Ending, completes_every_waiter_exactly_once_with_what_became_of_it) {
  for (const bool broken : {false, true}) {
    SCOPED_TRACE(broken);
    World world(LaneLimits{.batch_max = 8});
    if (broken) {
      world.script.commit = [](LaneStore& real, const Changes&) {
        real.rollback();
        return CommitStatus::kBroken;
      };
    }
    constexpr std::size_t kWaiters = 100;
    std::vector<std::atomic<int>> completed(kWaiters);
    std::atomic<int> recorded{0};
    world.hold();
    for (std::size_t i = 0; i < kWaiters; ++i) {
      world.lane().submit(world.command(PaymentCommand{world.spei({{"a", kFee}})}),
                          [&completed, &recorded, i](Reply reply) {
                            completed[i] += 1;
                            recorded += reply.outcome.ok() ? 1 : 0;
                          });
    }
    std::thread opener([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      world.script.gate.open();
    });
    world.end_lane();
    opener.join();
    for (const auto& times : completed)
      EXPECT_EQ(times, 1);
    EXPECT_EQ(recorded, broken ? 0 : static_cast<int>(kWaiters));
    Page page;
    page.limit = 200;
    EXPECT_EQ(world.reader().payments({}, page)->rows.size(), broken ? 0U : kWaiters);
  }
}

TEST(Ending, threads_that_submit_all_the_while_are_all_answered) {
  World world;
  std::atomic<int> answered{0};
  std::vector<std::thread> people;
  for (int person = 0; person < 8; ++person) {
    people.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        world.ask(PaymentCommand{world.spei({{"a", kFee}})});
        answered += 1;
      }
    });
  }
  for (auto& person : people)
    person.join();
  EXPECT_EQ(answered, 400);
  EXPECT_LT(world.metrics.counted("erario_lane_batches_total committed"), 400);
}

}  // namespace
}  // namespace erario::test
