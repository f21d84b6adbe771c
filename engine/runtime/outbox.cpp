#include "engine/runtime/outbox.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include "engine/base/json.hpp"
#include "engine/payment/event_json.hpp"
#include "engine/runtime/submit.hpp"
#include "engine/runtime/timer.hpp"

namespace erario {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kPauseMin{2};
constexpr std::chrono::seconds kPauseMax{1200};
// How often an answer is offered to a lane that takes nothing now, a poll's pause apart.
constexpr int kRecordTriesMax = 20;

std::string_view to_text(JobKind kind) {
  switch (kind) {
    case JobKind::kSubmitCharge: return "submit_charge";
    case JobKind::kQueryCharge: return "query_charge";
    case JobKind::kSubmitRefund: return "submit_refund";
    case JobKind::kQueryRefund: return "query_refund";
    case JobKind::kConfirmDeposit: return "confirm_deposit";
    case JobKind::kQueryDispute: return "query_dispute";
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

struct Charge {
  Payment payment;
  Attempt attempt;
};
// Fails with kNotFound or kStoreUnavailable.
Result<Charge> find_charge(Reader& reader, const Job& job) {
  TRY(const PaymentId id, PaymentId::parse(job.subject));
  Charge charge;
  TRY(charge.payment, reader.payment(id));
  for (const Attempt& attempt : charge.payment.attempts) {
    if (attempt.id.text() != job.target) continue;
    charge.attempt = attempt;
    return charge;
  }
  return Error{ErrorCode::kNotFound, "the payment has no such attempt"};
}

bool waits_for_the_store(const Error& error) {
  return error.code == ErrorCode::kStoreUnavailable || error.code == ErrorCode::kQueueFull;
}

// The payload goes: it held what only the call needed, the payer's token among it.
void close(Job& job, JobState state, std::string why) {
  job.state = state;
  job.payload.clear();
  job.last_error = std::move(why);
}

// What counts in metrics as the outcome of asking about a dispute.
GatewayResult measured(const DisputeNews& news) {
  GatewayResult result;
  result.outcome = news.stage == DisputeStage::kUnknown ? Outcome::kUnknown : Outcome::kApproved;
  return result;
}

// Approval without a figure proves nothing: decide() asks on, and so must the job.
bool ends_charge(const GatewayResult& result) {
  return result.outcome == Outcome::kDeclined ||
         (result.outcome == Outcome::kApproved && result.amount > Money{});
}
bool ends_refund(const GatewayResult& result) {
  return result.outcome == Outcome::kDeclined || result.outcome == Outcome::kApproved;
}

// How often a query was answered with "not found" is kept in its payload, so that a restart does
// not forget it and answers that say nothing do not count.
constexpr std::string_view kNotFoundMark = "not_found:";
int count_not_found(Job& job) {
  int times = 1;
  if (job.payload.starts_with(kNotFoundMark)) {
    times += job.payload.back() - '0';  // kNotFoundTries has one digit
  }
  job.payload = std::string(kNotFoundMark) + std::to_string(std::min(times, 9));
  return times;
}

ChargeRequest charge_request(const Payment& payment, const Attempt& attempt,
                             const std::string& payload) {
  ChargeRequest request;
  request.reference = attempt.reference;
  request.amount = attempt.amount;
  request.currency = payment.currency;
  request.description = "Pago " + payment.id.text();
  request.return_url = payment.return_url;
  request.payer = payment.payer;
  const auto details = parse_json(payload);
  CHECK(details.ok());  // written by decide()
  request.token = details->at("token").as_string();
  request.device_session = details->at("device_session").as_string();
  request.three_d_secure = attempt.three_d_secure;
  request.instalments = attempt.instalments;
  return request;
}

// The same card once more, with 3-D Secure, where the payer can be sent to the bank and back.
std::optional<CardCharge> retry_of(const Charge& charge, const Job& job, const GatewayResult& said,
                                   AttemptId retry) {
  const bool helps = said.outcome == Outcome::kDeclined && said.three_d_secure_helps;
  if (!helps || charge.attempt.three_d_secure || charge.payment.return_url.empty()) return {};
  const ChargeRequest first = charge_request(charge.payment, charge.attempt, job.payload);
  CardCharge again;
  again.attempt = retry;
  again.gateway = job.gateway;
  again.reference = gateway_reference("EA", retry.bytes);
  again.token = first.token;
  again.device_session = first.device_session;
  again.three_d_secure = true;
  again.instalments = first.instalments;
  return again;
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
      timer_(make_timer(with_.timers, executor_)) {}

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
  }
  CHECK(false);
}

Task<void> Outbox::submit_charge(Job job) {
  auto charge = find_charge(*with_.reader, job);
  if (!charge.ok() && waits_for_the_store(charge.error())) co_return;
  if (!charge.ok() || charge->attempt.state != AttemptState::kSubmitting) {
    close(job, JobState::kDone, "the attempt has its answer");
    co_return co_await keep(std::move(job));
  }
  const auto* gateway = with_.gateways->find(job.gateway);
  if (gateway == nullptr) {
    postpone(job, "the gateway is not configured");
    co_return co_await keep(std::move(job));
  }
  GatewayResult result;
  if (with_.clock->now() < charge->payment.expires_at) {
    const Instant started = with_.clock->now();
    ChargeRequest request = charge_request(charge->payment, charge->attempt, job.payload);
    result = co_await gateway->gateway->submit(std::move(request));
    measure(job, result, started);
  } else {
    // The payer is gone: nobody is charged hours later. Whether an earlier try reached the gateway
    // is found out by asking.
    result.reason = "payment_expired";
  }
  if (result.outcome == Outcome::kUnknown && result.not_sent) {
    postpone(job, result.reason);
    co_return co_await keep(std::move(job));
  }
  RecordCharge news{charge->payment.id, charge->attempt.id, result};
  news.retry = retry_of(*charge, job, result, new_id<AttemptId>(*with_.clock, *with_.random));
  close(job, JobState::kDone, result.reason);
  CommandBody body = PaymentCommand{std::move(news)};
  co_await record(std::move(job), std::move(body), std::vector<Job>());
}

Task<void> Outbox::query_charge(Job job) {
  auto charge = find_charge(*with_.reader, job);
  if (!charge.ok() && waits_for_the_store(charge.error())) co_return;
  const bool once = job.payload == kAskOnce;
  // A decline is asked about once more when the gateway itself says that something happened.
  const bool open = charge.ok() && charge->attempt.state != AttemptState::kSucceeded &&
                    (once || charge->attempt.state != AttemptState::kDeclined);
  if (!open) {
    close(job, JobState::kDone, "the attempt has its answer");
    co_return co_await keep(std::move(job));
  }
  const auto* gateway = with_.gateways->find(job.gateway);
  if (gateway == nullptr) {
    postpone(job, "the gateway is not configured");
    co_return co_await keep(std::move(job));
  }
  const Instant started = with_.clock->now();
  ChargeQuery query;
  query.reference = charge->attempt.reference;
  query.gateway_id = charge->attempt.gateway_id;
  GatewayResult result = co_await gateway->gateway->query(std::move(query));
  measure(job, result, started);
  // Only what the gateway never acknowledged can have got lost on the way.
  if (!result.found && !once && charge->attempt.state == AttemptState::kUnknown &&
      count_not_found(job) >= kNotFoundTries) {
    result.outcome = Outcome::kDeclined;
    result.reason = "not_received";
  }
  const bool said_nothing = result.outcome == Outcome::kUnknown;
  const bool answered = !result.found || !said_nothing;
  if (ends_charge(result) || (once && answered)) {
    close(job, JobState::kDone, result.reason);
  } else if (once && asked_by_another(job)) {
    close(job, JobState::kDone, "another query asks the same");
  } else {
    postpone(job, result.reason);
  }
  if (said_nothing) co_return co_await keep(std::move(job));
  RecordCharge news{charge->payment.id, charge->attempt.id, std::move(result)};
  CommandBody body = PaymentCommand{std::move(news)};
  co_await record(std::move(job), std::move(body), std::vector<Job>());
}

Task<void> Outbox::submit_refund(Job job) {
  auto found = find_refund(*with_.reader, job.subject, job.target);
  if (!found.ok() && waits_for_the_store(found.error())) co_return;
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
  if (!found.ok() && waits_for_the_store(found.error())) co_return;
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

Task<void> Outbox::query_dispute(Job job) {
  auto charge = find_charge(*with_.reader, job);
  if (!charge.ok() && waits_for_the_store(charge.error())) co_return;
  const auto* gateway = with_.gateways->find(job.gateway);
  if (!charge.ok() || gateway == nullptr || gateway->disputes == nullptr) {
    // Whoever made the job knew both: they are gone, and a person must look.
    close(job, JobState::kDead, "the charge or its gateway is not known");
    co_return co_await keep(std::move(job));
  }
  if (charge->attempt.state != AttemptState::kSucceeded) {
    postpone(job, "the charge itself is not known to have been captured");
    co_return co_await keep(std::move(job));
  }
  const Instant started = with_.clock->now();
  ChargeQuery query;
  query.reference = charge->attempt.reference;
  query.gateway_id = charge->attempt.gateway_id;
  DisputeNews news = co_await gateway->disputes->query_dispute(std::move(query));
  measure(job, measured(news), started);
  const bool once = job.payload == kAskOnce;
  if (news.stage == DisputeStage::kUnknown) {
    postpone(job, news.reason);
    co_return co_await keep(std::move(job));
  }
  if (news.stage == DisputeStage::kOpen && !once) {
    job.tries += 1;
    job.due_at = with_.clock->now() + kDisputePause;
    job.last_error = "still open";
    if (job.tries >= kDisputeTriesMax) job.state = JobState::kDead;
  } else {
    close(job, JobState::kDone, std::string(erario::to_text(news.stage)));
  }
  RecordDispute body{new_id<DisputeId>(*with_.clock, *with_.random), charge->payment.id,
                     charge->attempt.id, std::move(news)};
  CommandBody told = DisputeCommand{std::move(body)};
  co_await record(std::move(job), std::move(told), std::vector<Job>());
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
  command.job_updates.push_back(std::move(job));
  command.new_jobs = std::move(follow_ups);
  const auto timer = make_timer(with_.timers, executor_);
  for (int tries = 1;; ++tries) {
    Command copy = command;
    const Reply reply = co_await erario::submit(*with_.lane, std::move(copy));
    if (reply.outcome.ok()) co_return;
    spdlog::warn("outbox: {}: {}", subject, reply.outcome.error().detail);
    // What a gateway said is worth waiting for: without it the call would be made again.
    if (!waits_for_the_store(reply.outcome.error()) || !with_.lane->healthy()) co_return;
    if (stopping_ || tries >= kRecordTriesMax) co_return;
    co_await timer->wait(kOutboxPollPause);
  }
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

Job Outbox::follow_up(const Job& job, JobKind kind) {
  Job next = job;
  next.id = new_id<JobId>(*with_.clock, *with_.random);
  next.kind = kind;
  next.payload.clear();
  postpone(next, "");
  return next;
}

void Outbox::measure(const Job& job, const GatewayResult& result, Instant started) {
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
  const std::chrono::duration<double> took = with_.clock->now() - started;
  with_.metrics->observe("erario_gateway_call_seconds",
                         {{"gateway", job.gateway}, {"operation", operation}}, took.count());
}

}  // namespace erario
