#include "tests/model/engine.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "api/handlers/handlers.hpp"
#include "engine/runtime/submit.hpp"

namespace erario::model {

namespace asio = boost::asio;

namespace {

using std::chrono::microseconds;

constexpr std::chrono::milliseconds kExpirePause{5'000};
constexpr int kExpireBatch = 256;
// A commit's time; what queues meanwhile is the next batch.
constexpr microseconds kCommitLeast{200};
constexpr microseconds kCommitMost{4'000};
// So that a night is recorded in several parts, and the process may die between them.
constexpr RunPartLimits kSmallParts{4, 4'096};

LaneLimits lane_limits() {
  LaneLimits limits;
  limits.in_doubt_pause = std::chrono::milliseconds(0);
  return limits;
}

// Money that pays nothing waits for a person; in half of the worlds half of the kinds go back at
// once. The same in every process of a world.
DepositPolicies policies_of(std::uint64_t seed) {
  Dice dice(seed, "policies");
  DepositPolicies policies;
  if (dice.chance(kAlways / 2)) return policies;
  for (const SuspenseKind kind :
       {SuspenseKind::kUnidentified, SuspenseKind::kShort, SuspenseKind::kOver, SuspenseKind::kLate,
        SuspenseKind::kDuplicate}) {
    if (dice.chance(kAlways / 2)) CHECK(set_action(policies.common, kind, "return").ok());
  }
  return policies;
}

}  // namespace

std::string CheapSigner::sign(std::string_view bytes) const {
  return std::string(as_bytes(sha256(bytes)));
}

Engine::Engine(Parts parts)
    : with_(std::move(parts)),
      stage_(*with_.stage),
      dice_(stage_.seed, "engine"),
      timers_(stage_.kernel),
      policies_(policies_of(stage_.seed)),
      keys_(with_.store->reader()) {
  Reader& reader = with_.store->reader();
  auto lane = CommitLane::start(
      {with_.store, with_.clock, with_.random, &signer_, with_.bookkeeper, &metrics_, &policies_},
      lane_limits(), LaneThread::kCaller);
  CHECK(lane.ok());
  lane_ = *std::move(lane);
  OutboxDependencies outbox;
  outbox.reader = &reader;
  outbox.lane = lane_.get();
  outbox.gateways = &with_.gateways;
  outbox.clock = with_.clock;
  outbox.random = with_.random;
  outbox.metrics = &metrics_;
  outbox.timers = &timers_;
  router_ = std::make_unique<Router>(with_.gateways, *with_.clock, metrics_);
  outbox.router = router_.get();
  outbox_ = std::make_unique<Outbox>(outbox, io_.get_executor());
  scheduler_ = std::make_unique<Scheduler>(io_.get_executor(), &timers_);
  RunParameters parameters;
  parameters.gateway_grace_business_days = 1;
  parameters.bank_grace_business_days = 1;
  nightly_ = std::make_unique<api::Nightly>(
      api::NightlyDependencies{&reader, lane_.get(), &with_.gateways, with_.clock, with_.random,
                               &metrics_, io_.get_executor(), &timers_},
      std::move(with_.banks), parameters, kSmallParts);
  context_ = std::make_unique<api::ApiContext>(api::ApiContext{
      *with_.store,
      [this](Command command) { return submit(*lane_, std::move(command)); },
      [this] { return lane_->healthy(); },
      with_.gateways,
      *with_.clock,
      *with_.random,
      signer_,
      metrics_,
      catalogue_,
      Secret("a secret of the simulation's own"),
      api::ApiSettings{},
      {},
      {},
      {},
      keys_,
      *router_,
  });
  lane_->on_new_jobs([this] { outbox_->wake(); });
  asio::co_spawn(io_, outbox_->run(), asio::detached);
  if (with_.ears != nullptr) start_notifier();
  scheduler_->every(kExpirePause, "expiry", [this] { return expire_payments(); });
}

void Engine::start_notifier() {
  NotifierDependencies notifier;
  notifier.store = &with_.store->webhooks();
  notifier.lane = lane_.get();
  notifier.sender = with_.ears;
  notifier.body = [](const WebhookDelivery& delivery, const WebhookEndpoint&) {
    return Result<std::string>(delivery.type + " of " + delivery.subject);
  };
  notifier.installation_secret = &with_.ears->installation_secret();
  notifier.clock = with_.clock;
  notifier.random = with_.random;
  notifier.metrics = &metrics_;
  notifier.timers = &timers_;
  notifier_ = std::make_unique<Notifier>(std::move(notifier), io_.get_executor());
  lane_->on_deliveries([this] { notifier_->wake(); });
  asio::co_spawn(io_, notifier_->run(), asio::detached);
}

Engine::~Engine() {
  // As the process dies: what waited for time or for the lane is never resumed.
  stage_.kernel.forget(Owner::kEngine);
}

void Engine::plan_commit() {
  if (commit_planned_) return;
  commit_planned_ = true;
  stage_.kernel.after(dice_.between(kCommitLeast, kCommitMost), Owner::kEngine, [this] {
    commit_planned_ = false;
    if (lane_->step()) plan_commit();
  });
}

void Engine::run_ready() {
  bool ran = false;
  io_.restart();
  while (!stage_.crashed() && io_.poll_one() > 0)
    ran = true;
  if (ran) plan_commit();
}

void Engine::request(Command command, std::function<void(Reply)> answered) {
  asio::co_spawn(io_, serve(std::move(command), std::move(answered)), asio::detached);
}

Task<void> Engine::serve(Command command, std::function<void(Reply)> answered) {
  Reply reply = co_await submit(*lane_, std::move(command));
  co_await stage_.pass("portal.answer");
  answered(std::move(reply));
}

void Engine::call(OutgoingCall call, std::function<void(int)> answered) {
  asio::co_spawn(io_, receive(std::move(call), std::move(answered)), asio::detached);
}

Task<void> Engine::receive(OutgoingCall call, std::function<void(int)> answered) {
  co_await stage_.pass("inbound.received");
  api::Request request;
  request.parameters = {{"gateway", call.gateway}, {"route", call.route}};
  request.head.headers = {{"signature", call.signature}};
  request.body = std::move(call.body);
  auto response = co_await api::handlers::receive_inbound(*context_, std::move(request));
  co_await stage_.pass("inbound.answer");
  answered(response.ok() ? response->status : 500);
}

Result<api::Response> Engine::read_payment(const std::string& owner, const PaymentId& id) {
  api::Request request;
  request.parameters = {{"payment", id.text()}};
  request.principal.owner = owner;
  request.principal.scopes = {Scope::kPortal};
  return api::handlers::get_payment(*context_, request);
}

void Engine::reconcile(Date date, std::function<void(Result<RunRow>)> done) {
  asio::co_spawn(io_, run_nightly(date, std::move(done)), asio::detached);
}

Task<void> Engine::run_nightly(Date date, std::function<void(Result<RunRow>)> done) {
  auto run = co_await nightly_->reconcile(date);
  done(std::move(run));
}

Task<void> Engine::expire_payments() {
  auto due = with_.store->reader().payments_to_expire(with_.clock->now(), kExpireBatch);
  if (!due.ok()) co_return;
  for (const PaymentId payment : *due) {
    Command command;
    command.id = new_id<CommandId>(*with_.clock, *with_.random);
    command.body = PaymentCommand{ExpirePayment{payment}};
    const Reply reply = co_await submit(*lane_, std::move(command));
    if (!reply.outcome.ok()) co_return;
  }
}

}  // namespace erario::model
