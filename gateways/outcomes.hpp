// Short ways to say what a call came to, shared by the adapters.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "engine/base/result.hpp"
#include "engine/payment/outcome.hpp"
#include "gateways/http_client.hpp"

namespace erario {

// Why an inbound call was refused: it says what nobody can read, and would say it again.
inline bool is_callers_fault(std::string_view why) {
  return why == code_name(ErrorCode::kMalformedJson) ||
         why == code_name(ErrorCode::kFieldInvalid) || why == code_name(ErrorCode::kFieldMissing);
}

inline GatewayResult outcome_of(Outcome outcome, std::string_view reason) {
  GatewayResult result;
  result.outcome = outcome;
  result.reason = reason;
  return result;
}

inline GatewayResult declined(std::string_view reason) {
  return outcome_of(Outcome::kDeclined, reason);
}

// A decline whose code is not in the adapter's table. What could be anything but a code is not
// repeated: it would reach logs.
inline GatewayResult declined_by(std::string_view unlisted_code, std::string_view reason) {
  constexpr std::size_t kCodeMax = 100;
  GatewayResult result = declined(reason);
  const bool is_code = unlisted_code.size() <= kCodeMax &&
                       std::all_of(unlisted_code.begin(), unlisted_code.end(), [](char c) {
                         return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
                       });
  result.unlisted_code = is_code ? unlisted_code : "unreadable";
  return result;
}

inline GatewayResult unknown(std::string_view reason) {
  return outcome_of(Outcome::kUnknown, reason);
}

constexpr std::size_t kUnreadBytesMax = 64 * 1024;

inline Unread unread(std::string_view body, std::string what) {
  return {std::move(what), std::string(body.substr(0, kUnreadBytesMax))};
}

// An answer that came and cannot be read, or says of an amount what no amount can be.
inline GatewayResult unreadable(std::string_view body, std::string what) {
  GatewayResult result = unknown("malformed_reply");
  result.unread = unread(body, std::move(what));
  return result;
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
