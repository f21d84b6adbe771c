// What the files of the outbox share. Not for others.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "engine/payment/outcome.hpp"
#include "engine/ports/store.hpp"
#include "engine/runtime/way_back.hpp"

namespace erario::outbox {

// The payload goes: it held what only the call needed, the payer's token among it.
inline void close(Job& job, JobState state, std::string why) {
  job.state = state;
  job.payload.clear();
  job.last_error = std::move(why);
}

// How often a query was answered with "not found" is kept in its payload, so that a restart does
// not forget it and answers that say nothing do not count.
inline constexpr std::string_view kNotFoundMark = "not_found:";
inline int count_not_found(Job& job) {
  int times = 1;
  if (job.payload.starts_with(kNotFoundMark)) {
    times += job.payload.back() - '0';  // kNotFoundTries has one digit
  }
  job.payload = std::string(kNotFoundMark) + std::to_string(std::min(times, 9));
  return times;
}

struct Charge {
  Payment payment;
  Attempt attempt;
};
// Fails with kNotFound or kStoreUnavailable.
inline Result<Charge> find_charge(Reader& reader, const Job& job) {
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

// What the gateway said of the charge; with an approval, how the money goes back if it cannot pay.
inline RecordCharge charge_news(const GatewaySet& gateways, const Charge& charge,
                                GatewayResult result) {
  RecordCharge news{charge.payment.id, charge.attempt.id, std::move(result)};
  if (news.result.outcome == Outcome::kApproved) {
    news.way_back =
        way_back(gateways, charge.attempt.gateway, charge.payment.method, news.result.paid_from);
  }
  return news;
}

// Approval without a figure proves nothing: decide() asks on, and so must the job.
inline bool ends_charge(const GatewayResult& result) {
  return result.outcome == Outcome::kDeclined ||
         (result.outcome == Outcome::kApproved && result.amount > Money{});
}

// What the card holds was to be captured or released, or an account to be given up, and nothing of
// that has happened.
inline bool leaves_hold(const Attempt& attempt, const GatewayResult& result) {
  const bool held = result.outcome == Outcome::kAuthorized;
  const bool waits = result.outcome == Outcome::kNeedsAction && result.pay_to;
  return (held && attempt.state == AttemptState::kCapturing) ||
         ((held || waits) && attempt.state == AttemptState::kReleasing);
}

}  // namespace erario::outbox
