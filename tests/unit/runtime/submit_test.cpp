#include "engine/runtime/submit.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "tests/unit/runtime/support.hpp"

namespace erario::test {
namespace {

// Pauses end at once and are written down.
class CountedTimers final : public Timers {
 public:
  std::vector<std::chrono::milliseconds> pauses;
  std::unique_ptr<Timer> make(boost::asio::any_io_executor) override {
    return std::make_unique<Counted>(pauses);
  }

 private:
  class Counted final : public Timer {
   public:
    explicit Counted(std::vector<std::chrono::milliseconds>& pauses) : pauses_(pauses) {}
    Task<void> wait(std::chrono::milliseconds pause) override {
      pauses_.push_back(pause);
      co_return;
    }
    void cancel() override {}

   private:
    std::vector<std::chrono::milliseconds>& pauses_;
  };
};

// A lane whose store takes nothing for a number of commits.
struct Persistent {
  boost::asio::io_context io;  // outlives the lane, whose thread posts to it
  World world;
  CountedTimers timers;
  std::atomic<int> refusals{0};
  bool stopping = false;

  Persistent() {
    world.script.commit = [this](LaneStore& real, const Changes& changes) {
      if (refusals-- <= 0) return real.commit(changes);
      real.rollback();
      return CommitStatus::kFailed;
    };
  }
  Reply ask(CommandBody body) {
    std::optional<Reply> reply;
    boost::asio::co_spawn(io, asking(world.command(std::move(body)), reply), boost::asio::detached);
    io.run();
    io.restart();
    return *std::move(reply);
  }

 private:
  Task<void> asking(Command command, std::optional<Reply>& reply) {
    Persistence how{"a test", &timers, [this] { return stopping; }};
    reply = co_await submit_persistently(world.lane(), std::move(command), std::move(how));
  }
};

constexpr std::chrono::milliseconds kPause{500};
constexpr Money kFee = Money::from_pesos(900);

TEST(SubmitPersistently, offers_a_command_until_the_store_takes_it) {
  Persistent test;
  test.refusals = 3;
  const Reply reply = test.ask(PaymentCommand{test.world.spei({{"a", kFee}})});
  EXPECT_TRUE(reply.outcome.ok());
  EXPECT_EQ(test.timers.pauses, std::vector(3, kPause));
}

TEST(SubmitPersistently, gives_up_in_the_end_and_says_why) {
  Persistent test;
  test.refusals = 1'000;
  const Reply reply = test.ask(PaymentCommand{test.world.spei({{"a", kFee}})});
  EXPECT_EQ(code_of(reply), ErrorCode::kStoreUnavailable);
  EXPECT_EQ(test.timers.pauses, std::vector(19, kPause));
}

TEST(SubmitPersistently, does_not_repeat_what_will_never_be_taken) {
  Persistent test;
  const CreatePayment create = test.world.spei({{"a", kFee}});
  EXPECT_TRUE(test.ask(PaymentCommand{create}).outcome.ok());
  EXPECT_FALSE(test.ask(PaymentCommand{create}).outcome.ok()) << "its quote is used";
  EXPECT_TRUE(test.timers.pauses.empty());
}

TEST(SubmitPersistently, ends_with_the_work_it_belongs_to) {
  Persistent test;
  test.refusals = 1'000;
  test.stopping = true;
  EXPECT_FALSE(test.ask(PaymentCommand{test.world.spei({{"a", kFee}})}).outcome.ok());
  EXPECT_TRUE(test.timers.pauses.empty());
}

}  // namespace
}  // namespace erario::test
