#include "gateways/card/conekta/errors.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "gateways/card/reasons.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario::conekta {
namespace {

constexpr std::string_view kPlainDecline = "declined";

// The first row that fits wins: longer endings stand before the shorter ones they contain.
// clang-format off
constexpr std::array kErrors{
    ErrorRow{kTokenUsed,                     Outcome::kUnknown,  "reference_used"},
    ErrorRow{"bank.declined",                Outcome::kDeclined, kPlainDecline},
    ErrorRow{"card_declined",                Outcome::kDeclined, kPlainDecline},
    ErrorRow{"stolen_card",                  Outcome::kDeclined, kPlainDecline},
    ErrorRow{"lost_card",                    Outcome::kDeclined, kPlainDecline},
    ErrorRow{"insufficient_funds",           Outcome::kDeclined, "insufficient_funds"},
    ErrorRow{"call_issuer",                  Outcome::kDeclined, "bank_authorization_needed"},
    ErrorRow{"invalid_card_security_code",   Outcome::kDeclined, "security_code_invalid"},
    ErrorRow{"invalid_cvc",                  Outcome::kDeclined, "security_code_invalid"},
    ErrorRow{"invalid_card",                 Outcome::kDeclined, "card_number_invalid"},
    ErrorRow{"invalid_number",               Outcome::kDeclined, "card_number_invalid"},
    ErrorRow{"card_not_supported",           Outcome::kDeclined, "card_not_supported"},
    ErrorRow{"expired_card",                 Outcome::kDeclined, "card_expired"},
    ErrorRow{"expiration_date.expired",      Outcome::kDeclined, "card_expired"},
    ErrorRow{"suspicious_behaviour",         Outcome::kDeclined, "risk_rejected"},
    ErrorRow{"suspected_fraud",              Outcome::kDeclined, "risk_rejected"},
    ErrorRow{"declined_by_3ds",              Outcome::kDeclined, "authentication_failed"},
    ErrorRow{"token_id.nonexistent_token",   Outcome::kDeclined, "not_found"},
    ErrorRow{"resource_not_found.entity",    Outcome::kDeclined, "not_found"},
    ErrorRow{"authentication.missing_key",   Outcome::kDeclined, "gateway_credentials"},
    ErrorRow{"parameter_validation.whitelist", Outcome::kDeclined, "request_invalid"},
};

// Read by when the code is not in the table.
struct StatusRow {
  int http;
  Outcome outcome;
  std::string_view reason;
};
constexpr std::array kStatuses{
    StatusRow{400, Outcome::kDeclined, "request_malformed"},
    StatusRow{401, Outcome::kDeclined, "gateway_credentials"},
    StatusRow{402, Outcome::kDeclined, kPlainDecline},
    StatusRow{403, Outcome::kDeclined, "gateway_credentials"},
    StatusRow{404, Outcome::kDeclined, "not_found"},
    StatusRow{422, Outcome::kDeclined, "request_invalid"},
    StatusRow{428, Outcome::kDeclined, "operation_not_allowed"},
    StatusRow{429, Outcome::kUnknown,  "busy"},
};
// clang-format on

constexpr bool ends_a_code(std::string_view code, std::string_view ending) {
  if (!code.ends_with(ending)) return false;
  return code.size() == ending.size() || code[code.size() - ending.size() - 1] == '.' ||
         code[code.size() - ending.size() - 1] == '_';
}

constexpr bool every_row_can_be_reached() {
  for (std::size_t i = 0; i < kErrors.size(); ++i) {
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (ends_a_code(kErrors[i].ending, kErrors[earlier].ending)) return false;
    }
  }
  return true;
}
static_assert(every_row_can_be_reached());

constexpr bool told_in_shared_words() {
  for (const auto& row : kErrors) {
    if (!card::is_reason(row.reason)) return false;
  }
  for (const auto& row : kStatuses) {
    if (!card::is_reason(row.reason)) return false;
  }
  return true;
}
static_assert(told_in_shared_words());

}  // namespace

std::span<const ErrorRow> error_table() {
  return kErrors;
}

const ErrorRow* find_error(std::string_view code) {
  for (const auto& row : kErrors) {
    if (ends_a_code(code, row.ending)) return &row;
  }
  return nullptr;
}

std::string error_code_of(std::string_view body) {
  const auto parsed = parse_object(body);
  if (!parsed.ok() || text_of(*parsed, "object") != "error") return {};
  const auto* details = array_of(*parsed, "details");
  if (details == nullptr || details->empty()) return {};
  const auto* first = details->front().if_object();
  return first == nullptr ? std::string() : text_of(*first, "code");
}

GatewayResult result_of_error(int http_status, std::string_view body) {
  if (http_status >= 500) return unknown_status(http_status);
  const std::string code = error_code_of(body);
  if (code.empty()) return unknown_status(http_status);  // a proxy in between may have said it
  if (const auto* row = find_error(code)) return outcome_of(row->outcome, row->reason);
  for (const auto& row : kStatuses) {
    if (row.http != http_status) continue;
    GatewayResult result = declined_by(code, row.reason);
    result.outcome = row.outcome;
    return result;
  }
  return unknown_status(http_status);
}

void explain_decline(std::string_view failure_code, GatewayResult& result) {
  const auto* row = find_error(failure_code);
  result.reason =
      row != nullptr && row->outcome == Outcome::kDeclined ? row->reason : kPlainDecline;
  if (row == nullptr && !failure_code.empty()) {
    result.unlisted_code = declined_by(failure_code, "").unlisted_code;
  }
}

}  // namespace erario::conekta
