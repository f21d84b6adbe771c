#include "engine/runtime/outbox.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include "engine/base/card_number.hpp"
#include "engine/base/digest.hpp"
#include "engine/base/json.hpp"
#include "engine/payment/event_json.hpp"
#include "engine/runtime/outbox_parts.hpp"
#include "engine/runtime/submit.hpp"
#include "engine/runtime/timer.hpp"

namespace erario {

namespace asio = boost::asio;

namespace {

using outbox::close;
using outbox::count_not_found;

constexpr std::chrono::seconds kPauseMin{2};
constexpr std::chrono::seconds kPauseMax{1200};
// A transfer may take days: while it is in time no more tries are counted than make pauses long.
constexpr int kWaitingTriesMax = 20;
// Gateways end an order a little after its time.
constexpr std::chrono::seconds kAfterExpiry{2};

std::string_view to_text(JobKind kind) {
  switch (kind) {
    case JobKind::kSubmitCharge: return "submit_charge";
    case JobKind::kQueryCharge: return "query_charge";
    case JobKind::kSubmitRefund: return "submit_refund";
    case JobKind::kQueryRefund: return "query_refund";
    case JobKind::kConfirmDeposit: return "confirm_deposit";
    case JobKind::kQueryDispute: return "query_dispute";
    case JobKind::kCaptureCharge: return "capture_charge";
    case JobKind::kReleaseCharge: return "release_charge";
    case JobKind::kEndHold: return "end_hold";
  }
  CHECK(false);
}

// Doubling, with up to a quarter of jitter so that a recovering gateway is not met by a crowd.
std::chrono::microseconds pause_after(int tries, Random& random) {
  const auto doubled = kPauseMin * (std::int64_t{1} << std::clamp(tries - 1, 0, 10));
  const std::chrono::microseconds pause = std::min<std::chrono::seconds>(doubled, kPauseMax);
  std::array<std::uint8_t, 1> byte{};
  random.fill(byte);
  return pause + pause * byte[0] / (255 * 4);
}

bool ends_refund(const GatewayResult& result) {
  return result.outcome == Outcome::kDeclined || result.outcome == Outcome::kApproved;
}

Deposit claimed_deposit(const std::string& payload) {
  const auto document = parse_json(payload);
  CHECK(document.ok());  // written with the job
  auto deposit = deposit_from_json(*document);
  CHECK(deposit.ok());
  return *std::move(deposit);
}

// What a gateway said about a refund of a payment or about the return of a deposit.
CommandBody refund_news(const Job& job, GatewayResult result) {
  if (const auto deposit = DepositId::parse(job.subject); deposit.ok()) {
    return DepositCommand{RecordDepositReturn{*deposit, std::move(result), false}};
  }
  const auto payment = PaymentId::parse(job.subject);
  const auto refund = RefundId::parse(job.target);
  CHECK(payment.ok() && refund.ok());  // find_refund() found them
  return PaymentCommand{RecordRefund{*payment, *refund, std::move(result), false}};
}

}  // namespace

Outbox::Outbox(OutboxDependencies dependencies, asio::any_io_executor executor)
    : with_(dependencies),
      executor_(std::move(executor)),
      timer_(make_timer(with_.timers, executor_)) {
  with_.lane->on_jobs_owed([unmade = unmade_](std::span<const Job> owed) { unmade->add(owed); });
}

void Outbox::wake() {
  asio::post(executor_, [this] { timer_->cancel(); });
}

void Outbox::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    timer_->cancel();
  });
}

Task<void> Outbox::work(Job job) {
  Job untouched = job;
  bool failed = false;
  try {
    co_await call(std::move(job));
  } catch (const std::exception& failure) {
    spdlog::error("outbox: job {}: {}", untouched.id.text(), failure.what());
    failed = true;
  }
  const std::string target = untouched.target;
  const std::string gateway = untouched.gateway;
  if (failed) {
    postpone(untouched, "the call failed inside this program");
    co_await keep(std::move(untouched));
  }
  in_flight_.erase(target);
  if (CallGate* gate = gate_of(gateway); gate != nullptr && gate->in_flight() > 0) gate->leave();
  if (more_due_ || stopping_) timer_->cancel();
}

