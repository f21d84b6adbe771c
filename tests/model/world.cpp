#include "tests/model/world.hpp"

#include "tests/model/network.hpp"

namespace erario::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::chrono::hours kQuietWithin{30};

Instant start_of(std::uint64_t) {
  return *parse_rfc3339("2026-03-02T10:00:00-06:00");
}

}  // namespace

World::World(const RunOptions& options)
    : options_(options),
      stage_(options.seed, start_of(options.seed), swarm(Dice(options.seed, "swarm"))),
      store_(stage_, records_),
      random_(Dice(options.seed, "random")),
      dice_(options.seed, "world"),
      psp_(stage_, [this](OutgoingCall call,
                          std::chrono::microseconds pause) { deliver(std::move(call), pause); }),
      portal_(
          stage_, records_, [this] { return engine_.get(); }, random_) {
  stage_.plant = options.plant;
}

void World::start_engine() {
  psp_gateway_ = std::make_unique<PspGateway>(stage_, psp_);
  Parts parts;
  parts.stage = &stage_;
  parts.store = &store_;
  parts.clock = &stage_.clock;
  parts.random = &random_;
  parts.bookkeeper = &rules_;
  parts.gateways.rows[Psp::kName] = {psp_gateway_.get(), nullptr, psp_gateway_.get(), nullptr};
  engine_ = std::make_unique<Engine>(std::move(parts));
  stage_.kernel.note("engine started");
}

void World::end_engine() {
  stage_.kernel.note("engine died at " + stage_.take_crash());
  engine_.reset();
  stage_.kernel.after(dice_.between(seconds(1), seconds(40)), Owner::kWorld,
                      [this] { start_engine(); });
}

void World::deliver(OutgoingCall call, std::chrono::microseconds pause) {
  ++undelivered_;
  stage_.kernel.after(pause, Owner::kWorld, [this, call] {
    --undelivered_;
    if (engine_ == nullptr) return deliver(call, seconds(20));
    OutgoingCall fresh = call;
    fresh.signature = sign_call(call.body, stage_.kernel.now());
    const auto retry = std::make_shared<Kernel::Ticket>();
    ++undelivered_;
    *retry = stage_.kernel.after(minutes(1), Owner::kWorld, [this, call] {
      --undelivered_;
      deliver(call, seconds(1));
    });
    engine_->call(std::move(fresh), [this, call, retry](int status) {
      stage_.kernel.note("told " + call.body + " " + std::to_string(status));
      if (status == 200 && stage_.kernel.cancel(*retry)) --undelivered_;
    });
  });
}

bool World::step() {
  try {
    if (!stage_.kernel.run_next()) return false;
    if (engine_ != nullptr) engine_->run_ready();
  } catch (const Crash&) {
    CHECK(stage_.crashed());
  }
  if (stage_.crashed() || (engine_ != nullptr && !engine_->healthy())) end_engine();
  return true;
}

bool World::quiet() const {
  return !portal_.busy() && !psp_.busy() && undelivered_ == 0 && records_.due.empty() &&
         records_.awaiting.empty() && engine_ != nullptr;
}

Verdict World::run() {
  start_engine();
  const minutes span(30);
  portal_.open(options_.payments, span);
  const Instant faults_end = stage_.kernel.now() + span;
  while (stage_.kernel.now() < faults_end && step()) {
  }
  stage_.faults.stop();
  const Instant bound = stage_.kernel.now() + kQuietWithin;
  while (!quiet() && stage_.kernel.now() < bound && step()) {
  }
  Verdict verdict;
  verdict.findings = check_invariants(evidence());
  if (!quiet()) verdict.findings.push_back({"21 transient", "something never came to its end"});
  verdict.trace_hash = stage_.kernel.trace_hash();
  verdict.trace_lines = stage_.kernel.trace_lines();
  verdict.last_lines.assign(stage_.kernel.last_lines().begin(), stage_.kernel.last_lines().end());
  verdict.payments = static_cast<std::int64_t>(records_.payments.size());
  verdict.entries = static_cast<std::int64_t>(records_.entries.size());
  verdict.crashes = stage_.crashes();
  return verdict;
}

}  // namespace erario::model
