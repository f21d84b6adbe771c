// What a card holds: captured, released, or given up when its time is over.
#include "engine/runtime/outbox.hpp"
#include "engine/runtime/outbox_parts.hpp"
#include "engine/runtime/submit.hpp"

namespace erario {

using outbox::charge_news;
using outbox::close;
using outbox::ends_charge;
using outbox::find_charge;

Task<void> Outbox::settle_hold(Job job) {
  const bool captures = job.kind == JobKind::kCaptureCharge;
  auto charge = find_charge(*with_.reader, job);
  if (!charge.ok() && is_passing(charge.error())) co_return;
  const auto wanted = captures ? AttemptState::kCapturing : AttemptState::kReleasing;
  if (!charge.ok() || charge->attempt.state != wanted) {
    close(job, JobState::kDone, "the attempt has its answer");
    co_return co_await keep(std::move(job));
  }
  const auto* gateway = with_.gateways->find(job.gateway);
  if (gateway == nullptr || (captures && gateway->capture == nullptr)) {
    postpone(job, "the gateway is not configured for captures");
    co_return co_await keep(std::move(job));
  }
  const Attempt& attempt = charge->attempt;
  const Instant started = with_.clock->now();
  GatewayResult result;
  if (captures) {
    result = co_await gateway->capture->capture(attempt.gateway_id, attempt.amount);
  } else if (gateway->release != nullptr) {
    result = co_await gateway->release->release(attempt.gateway_id);
  } else {
    // There is no call to give it up: what nobody captures falls back to the payer by itself.
    ChargeQuery query;
    query.reference = attempt.reference;
    query.gateway_id = attempt.gateway_id;
    result = co_await gateway->gateway->query(std::move(query));
    if (result.outcome == Outcome::kAuthorized) result.outcome = Outcome::kDeclined;
  }
  measure(job, result, started);
  if (result.outcome == Outcome::kUnknown && result.not_sent) {
    postpone(job, result.reason);
    co_return co_await keep(std::move(job));
  }
  const bool refused = captures && result.outcome == Outcome::kAuthorized;
  std::vector<Job> follow_ups;
  CommandBody news = UpdateJobs{};
  if (ends_charge(result) || refused) {
    close(job, JobState::kDone, result.reason);
    news = PaymentCommand{charge_news(*with_.gateways, *charge, std::move(result))};
  } else {
    follow_ups.push_back(follow_up(job, JobKind::kQueryCharge));
    close(job, JobState::kDone, result.reason);
  }
  co_await record(std::move(job), std::move(news), std::move(follow_ups));
}

Task<void> Outbox::end_hold(Job job) {
  auto charge = find_charge(*with_.reader, job);
  if (!charge.ok() && is_passing(charge.error())) co_return;
  CommandBody news = UpdateJobs{};
  if (charge.ok() && charge->attempt.state == AttemptState::kCapturing) {
    postpone(job, "it is being captured");
  } else {
    const bool held = charge.ok() && charge->attempt.state == AttemptState::kAuthorized;
    close(job, JobState::kDone, held ? "released" : "the card holds nothing");
    if (held) news = PaymentCommand{ReleasePayment{charge->payment.id, "the hold ended"}};
  }
  co_await record(std::move(job), std::move(news), std::vector<Job>());
}

}  // namespace erario
