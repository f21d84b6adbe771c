// What each of Openpay's error codes means to us: one table (domain cards, A. Errors).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/payment/outcome.hpp"

namespace erario::openpay {

// A charge under this order_id exists: whoever gets it asks for that charge instead.
inline constexpr int kOrderIdUsed = 1006;
// The anti-fraud system refused the card: it may be charged once more with 3-D Secure.
inline constexpr int kTakenForFraud = 3005;

struct ErrorRow {
  int code;
  Outcome outcome;
  std::string_view reason;  // stable and safe to show to the payer
};
std::span<const ErrorRow> error_table();
const ErrorRow* find_error(int code);

// The meaning of an answer that is not 2xx. Answers of 5xx and those without a readable error body
// are kUnknown whatever they claim.
GatewayResult result_of_error(int http_status, std::string_view body);
// The error code of such an answer; 0 when it has none.
int error_code_of(std::string_view body);

}  // namespace erario::openpay
