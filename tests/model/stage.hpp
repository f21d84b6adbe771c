// What everything in a simulated world stands on: time, the faults that the seed drew, the points
// where the engine may die, and the planted bug if there is one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "engine/ports/timer.hpp"
#include "tests/model/dice.hpp"
#include "tests/model/kernel.hpp"
#include "tests/model/plants.hpp"

namespace erario::model {

// How often each thing goes wrong, in parts of ten thousand. A seed switches some of them off and
// turns others up, so that seeds differ in kind and not only in order.
struct Faults {
  // The engine's process and its store
  int crash = 0;  // at every named point
  int conflict = 0;
  int in_doubt = 0;  // half of them are written
  int commit_failed = 0;
  int commit_broken = 0;
  int read_failed = 0;
  int clock_jump = 0;  // at every request of a payer
  // The way to a gateway
  int not_sent = 0;
  int request_lost = 0;
  int request_late = 0;  // it arrives minutes after its caller gave up
  int request_twice = 0;
  int answer_lost = 0;
  int error_before = 0;
  int error_after = 0;
  int malformed = 0;
  // The way back
  int webhook_lost = 0;
  int webhook_late = 0;
  int webhook_again = 0;  // 1 to 50 times more
  int webhook_forged = 0;
  // What gateways and payers do
  int declined = 1'000;
  int needs_action = 500;
  int pending = 500;
  int wrong_amount = 0;
  int second_thoughts = 0;  // a decline is captured after all
  int chargeback = 0;       // the payer's bank contests it, sooner or later
  int dispute_untold = 0;   // news of a dispute get lost for good
  int dispute_rumour = 0;   // news of a dispute that nobody has
  int abandoned = 0;
  int retried_by_client = 0;
  int reused_key = 0;
  int answer_lost_to_client = 0;
  int cancelled = 200;
  int refunded = 1'500;
  int refund_storm = 0;  // 64 refunds of one payment at once
  int refund_fails = 0;
  int order_returned = 0;  // a transfer back comes back itself
  int deposit_short = 0;
  int deposit_over = 0;
  int deposit_late = 0;
  int deposit_twice = 0;
  int deposit_stray = 0;       // to nobody's account
  int deposit_same_clave = 0;  // two banks, one clave de rastreo
  int deposit_never = 0;
  int held = 0;      // a card only holds the amount at first
  int accounts = 0;  // a transfer is a charge: the PSP names its account
  // The night
  int line_missing = 0;
  int line_altered = 0;
  int line_repeated = 0;
  int report_absent = 0;

  // Everything that resolves a run is let through: no more faults from here on.
  void stop();
};
Faults swarm(Dice dice);
// A large, busy day: every kind of fault, none of them often.
Faults busy_day();

// Thrown through the engine where it dies between two statements; no code of ours catches it.
struct Crash {};

class Stage {
 public:
  Stage(std::uint64_t seed, Instant start, Faults with);

  std::uint64_t seed;
  Kernel kernel;
  SimulatedClock clock;
  Faults faults;
  std::optional<Plant> plant;
  bool planted(Plant bug) const { return plant == bug; }
  // Requests that arrive at a gateway after their caller gave up: it will still act on them.
  int late_requests = 0;

  // Whether a fault of a gateway, or of the way to it or back, happens now; and how many did.
  bool gateway_fault(Dice& dice, int odds);
  std::int64_t gateway_faults = 0;

  // ---- Where the engine may die ----

  // Between two statements of the lane.
  void point(std::string_view name);
  // Where a coroutine waits: dying, it never goes on.
  Task<void> pass(std::string_view name);
  bool crashed() const { return !died_at_.empty(); }
  // Forgets the crash: a new process starts.
  std::string take_crash();
  const std::map<std::string, int, std::less<>>& points_passed() const { return passed_; }
  const std::map<std::string, int, std::less<>>& crashes() const { return crashes_; }

  // ---- Waiting, on the executor of the awaiting coroutine ----

  Task<void> pause(std::chrono::microseconds time);

 private:
  bool dies(std::string_view name);

  Dice dice_;
  std::string died_at_;
  int crashes_left_;
  std::map<std::string, int, std::less<>> passed_;
  std::map<std::string, int, std::less<>> crashes_;
};

// The engine's timers, moved by the kernel.
class SimulatedTimers final : public Timers {
 public:
  explicit SimulatedTimers(Kernel& kernel) : kernel_(kernel) {}
  std::unique_ptr<Timer> make(boost::asio::any_io_executor executor) override;

 private:
  Kernel& kernel_;
};

}  // namespace erario::model
