// Short ways to say what a call came to, shared by the adapters.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "engine/payment/outcome.hpp"
#include "gateways/http_client.hpp"

namespace erario {

inline GatewayResult outcome_of(Outcome outcome, std::string_view reason) {
  GatewayResult result;
  result.outcome = outcome;
  result.reason = reason;
  return result;
}

inline GatewayResult declined(std::string_view reason) {
  return outcome_of(Outcome::kDeclined, reason);
}

inline GatewayResult unknown(std::string_view reason) {
  return outcome_of(Outcome::kUnknown, reason);
}

// A query answered that nothing is known under the reference.
inline GatewayResult not_found() {
  GatewayResult result = unknown("not_found");
  result.found = false;
  return result;
}

// "http_503": an answer that settles nothing.
inline GatewayResult unknown_status(int status) {
  return unknown("http_" + std::to_string(status));
}

inline GatewayResult no_answer(const HttpFailure& failure) {
  GatewayResult result = unknown(to_text(failure.cause));
  result.not_sent = failure.delivery == Delivery::kNotSent;
  return result;
}

}  // namespace erario