Task<void> Outbox::call(Job job) {
  switch (job.kind) {
    case JobKind::kSubmitCharge: return submit_charge(std::move(job));
    case JobKind::kQueryCharge: return query_charge(std::move(job));
    case JobKind::kSubmitRefund: return submit_refund(std::move(job));
    case JobKind::kQueryRefund: return query_refund(std::move(job));
    case JobKind::kConfirmDeposit: return confirm_deposit(std::move(job));
    case JobKind::kQueryDispute: return query_dispute(std::move(job));
    case JobKind::kCaptureCharge:
    case JobKind::kReleaseCharge: return settle_hold(std::move(job));
    case JobKind::kEndHold: return end_hold(std::move(job));
  }
  CHECK(false);
}

Task<void> Outbox::submit_refund(Job job) {
  auto found = find_refund(*with_.reader, job.subject, job.target);
  if (!found.ok() && is_passing(found.error())) co_return;
  const bool first = found.ok() && found->refund.state == RefundState::kSubmitting;
  if (!first && !(found.ok() && found->refund.state == RefundState::kUnknown)) {
    close(job, JobState::kDone, "the refund has its answer");
    co_return co_await keep(std::move(job));
  }
  const auto* gateway = with_.gateways->find(job.gateway);
  if (gateway == nullptr || gateway->refunds == nullptr) {
    postpone(job, "the gateway is not configured for refunds");
    co_return co_await keep(std::move(job));
  }
  const Instant started = with_.clock->now();
  GatewayResult result = co_await gateway->refunds->refund(std::move(found->order));
  measure(job, result, started);
  if (result.outcome == Outcome::kUnknown && result.not_sent) {
    postpone(job, result.reason);
    co_return co_await keep(std::move(job));
  }
  // After the first submission decide() owes the call that asks; after a repeated one we do.
  std::vector<Job> follow_ups;
  if (!first && !ends_refund(result)) follow_ups.push_back(follow_up(job, JobKind::kQueryRefund));
  close(job, JobState::kDone, result.reason);
  CommandBody news = refund_news(job, std::move(result));
  co_await record(std::move(job), std::move(news), std::move(follow_ups));
}

Task<void> Outbox::query_refund(Job job) {
  auto found = find_refund(*with_.reader, job.subject, job.target);
  if (!found.ok() && is_passing(found.error())) co_return;
  const bool open = found.ok() && (found->refund.state == RefundState::kSubmitting ||
                                   found->refund.state == RefundState::kPending ||
                                   found->refund.state == RefundState::kUnknown);
  if (!open) {
    close(job, JobState::kDone, "the refund has its answer");
    co_return co_await keep(std::move(job));
  }
  const auto* gateway = with_.gateways->find(job.gateway);
  if (gateway == nullptr || gateway->refunds == nullptr) {
    postpone(job, "the gateway is not configured for refunds");
    co_return co_await keep(std::move(job));
  }
  const Instant started = with_.clock->now();
  GatewayResult result = co_await gateway->refunds->query_refund(std::move(found->order));
  measure(job, result, started);
  std::vector<Job> follow_ups;
  if (!result.found && found->refund.state == RefundState::kUnknown &&
      count_not_found(job) >= kNotFoundTries) {
    // The gateway never got it: the same order goes out again under the same reference.
    follow_ups.push_back(follow_up(job, JobKind::kSubmitRefund));
    close(job, JobState::kDone, "not_received");
  } else if (ends_refund(result)) {
    close(job, JobState::kDone, result.reason);
  } else {
    postpone(job, result.reason);
  }
  CommandBody news = UpdateJobs{};
  if (result.outcome != Outcome::kUnknown) news = refund_news(job, std::move(result));
  co_await record(std::move(job), std::move(news), std::move(follow_ups));
}

Task<void> Outbox::confirm_deposit(Job job) {
  const auto* gateway = with_.gateways->find(job.gateway);
  if (gateway == nullptr || gateway->deposits == nullptr) {
    postpone(job, "the gateway is not configured to confirm deposits");
    co_return co_await keep(std::move(job));
  }
  Deposit claimed = claimed_deposit(job.payload);
  Deposit asked_about = claimed;
  const Instant started = with_.clock->now();
  GatewayResult result = co_await gateway->deposits->confirm_deposit(std::move(asked_about));
  measure(job, result, started);
  if (result.outcome == Outcome::kApproved) {
    close(job, JobState::kDone, result.reason);
    CommandBody news = DepositCommand{RecordDeposit{std::move(claimed)}};
    co_return co_await record(std::move(job), std::move(news), std::vector<Job>());
  }
  // Who called was not the gateway, or the gateway contradicts itself: a person looks.
  if (result.outcome == Outcome::kDeclined) {
    close(job, JobState::kDead, result.reason);
  } else {
    postpone(job, result.reason);
  }
  co_await keep(std::move(job));
}

