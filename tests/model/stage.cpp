#include "tests/model/stage.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace erario::model {

namespace asio = boost::asio;

namespace {

constexpr int kCrashesMax = 12;
constexpr int kSeldom = 15;

// One fault, its usual strength, and the strongest a seed may turn it up to.
struct FaultRow {
  int Faults::*fault;
  int usual;
  int most;
};
constexpr FaultRow kFaultRows[] = {
    {&Faults::crash, 2, 60},
    {&Faults::conflict, 20, 1'000},
    {&Faults::in_doubt, 10, 600},
    {&Faults::commit_failed, 10, 500},
    {&Faults::commit_broken, 1, 20},
    {&Faults::read_failed, 10, 500},
    {&Faults::clock_jump, 5, 200},
    {&Faults::not_sent, 50, 1'500},
    {&Faults::request_lost, 50, 2'000},
    {&Faults::request_late, 20, 800},
    {&Faults::request_twice, 50, 2'000},
    {&Faults::answer_lost, 100, 2'500},
    {&Faults::error_before, 30, 1'000},
    {&Faults::error_after, 50, 2'000},
    {&Faults::malformed, 20, 800},
    {&Faults::webhook_lost, 200, 5'000},
    {&Faults::webhook_late, 100, 3'000},
    {&Faults::webhook_again, 200, 3'000},
    {&Faults::webhook_forged, 20, 1'000},
    {&Faults::declined, 1'000, 4'000},
    {&Faults::needs_action, 500, 4'000},
    {&Faults::pending, 500, 4'000},
    {&Faults::wrong_amount, 20, 800},
    {&Faults::second_thoughts, 100, 4'000},
    {&Faults::chargeback, 10, 3'000},
    {&Faults::abandoned, 100, 2'000},
    {&Faults::retried_by_client, 100, 3'000},
    {&Faults::reused_key, 20, 1'000},
    {&Faults::answer_lost_to_client, 50, 2'000},
    {&Faults::cancelled, 100, 2'000},
    {&Faults::refunded, 300, 5'000},
    {&Faults::refund_storm, 5, 800},
    {&Faults::refund_fails, 100, 3'000},
    {&Faults::order_returned, 50, 3'000},
    {&Faults::deposit_short, 50, 1'500},
    {&Faults::deposit_over, 50, 1'500},
    {&Faults::deposit_late, 50, 1'500},
    {&Faults::deposit_twice, 50, 2'000},
    {&Faults::deposit_stray, 20, 1'000},
    {&Faults::deposit_same_clave, 20, 2'000},
    {&Faults::deposit_never, 200, 2'000},
    {&Faults::line_missing, 2, 1'000},
    {&Faults::line_altered, 2, 1'000},
    {&Faults::line_repeated, 2, 1'000},
    {&Faults::report_absent, 0, 1'000},
    {&Faults::held, 500, 5'000},
    {&Faults::dispute_untold, 500, 5'000},
    {&Faults::dispute_rumour, 5, 1'000},
    {&Faults::accounts, 1'000, 8'000},
};

}  // namespace

Faults swarm(Dice dice) {
  Faults faults;
  for (const FaultRow& row : kFaultRows) {
    faults.*row.fault = 0;
    if (!dice.chance(kAlways / 2)) continue;
    // Rather weak than strong: a world of nothing but failures hides what comes after success.
    const std::int64_t strong = dice.between(0, row.most);
    faults.*row.fault = static_cast<int>(dice.chance(kAlways / 2) ? strong / 5 : strong);
  }
  return faults;
}

Faults busy_day() {
  Faults faults;
  for (const FaultRow& row : kFaultRows)
    faults.*row.fault = row.usual;
  return faults;
}

void Faults::stop() {
  // What the night finds in its files is part of the world, not of the trouble on the way.
  const Faults night = *this;
  *this = Faults{};
  line_missing = night.line_missing;
  line_altered = night.line_altered;
  line_repeated = night.line_repeated;
  report_absent = night.report_absent;
}

Stage::Stage(std::uint64_t seed_of_run, Instant start, Faults with)
    : seed(seed_of_run),
      kernel(start),
      clock(kernel),
      faults(with),
      dice_(seed_of_run, "stage"),
      crashes_left_(kCrashesMax) {}

bool Stage::dies(std::string_view name) {
  auto at = passed_.find(name);
  if (at == passed_.end()) at = passed_.emplace(name, 0).first;
  // Where the engine seldom comes by it is the more likely to die.
  const int likely = ++at->second <= kSeldom ? faults.crash * kSeldom : faults.crash;
  if (crashed() || crashes_left_ == 0 || !dice_.chance(likely)) return false;
  --crashes_left_;
  died_at_ = name;
  ++crashes_[died_at_];
  return true;
}

bool Stage::gateway_fault(Dice& dice, int odds) {
  const bool happens = dice.chance(odds);
  if (happens) ++gateway_faults;
  return happens;
}

void Stage::point(std::string_view name) {
  if (dies(name)) throw Crash{};
}

Task<void> Stage::pass(std::string_view name) {
  if (!dies(name)) co_return;
  co_await pause(std::chrono::hours(24 * 365));  // forgotten with everything else of the process
}

std::string Stage::take_crash() {
  std::string where;
  where.swap(died_at_);
  return where;
}

namespace {

// A coroutine's continuation, to be resumed once on its own executor.
template <class Handler>
Kernel::Action resume(Handler handler) {
  auto executor = asio::get_associated_executor(handler);
  auto kept = std::make_shared<Handler>(std::move(handler));
  return [executor, kept] { asio::post(executor, [kept] { (*kept)(); }); };
}

class SimulatedTimer final : public Timer {
 public:
  explicit SimulatedTimer(Kernel& kernel) : kernel_(kernel) {}

  Task<void> wait(std::chrono::milliseconds time) override {
    auto start = [this, time](auto handler) {
      wake_ = resume(std::move(handler));
      ticket_ = kernel_.after(time, Owner::kEngine, [this] { fire(); });
    };
    co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(start,
                                                                         asio::use_awaitable);
  }
  void cancel() override {
    if (wake_ && kernel_.cancel(ticket_)) fire();
  }

 private:
  void fire() {
    Kernel::Action wake;
    wake.swap(wake_);
    wake();
  }
  Kernel& kernel_;
  Kernel::Action wake_;
  Kernel::Ticket ticket_;
};

}  // namespace

Task<void> Stage::pause(std::chrono::microseconds time) {
  auto start = [this, time](auto handler) {
    kernel.after(time, Owner::kEngine, resume(std::move(handler)));
  };
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(start, asio::use_awaitable);
}

std::unique_ptr<Timer> SimulatedTimers::make(asio::any_io_executor) {
  return std::make_unique<SimulatedTimer>(kernel_);
}

}  // namespace erario::model
