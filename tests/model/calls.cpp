#include "tests/model/calls.hpp"

#include <memory>

#include "tests/model/network.hpp"
#include "tests/model/text.hpp"

namespace erario::model {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kAccepted = 200;
constexpr int kAgainMax = 50;
constexpr std::size_t kReplayedMax = 2'000;

}  // namespace

Calls::Calls(Stage& stage, std::function<Engine*()> engine, Hears hears)
    : stage_(stage),
      engine_(std::move(engine)),
      hears_(std::move(hears)),
      dice_(stage.seed, "calls") {}

void Calls::send(OutgoingCall call, std::chrono::microseconds pause) {
  const Faults& faults = stage_.faults;
  if (stage_.gateway_fault(dice_, faults.webhook_lost)) pause += minutes(1);
  if (stage_.gateway_fault(dice_, faults.webhook_late))
    pause += dice_.between(seconds(30), minutes(50));
  if (stage_.gateway_fault(dice_, faults.webhook_again)) {
    const std::int64_t times = dice_.chance(9'000) ? dice_.between(1, 3) : kAgainMax;
    for (std::int64_t i = 0; i < times; ++i) {
      ++undelivered_;
      stage_.kernel.after(pause + dice_.between(seconds(0), minutes(3)), Owner::kWorld,
                          [this, call] {
                            --undelivered_;
                            repeat(call);
                          });
    }
  }
  if (stage_.gateway_fault(dice_, faults.webhook_forged)) forge_like(call);
  deliver(call, pause);
}

void Calls::deliver(const OutgoingCall& call, std::chrono::microseconds pause) {
  ++undelivered_;
  stage_.kernel.after(pause, Owner::kWorld, [this, call] {
    --undelivered_;
    if (engine_() == nullptr) return deliver(call, seconds(20));
    hand_over(call);
  });
}

void Calls::hand_over(const OutgoingCall& call) {
  OutgoingCall signed_call = call;
  signed_call.signature = sign_call(call.body, stage_.kernel.now());
  const auto retry = std::make_shared<Kernel::Ticket>();
  ++undelivered_;
  *retry = stage_.kernel.after(minutes(1), Owner::kWorld, [this, call] {
    --undelivered_;
    deliver(call, seconds(1));
  });
  hears_(call, 0);
  engine_()->call(std::move(signed_call), [this, call, retry](int status) {
    stage_.kernel.note("told " + call.body + " " + std::to_string(status));
    hears_(call, status);
    if (status != kAccepted || !stage_.kernel.cancel(*retry)) return;
    --undelivered_;
    accepted_.push_back(call);
  });
}

void Calls::repeat(const OutgoingCall& call) {
  Engine* engine = engine_();
  if (engine == nullptr) return;
  OutgoingCall again = call;
  again.signature = sign_call(call.body, stage_.kernel.now());
  hears_(call, 0);
  engine->call(std::move(again), [this, call](int status) { hears_(call, status); });
}

void Calls::replay_all(const std::set<std::string>& news) {
  std::vector<OutgoingCall> calls = accepted_;
  std::erase_if(calls,
                [&](const OutgoingCall& call) { return news.contains(words(call.body).at(1)); });
  for (std::size_t i = calls.size(); i > 1; --i) {
    const auto other = static_cast<std::size_t>(dice_.below(static_cast<std::int64_t>(i)));
    std::swap(calls[i - 1], calls[other]);
  }
  if (calls.size() > kReplayedMax) calls.resize(kReplayedMax);
  for (const OutgoingCall& call : calls) {
    repeat(call);
    if (dice_.chance(2'000)) repeat(call);
  }
}

void Calls::forge(int times) {
  for (int i = 0; i < times && !accepted_.empty(); ++i)
    forge_like(dice_.one_of(accepted_));
}

// Somebody who saw a call makes one up for himself.
void Calls::forge_like(const OutgoingCall& call) {
  OutgoingCall forged = call;
  const Instant now = stage_.kernel.now();
  // Its own digest tells it from every true call.
  const std::string mark = "FALSA" + std::to_string(++forgeries_);
  const std::size_t first = forged.body.find(' ');
  const std::size_t second = forged.body.find(' ', first + 1);
  if (forged.body.starts_with("deposit ")) {
    const std::size_t third = forged.body.find(' ', second + 1);
    forged.body.replace(second + 1, third - second - 1, mark);
  } else {
    forged.body += mark;
  }
  switch (dice_.below(4)) {
    case 0: forged.signature = ""; break;
    case 1: forged.signature = sign_call(call.body, now); break;  // of another body
    case 2: forged.signature = sign_call(forged.body, now - minutes(45)); break;
    default:
      forged.signature = sign_call(forged.body, now);
      forged.signature.back() = forged.signature.back() == '0' ? '1' : '0';
      break;
  }
  forged_.insert(sha256(forged.body));
  Engine* engine = engine_();
  if (engine == nullptr) return;
  engine->call(std::move(forged), [this](int status) {
    if (status == kAccepted) ++believed_;
  });
}

}  // namespace erario::model