bool Outbox::asked_by_another(const Job& job) {
  const auto asking = asked_again_.find(job.target);
  if (asking != asked_again_.end()) return asking->second != job.id;
  if (asked_again_.size() < kAskedAgainMax) asked_again_.emplace(job.target, job.id);
  return false;
}

Task<void> Outbox::record(Job job, CommandBody news, std::vector<Job> follow_ups) {
  const auto asking = asked_again_.find(job.target);
  const bool asks = asking != asked_again_.end() && asking->second == job.id;
  if (asks && job.state != JobState::kDue) asked_again_.erase(asking);
  Command command;
  command.id = new_id<CommandId>(*with_.clock, *with_.random);
  command.body = std::move(news);
  const std::string subject = job.subject;
  if (auto unread = unread_.extract(job.target)) command.inbound = std::move(unread.mapped());
  command.job_updates.push_back(std::move(job));
  command.new_jobs = std::move(follow_ups);
  // What a gateway said is worth waiting for: without it the call would be made again.
  Persistence how{"outbox: " + subject, with_.timers, [this] { return stopping_; }};
  co_await submit_persistently(*with_.lane, std::move(command), std::move(how));
}

Task<void> Outbox::keep(Job job) {
  CommandBody nothing = UpdateJobs{};
  co_await record(std::move(job), std::move(nothing), std::vector<Job>());
}

void Outbox::postpone(Job& job, std::string why) {
  job.tries += 1;
  job.due_at = with_.clock->now() + pause_after(job.tries, *with_.random);
  job.last_error = std::move(why);
  if (job.tries >= kOutboxTriesMax) job.state = JobState::kDead;
}

void Outbox::wait_for_payer(Job& job, Instant until) {
  postpone(job, "waits for the payer's transfer");
  if (with_.clock->now() >= until) return;
  job.state = JobState::kDue;
  job.tries = std::min(job.tries, kWaitingTriesMax);
  if (job.due_at < until + kAfterExpiry) return;
  job.due_at = until + kAfterExpiry;
  job.tries = 0;  // from then on the gateway is to tell how it ended
}

Job Outbox::follow_up(const Job& job, JobKind kind) {
  Job next = job;
  next.id = new_id<JobId>(*with_.clock, *with_.random);
  next.kind = kind;
  next.payload.clear();
  postpone(next, "");
  return next;
}

void Outbox::keep_unread(const Job& job, const std::string& reason, const Unread& unread) {
  const std::string_view operation = to_text(job.kind);
  with_.metrics->count("erario_gateway_unreadable_answers_total",
                       {{"gateway", job.gateway}, {"operation", operation}});
  const auto held_back = unread_log_[job.gateway].admit(std::chrono::steady_clock::now());
  if (held_back)
    spdlog::warn("outbox: {}: {}: the answer of {} cannot be read: {}{}", job.subject, operation,
                 job.gateway, unread.what, held_back_text(*held_back));
  // One that says the same nonsense at every try is kept once.
  if (job.last_error == reason) return;
  Inbound kept;
  kept.id = new_id<InboundId>(*with_.clock, *with_.random);
  kept.gateway = job.gateway;
  kept.route = operation;
  kept.received_at = with_.clock->now();
  kept.digest = sha256(unread.body);
  kept.body = mask_card_numbers(unread.body);
  unread_.insert_or_assign(job.target, std::move(kept));
}

void Outbox::measure(const Job& job, GatewayResult& result, Instant started) {
  const bool answered = result.outcome != Outcome::kUnknown || !result.found;
  if (with_.router != nullptr) with_.router->record(job.gateway, answered);
  const std::string_view operation = to_text(job.kind);
  with_.metrics->count("erario_gateway_calls_total",
                       {{"gateway", job.gateway},
                        {"operation", operation},
                        {"outcome", erario::to_text(result.outcome)}});
  if (!result.unlisted_code.empty()) {
    with_.metrics->count("erario_gateway_unlisted_codes_total",
                         {{"gateway", job.gateway}, {"operation", operation}});
    spdlog::warn("outbox: {}: {} answered with the code {}, which its error table does not list",
                 job.subject, job.gateway, result.unlisted_code);
  }
  if (result.unread) keep_unread(job, result.reason, *result.unread);
  result.unread.reset();
  const std::chrono::duration<double> took = with_.clock->now() - started;
  with_.metrics->observe("erario_gateway_call_seconds",
                         {{"gateway", job.gateway}, {"operation", operation}}, took.count());
}

}  // namespace erario
