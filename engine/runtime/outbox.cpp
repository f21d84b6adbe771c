#include "engine/runtime/outbox.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "engine/base/calendar.hpp"
#include "engine/base/json.hpp"
#include "engine/runtime/submit.hpp"

namespace erario {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kPollPause{500};
constexpr std::chrono::seconds kPauseMin{2};
constexpr std::chrono::seconds kPauseMax{1200};

std::string_view to_text(JobKind kind) {
  switch (kind) {
    case JobKind::kSubmitCharge:
      return "submit_charge";
    case JobKind::kQueryCharge:
      return "query_charge";
    case JobKind::kSubmitRefund:
      return "submit_refund";
    case JobKind::kQueryRefund:
      return "query_refund";
  }
  CHECK(false);
}

bool final_answer(const GatewayResult& result) {
  return result.outcome == Outcome::kApproved || result.outcome == Outcome::kDeclined;
}

// Doubling, with up to a quarter of jitter so that a recovering gateway is not met by a crowd.
std::chrono::microseconds pause_after(int tries, Random& random) {
  const auto doubled = kPauseMin * (std::int64_t{1} << std::min(tries, 10));
  const std::chrono::microseconds pause = std::min<std::chrono::seconds>(doubled, kPauseMax);
  std::array<std::uint8_t, 1> byte{};
  random.fill(byte);
  return pause + pause * byte[0] / (255 * 4);
}

Attempt* find_attempt(Payment& payment, const std::string& id) {
  for (Attempt& attempt : payment.attempts) {
    if (attempt.id.text() == id) return &attempt;
  }
  return nullptr;
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
  request.three_d_secure = details->at("three_d_secure").as_bool();
  return request;
}

}  // namespace

Result<RefundSubject> find_refund(Reader& reader, const std::string& subject,
                                  const std::string& target) {
  RefundSubject found;
  RefundOrder& order = found.order;
  if (const auto deposit_id = DepositId::parse(subject); deposit_id.ok()) {
    TRY(const Deposit deposit, reader.deposit(*deposit_id));
    if (!deposit.return_order || deposit.return_order->id.text() != target) {
      return Error{ErrorCode::kNotFound, "the deposit has no such return"};
    }
    found.refund = *deposit.return_order;
    order.charge_gateway_id = deposit.gateway_id;
    order.charge_reference = deposit.key.tracking_key;
  } else {
    TRY(const PaymentId payment_id, PaymentId::parse(subject));
    TRY(const Payment payment, reader.payment(payment_id));
    const auto at = std::find_if(payment.refunds.begin(), payment.refunds.end(),
                                 [&](const Refund& refund) { return refund.id.text() == target; });
    if (at == payment.refunds.end()) {
      return Error{ErrorCode::kNotFound, "the payment has no such refund"};
    }
    found.refund = *at;
    for (const Attempt& attempt : payment.attempts) {
      if (attempt.state != AttemptState::kSucceeded) continue;
      order.charge_gateway_id = attempt.gateway_id;
      order.charge_reference = attempt.reference;
    }
  }
  order.reference = found.refund.reference;
  order.amount = found.refund.amount;
  order.reason = found.refund.reason;
  order.destination = found.refund.destination;
  order.operating_date = spei_operating_date(found.refund.created_at);
  order.gateway_id = found.refund.gateway_id;
  return found;
}

Outbox::Outbox(OutboxDependencies dependencies, asio::any_io_executor executor)
    : with_(dependencies), executor_(std::move(executor)), timer_(executor_) {}

void Outbox::wake() {
  asio::post(executor_, [this] { timer_.cancel(); });
}

void Outbox::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    timer_.cancel();
  });
}

