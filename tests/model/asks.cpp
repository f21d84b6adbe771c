#include "tests/model/asks.hpp"

#include <memory>

namespace erario::model {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kClientTimeOut{10};

// The service could not take it now: worth another try, which the key makes safe.
bool passes(ErrorCode code) {
  return code == ErrorCode::kStoreUnavailable || code == ErrorCode::kQueueFull;
}

}  // namespace

Asks::Asks(Stage& stage, std::function<Engine*()> engine, Random& random)
    : stage_(stage), engine_(std::move(engine)), random_(random), dice_(stage.seed, "asks") {}

Command Asks::command(const Ask& ask, std::string_view request) {
  Command command;
  command.id = new_id<CommandId>(stage_.clock, random_);
  command.body = ask.body();
  command.idempotency = Command::Idempotency{{ask.owner, ask.key}, sha256(request)};
  command.render = ask.render;
  return command;
}

void Asks::send(Ask ask) {
  const auto kept = std::make_shared<Ask>(std::move(ask));
  CHECK(told_.emplace(kept->key, Told{}).second);
  ++open_;
  attempt(kept);
  if (dice_.chance(stage_.faults.retried_by_client)) later(kept, milliseconds(dice_.below(200)));
}

void Asks::later(const std::shared_ptr<Ask>& ask, std::chrono::microseconds pause) {
  stage_.kernel.after(pause, Owner::kWorld, [this, ask] {
    const Told& told = told_.at(ask->key);
    if (!told.acknowledged && !told.refused) attempt(ask);
  });
}

void Asks::attempt(const std::shared_ptr<Ask>& ask) {
  Engine* engine = engine_();
  if (engine == nullptr) return later(ask, seconds(2));
  const auto time_out =
      stage_.kernel.after(kClientTimeOut, Owner::kWorld, [this, ask] { later(ask, seconds(0)); });
  engine->request(command(*ask, ask->key), [this, ask, time_out](const Reply& reply) {
    if (dice_.chance(stage_.faults.answer_lost_to_client)) return;  // the time-out asks again
    stage_.kernel.cancel(time_out);
    answered(ask, reply);
  });
}

void Asks::answered(const std::shared_ptr<Ask>& ask, const Reply& reply) {
  Told& told = told_.at(ask->key);
  stage_.kernel.note("answer " + ask->key + " " +
                     (reply.answer ? reply.answer->body : reply.outcome.error().detail));
  if (reply.answer) {
    told.answers.insert(reply.answer->body);
    if (told.acknowledged) return;
    told.acknowledged = true;
    --open_;
    ask->acknowledged(reply.answer->body);
    if (dice_.chance(stage_.faults.retried_by_client)) repeat(ask);
    if (dice_.chance(stage_.faults.reused_key)) reuse_key(ask);
    return;
  }
  const Error& error = reply.outcome.error();
  if (passes(error.code)) return later(ask, seconds(1));
  // A refusal after a success: the other try of the same key was decided first.
  if (told.acknowledged || told.refused) return;
  told.refused = true;
  --open_;
  if (ask->refused) ask->refused(error);
}

// After the answer: whatever comes back must be the same bytes.
void Asks::repeat(const std::shared_ptr<Ask>& ask) {
  ++open_;
  stage_.kernel.after(dice_.between(seconds(1), seconds(600)), Owner::kWorld, [this, ask] {
    --open_;
    Engine* engine = engine_();
    if (engine == nullptr) return;
    engine->request(command(*ask, ask->key), [this, ask](const Reply& reply) {
      if (reply.answer) told_.at(ask->key).answers.insert(reply.answer->body);
    });
  });
}

void Asks::reuse_key(const std::shared_ptr<Ask>& ask) {
  ++open_;
  stage_.kernel.after(dice_.between(seconds(1), seconds(600)), Owner::kWorld, [this, ask] {
    --open_;
    Engine* engine = engine_();
    if (engine == nullptr) return;
    engine->request(command(*ask, "another body " + ask->key), [this, ask](const Reply& reply) {
      if (reply.answer) told_.at(ask->key).another_body_accepted = true;
    });
  });
}

}  // namespace erario::model
