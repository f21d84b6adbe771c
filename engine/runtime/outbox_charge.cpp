// Charges: the call that submits one, those that ask about it and its dispute, and what a certain
// refusal is followed by.
#include <algorithm>
#include <boost/json.hpp>

#include "engine/base/json.hpp"
#include "engine/payment/routing.hpp"
#include "engine/runtime/outbox.hpp"
#include "engine/runtime/outbox_parts.hpp"
#include "engine/runtime/submit.hpp"

namespace erario {
namespace {

using outbox::Charge;
using outbox::charge_news;
using outbox::close;
using outbox::count_not_found;
using outbox::ends_charge;
using outbox::find_charge;
using outbox::leaves_hold;

// How often a card whose token is at hand is tried at a gateway that cannot be reached, before the
// portal is told to go elsewhere.
constexpr int kNotSentTriesMax = 3;

// What only the call needs: written by decide(), erased when the call is done.
struct Details {
  std::string token;
  std::string device_session;
  std::string card_brand;
};
Details details_of(const std::string& payload) {
  const auto document = parse_json(payload);
  CHECK(document.ok());
  Details details;
  details.token = document->at("token").as_string();
  details.device_session = document->at("device_session").as_string();
  // Calls that an older version left behind lack it.
  if (const auto* brand = document->as_object().if_contains("card_brand"))
    details.card_brand = brand->as_string();
  return details;
}

ChargeRequest charge_request(const Payment& payment, const Attempt& attempt, Details details) {
  ChargeRequest request;
  request.reference = attempt.reference;
  request.method = payment.method;
  request.amount = attempt.amount;
  request.currency = payment.currency;
  request.description = "Pago " + payment.id.text();
  request.return_url = payment.return_url;
  request.payer = payment.payer;
  request.token = std::move(details.token);
  request.device_session = std::move(details.device_session);
  request.three_d_secure = attempt.three_d_secure;
  request.instalments = attempt.instalments;
  request.capture = !attempt.capture_by;
  request.expires_at = payment.expires_at;
  return request;
}

// The same card once more, with 3-D Secure, where the payer can be sent to the bank and back.
std::optional<CardCharge> stronger(const Charge& charge, const Details& details,
                                   const GatewayResult& said) {
  const bool helps = said.outcome == Outcome::kDeclined && said.three_d_secure_helps;
  if (!helps || charge.attempt.three_d_secure || charge.payment.return_url.empty()) return {};
  CardCharge again;
  again.gateway = charge.attempt.gateway;
  again.token = details.token;
  again.device_session = details.device_session;
  again.three_d_secure = true;
  again.instalments = charge.attempt.instalments;
  again.card_brand = details.card_brand;
  return again;
}

// Where the router sends the payment once this gateway has refused it; empty: nowhere.
std::string other_gateway(Router* router, const Charge& charge, const Details& details,
                          Instant now) {
  if (router == nullptr || !may_fail_over(charge.payment, charge.attempt, now)) return {};
  RouteRequest request = route_request(charge.payment);
  if (auto brand = parse_card_brand(details.card_brand); brand.ok()) request.card_brand = *brand;
  RouteNeeds needs;
  needs.charge = true;
  needs.hosted_page = request.method == Method::kCard && details.token.empty();
  needs.instalments = charge.attempt.instalments != 0;
  needs.hold = charge.attempt.capture_by.has_value();
  needs.healthy = true;
  needs.without = gateways_that_refused(charge.payment);
  needs.without.push_back(charge.attempt.gateway);
  const auto route = router->route(request, needs);
  return route ? route->gateway : std::string();
}

// The same payment on the page of another gateway. What belongs to the first stays behind.
CardCharge elsewhere(const Charge& charge, const Details& details, std::string gateway) {
  CardCharge other;
  other.gateway = std::move(gateway);
  other.three_d_secure = charge.attempt.three_d_secure;
  other.instalments = charge.attempt.instalments;
  other.card_brand = details.card_brand;
  return other;
}

bool never_left(const GatewayResult& result) {
  return result.outcome == Outcome::kUnknown && result.not_sent;
}
bool no_bank_was_asked(const GatewayResult& result) {
  return never_left(result) ||
         (result.outcome == Outcome::kDeclined && refused_before_bank(result.reason));
}
// What cannot be sent is tried again, unless another gateway can take it: its page at once, the
// portal's card, which needs a new token there, only when this does not look like a moment's
// trouble.
bool gives_up(const Job& job, const Details& details, const std::string& other) {
  return !other.empty() && (details.token.empty() || job.tries + 1 >= kNotSentTriesMax);
}

// What counts in metrics as the outcome of asking about a dispute.
GatewayResult measured(const DisputeNews& news) {
  GatewayResult result;
  result.outcome = news.stage == DisputeStage::kUnknown ? Outcome::kUnknown : Outcome::kApproved;
  result.reason = news.reason;
  result.unread = news.unread;
  return result;
}

}  // namespace

Task<void> Outbox::submit_charge(Job job) {
  auto charge = find_charge(*with_.reader, job);
  if (!charge.ok() && is_passing(charge.error())) co_return;
  if (!charge.ok() || charge->attempt.state != AttemptState::kSubmitting) {
    close(job, JobState::kDone, "the attempt has its answer");
    co_return co_await keep(std::move(job));
  }
  const auto* gateway = with_.gateways->find(job.gateway);
  if (gateway == nullptr) {
    postpone(job, "the gateway is not configured");
    co_return co_await keep(std::move(job));
  }
  const Details details = details_of(job.payload);
  GatewayResult result;
  bool first = false;
  if (with_.clock->now() < charge->payment.expires_at) {
    first = unmade_->take(job.id);
    const Instant started = with_.clock->now();
    ChargeRequest request = charge_request(charge->payment, charge->attempt, details);
    result = co_await gateway->gateway->submit(std::move(request));
    measure(job, result, started);
  } else {
    // The payer is gone: nobody is charged hours later. Whether an earlier try reached the gateway
    // is found out by asking.
    result.reason = "payment_expired";
  }
  std::string other;  // where the payment may go, since nobody was charged for certain
  if (first && no_bank_was_asked(result))
    other = other_gateway(with_.router, *charge, details, with_.clock->now());
  if (never_left(result) && !gives_up(job, details, other)) {
    if (first) unmade_->put_back(job.id);
    postpone(job, result.reason);
    co_return co_await keep(std::move(job));
  }
  if (never_left(result)) {
    result.outcome = Outcome::kDeclined;
    result.reason = "not_sent";
  }
  RecordCharge news = charge_news(*with_.gateways, *charge, result);
  news.retry = stronger(*charge, details, result);
  if (!other.empty() && details.token.empty()) {
    news.retry = elsewhere(*charge, details, other);
    with_.metrics->count("erario_failovers_total", {{"from", job.gateway}, {"to", other}});
  }
  if (news.retry) {
    news.retry->attempt = new_id<AttemptId>(*with_.clock, *with_.random);
    news.retry->reference = gateway_reference("EA", news.retry->attempt.bytes);
  }
  close(job, JobState::kDone, result.reason);
  CommandBody body = PaymentCommand{std::move(news)};
  co_await record(std::move(job), std::move(body), std::vector<Job>());
}

Task<void> Outbox::query_charge(Job job) {
  auto charge = find_charge(*with_.reader, job);
  if (!charge.ok() && is_passing(charge.error())) co_return;
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
  std::vector<Job> follow_ups;
  const bool still_held = leaves_hold(charge->attempt, result);
  const bool said_nothing = result.outcome == Outcome::kUnknown || still_held;
  const bool answered = !result.found || result.outcome != Outcome::kUnknown;
  const bool held = result.outcome == Outcome::kAuthorized && charge->attempt.capture_by;
  if (still_held && !once) {
    // The call did not arrive, or did nothing: an amount is captured once and released once.
    const bool captures = charge->attempt.state == AttemptState::kCapturing;
    follow_ups.push_back(
        follow_up(job, captures ? JobKind::kCaptureCharge : JobKind::kReleaseCharge));
    close(job, JobState::kDone, "not done yet");
  } else if (ends_charge(result) || held || (once && answered)) {
    close(job, JobState::kDone, result.reason);
  } else if (once && asked_by_another(job)) {
    close(job, JobState::kDone, "another query asks the same");
  } else if (result.outcome == Outcome::kNeedsAction && result.pay_to) {
    wait_for_payer(job, charge->payment.expires_at);
  } else {
    postpone(job, result.reason);
  }
  CommandBody body = UpdateJobs{};
  if (!said_nothing) {
    body = PaymentCommand{charge_news(*with_.gateways, *charge, std::move(result))};
  }
  co_await record(std::move(job), std::move(body), std::move(follow_ups));
}

Task<void> Outbox::query_dispute(Job job) {
  auto charge = find_charge(*with_.reader, job);
  if (!charge.ok() && is_passing(charge.error())) co_return;
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
  GatewayResult told = measured(news);
  measure(job, told, started);
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
  CommandBody command = DisputeCommand{std::move(body)};
  co_await record(std::move(job), std::move(command), std::vector<Job>());
}

}  // namespace erario
