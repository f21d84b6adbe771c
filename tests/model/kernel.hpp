// The simulated world's time: one thread, a queue of actions by virtual time, and the trace of what
// happened. Nothing in a simulation reads a real clock. What the engine planned dies with it in a
// crash; what the world planned (payers, gateways, banks) goes on.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "engine/ports/clock.hpp"

namespace erario::model {

enum class Owner : std::uint8_t { kWorld, kEngine };

class Kernel {
 public:
  using Action = std::function<void()>;
  struct Ticket {
    Owner owner = Owner::kWorld;
    Instant at;
    std::uint64_t number = 0;
  };

  explicit Kernel(Instant start) : now_(start) {}

  // The world's true time, which gateways and banks share; the engine's clock may be off.
  Instant now() const { return now_; }
  Ticket after(std::chrono::microseconds pause, Owner owner, Action action);
  // False when it ran already.
  bool cancel(const Ticket& ticket);
  // Everything the owner planned is forgotten.
  void forget(Owner owner);
  // Moves to the next action and runs it; false when nothing is planned.
  bool run_next();
  // When that would be; nothing planned: the end of time.
  Instant next_at() const;

  // One line of the trace: hashed with its time, the last ones are kept to be shown.
  void note(std::string line);
  std::uint64_t trace_hash() const { return hash_; }
  std::uint64_t trace_lines() const { return lines_; }
  const std::deque<std::string>& last_lines() const { return last_; }

 private:
  using Queue = std::map<std::pair<Instant, std::uint64_t>, Action>;
  Queue& queue(Owner owner) { return owner == Owner::kWorld ? world_ : engine_; }
  void hash(std::string_view bytes);

  Instant now_;
  std::uint64_t number_ = 0;
  Queue world_;
  Queue engine_;
  std::uint64_t hash_ = 0xCBF29CE484222325ULL;
  std::uint64_t lines_ = 0;
  std::deque<std::string> last_;
};

// The engine's clock: the true time and how far it is off.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(const Kernel& kernel) : kernel_(kernel) {}
  Instant now() const override { return kernel_.now() + off_; }
  void jump(std::chrono::microseconds by) { off_ += by; }
  void correct() { off_ = {}; }
  std::chrono::microseconds off() const { return off_; }

 private:
  const Kernel& kernel_;
  std::chrono::microseconds off_{};
};

}  // namespace erario::model