Task<void> Outbox::run() {
  while (!stopping_) {
    const int places = kOutboxCallsMax - static_cast<int>(in_flight_.size());
    // Those in flight are still due in the store: ask for as many more.
    auto due = with_.reader->jobs_due(with_.clock->now(), kOutboxCallsMax + places);
    if (!due.ok()) spdlog::error("outbox: {}", due.error().detail);
    if (due.ok()) {
      for (Job& job : *due) {
        if (in_flight_.size() >= kOutboxCallsMax) break;
        if (!in_flight_.insert(job.id).second) continue;
        asio::co_spawn(executor_, work(std::move(job)), asio::detached);
      }
    }
    timer_.expires_after(kPollPause);
    boost::system::error_code woken;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
}

Task<void> Outbox::work(Job job) {
  const JobId id = job.id;
  try {
    switch (job.kind) {
      case JobKind::kSubmitCharge:
        co_await submit_charge(std::move(job));
        break;
      case JobKind::kQueryCharge:
        co_await query_charge(std::move(job));
        break;
      case JobKind::kSubmitRefund:
        co_await submit_refund(std::move(job));
        break;
      case JobKind::kQueryRefund:
        co_await query_refund(std::move(job));
        break;
    }
  } catch (const std::exception& failure) {
    // The job stays due: the next round makes the call again.
    spdlog::error("outbox: job {}: {}", id.text(), failure.what());
  }
  in_flight_.erase(id);
}

Task<void> Outbox::submit_charge(Job job) {
  const auto payment_id = PaymentId::parse(job.subject);
  CHECK(payment_id.ok());
  auto payment = with_.reader->payment(*payment_id);
  if (!payment.ok()) co_return;  // the store is unavailable: the job stays due
  const Attempt* attempt = find_attempt(*payment, job.target);
  const auto* gateway = with_.gateways->find(job.gateway);
  if (attempt == nullptr || attempt->state != AttemptState::kSubmitting) {
    co_await finish(std::move(job), JobState::kDone, "the attempt has its answer");
    co_return;
  }
  if (gateway == nullptr) {
    co_await try_later(std::move(job), "the gateway is not configured");
    co_return;
  }
  const Instant started = with_.clock->now();
  ChargeRequest request = charge_request(*payment, *attempt, job.payload);
  const AttemptId attempt_id = attempt->id;
  GatewayResult result = co_await gateway->gateway->submit(std::move(request));
  measure(job, result, started);
  if (result.outcome == Outcome::kUnknown && result.not_sent) {
    co_await try_later(std::move(job), result.reason);
    co_return;
  }
  job.state = JobState::kDone;
  co_await record_charge(std::move(job), std::move(*payment), attempt_id, std::move(result));
}

Task<void> Outbox::query_charge(Job job) {
  const auto payment_id = PaymentId::parse(job.subject);
  CHECK(payment_id.ok());
  auto payment = with_.reader->payment(*payment_id);
  if (!payment.ok()) co_return;
  const Attempt* attempt = find_attempt(*payment, job.target);
  const auto* gateway = with_.gateways->find(job.gateway);
  if (attempt == nullptr) {
    co_await finish(std::move(job), JobState::kDead, "the payment has no such attempt");
    co_return;
  }
  if (gateway == nullptr) {
    co_await try_later(std::move(job), "the gateway is not configured");
    co_return;
  }
  const Instant started = with_.clock->now();
  ChargeQuery query;
  query.reference = attempt->reference;
  query.gateway_id = attempt->gateway_id;
  const AttemptId attempt_id = attempt->id;
  GatewayResult result = co_await gateway->gateway->query(std::move(query));
  measure(job, result, started);
  if (!result.found && job.tries + 1 >= kNotFoundTries) {
    result.outcome = Outcome::kDeclined;
    result.reason = "not_received";
  } else if (!result.found) {
    co_await try_later(std::move(job), "the gateway does not know the reference");
    co_return;
  }
  const bool done = final_answer(result) || job.payload == kAskOnce;
  if (done) job.state = JobState::kDone;
  co_await record_charge(std::move(job), std::move(*payment), attempt_id, std::move(result));
}

Task<void> Outbox::submit_refund(Job job) {
  auto found = find_refund(*with_.reader, job.subject, job.target);
  const auto* gateway = with_.gateways->find(job.gateway);
  if (!found.ok() && found.error().code != ErrorCode::kNotFound) co_return;
  const bool open = found.ok() && (found->refund.state == RefundState::kSubmitting ||
                                   found->refund.state == RefundState::kUnknown);
  if (!open) {
    co_await finish(std::move(job), JobState::kDone, "the refund has its answer");
    co_return;
  }
  if (gateway == nullptr || gateway->refunds == nullptr) {
    co_await try_later(std::move(job), "the gateway is not configured for refunds");
    co_return;
  }
  const Instant started = with_.clock->now();
  GatewayResult result = co_await gateway->refunds->refund(std::move(found->order));
  measure(job, result, started);
  if (result.outcome == Outcome::kUnknown && result.not_sent) {
    co_await try_later(std::move(job), result.reason);
    co_return;
  }
  job.state = JobState::kDone;
  co_await record_refund(std::move(job), std::move(result));
}

Task<void> Outbox::query_refund(Job job) {
  auto found = find_refund(*with_.reader, job.subject, job.target);
  const auto* gateway = with_.gateways->find(job.gateway);
  if (!found.ok() && found.error().code != ErrorCode::kNotFound) co_return;
  const bool open = found.ok() && found->refund.state != RefundState::kFailed &&
                    found->refund.state != RefundState::kReturned &&
                    found->refund.state != RefundState::kSettled;
  if (!open) {
    co_await finish(std::move(job), JobState::kDone, "the refund has its answer");
    co_return;
  }
  if (gateway == nullptr || gateway->refunds == nullptr) {
    co_await try_later(std::move(job), "the gateway is not configured for refunds");
    co_return;
  }
  const Instant started = with_.clock->now();
  GatewayResult result = co_await gateway->refunds->query_refund(std::move(found->order));
  measure(job, result, started);
  if (!result.found && job.tries + 1 >= kNotFoundTries) {
    // The gateway never got it: the same order goes out again under the same reference.
    job.kind = JobKind::kSubmitRefund;
    job.tries = 0;
    co_await try_later(std::move(job), "the gateway never got the order");
    co_return;
  }
  if (!result.found) {
    co_await try_later(std::move(job), "the gateway does not know the reference");
    co_return;
  }
  if (final_answer(result)) job.state = JobState::kDone;
  co_await record_refund(std::move(job), std::move(result));
}

Task<void> Outbox::record_charge(Job job, Payment payment, AttemptId attempt,
                                 GatewayResult result) {
  RecordCharge record{payment.id, attempt, std::move(result)};
  if (job.state == JobState::kDue) {
    job.tries += 1;
    job.due_at = with_.clock->now() + pause_after(job.tries, *with_.random);
    job.last_error = record.result.reason;
    if (job.tries >= kOutboxTriesMax) job.state = JobState::kDead;
  }
  if (job.state == JobState::kDone) job.payload.clear();
  Command command;
  command.id = new_id<CommandId>(*with_.clock, *with_.random);
  command.body = PaymentCommand{std::move(record)};
  command.job_updates.push_back(std::move(job));
  Reply reply = co_await erario::submit(*with_.lane, std::move(command));
  if (!reply.outcome.ok()) {
    spdlog::warn("outbox: {}: {}", payment.id.text(), reply.outcome.error().detail);
  }
}

Task<void> Outbox::record_refund(Job job, GatewayResult result) {
  if (job.state == JobState::kDue) {
    job.tries += 1;
    job.due_at = with_.clock->now() + pause_after(job.tries, *with_.random);
    job.last_error = result.reason;
    if (job.tries >= kOutboxTriesMax) job.state = JobState::kDead;
  }
  const std::string subject = job.subject;
  Command command;
  command.id = new_id<CommandId>(*with_.clock, *with_.random);
  if (const auto deposit = DepositId::parse(job.subject); deposit.ok()) {
    RecordDepositReturn record{*deposit, std::move(result), false};
    command.body = DepositCommand{std::move(record)};
  } else {
    const auto payment = PaymentId::parse(job.subject);
    const auto refund = RefundId::parse(job.target);
    CHECK(payment.ok() && refund.ok());
    RecordRefund record{*payment, *refund, std::move(result), false};
    command.body = PaymentCommand{std::move(record)};
  }
  command.job_updates.push_back(std::move(job));
  Reply reply = co_await erario::submit(*with_.lane, std::move(command));
  if (!reply.outcome.ok()) {
    spdlog::warn("outbox: {}: {}", subject, reply.outcome.error().detail);
  }
}

Task<void> Outbox::finish(Job job, JobState state, std::string why) {
  job.state = state;
  job.payload.clear();
  job.last_error = std::move(why);
  Command command;
  command.id = new_id<CommandId>(*with_.clock, *with_.random);
  command.body = UpdateJobs{};
  command.job_updates.push_back(std::move(job));
  co_await erario::submit(*with_.lane, std::move(command));
}

Task<void> Outbox::try_later(Job job, std::string why) {
  job.tries += 1;
  job.due_at = with_.clock->now() + pause_after(job.tries, *with_.random);
  if (job.tries >= kOutboxTriesMax) job.state = JobState::kDead;
  job.last_error = std::move(why);
  Command command;
  command.id = new_id<CommandId>(*with_.clock, *with_.random);
  command.body = UpdateJobs{};
  command.job_updates.push_back(std::move(job));
  co_await erario::submit(*with_.lane, std::move(command));
}

void Outbox::measure(const Job& job, const GatewayResult& result, Instant started) {
  const std::string_view operation = to_text(job.kind);
  with_.metrics->count("erario_gateway_calls_total",
                       {{"gateway", job.gateway},
                        {"operation", operation},
                        {"outcome", erario::to_text(result.outcome)}});
  const std::chrono::duration<double> took = with_.clock->now() - started;
  with_.metrics->observe("erario_gateway_call_seconds",
                         {{"gateway", job.gateway}, {"operation", operation}}, took.count());
}

}  // namespace erario
