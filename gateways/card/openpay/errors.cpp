#include "gateways/card/openpay/errors.hpp"

#include <algorithm>
#include <array>

#include "gateways/card/reasons.hpp"
#include "gateways/json_fields.hpp"
#include "gateways/outcomes.hpp"

namespace erario::openpay {
namespace {

// A stolen card, a lost card and one the bank wants back read like any decline: the payer, who may
// not be the holder, learns nothing.
constexpr std::string_view kPlainDecline = "declined";

// clang-format off
constexpr std::array kErrors{
    ErrorRow{1000, Outcome::kUnknown,  "gateway_error"},
    ErrorRow{1001, Outcome::kDeclined, "request_malformed"},
    ErrorRow{1002, Outcome::kDeclined, "gateway_credentials"},
    ErrorRow{1003, Outcome::kDeclined, "request_invalid"},
    ErrorRow{1004, Outcome::kUnknown,  "gateway_unavailable"},
    ErrorRow{1005, Outcome::kDeclined, "not_found"},
    ErrorRow{kOrderIdUsed, Outcome::kUnknown, "reference_used"},
    ErrorRow{1007, Outcome::kDeclined, "transfer_refused"},
    ErrorRow{1008, Outcome::kDeclined, "account_inactive"},
    ErrorRow{1009, Outcome::kDeclined, "request_too_large"},
    ErrorRow{1017, Outcome::kUnknown,  "gateway_unavailable"},
    ErrorRow{1018, Outcome::kDeclined, "too_many_attempts"},
    ErrorRow{1020, Outcome::kDeclined, "amount_invalid"},
    ErrorRow{2004, Outcome::kDeclined, "card_number_invalid"},
    ErrorRow{2005, Outcome::kDeclined, "card_expired"},
    ErrorRow{2006, Outcome::kDeclined, "security_code_missing"},
    ErrorRow{2007, Outcome::kDeclined, "test_card"},
    ErrorRow{2008, Outcome::kDeclined, "points_not_allowed"},
    ErrorRow{2009, Outcome::kDeclined, "security_code_invalid"},
    ErrorRow{2010, Outcome::kDeclined, "authentication_failed"},
    ErrorRow{2011, Outcome::kDeclined, "card_not_supported"},
    ErrorRow{3001, Outcome::kDeclined, kPlainDecline},
    ErrorRow{3002, Outcome::kDeclined, "card_expired"},
    ErrorRow{3003, Outcome::kDeclined, "insufficient_funds"},
    ErrorRow{3004, Outcome::kDeclined, kPlainDecline},  // stolen
    ErrorRow{kTakenForFraud, Outcome::kDeclined, "risk_rejected"},
    ErrorRow{3006, Outcome::kDeclined, "operation_not_allowed"},
    ErrorRow{3008, Outcome::kDeclined, "online_not_supported"},
    ErrorRow{3009, Outcome::kDeclined, kPlainDecline},  // lost
    ErrorRow{3010, Outcome::kDeclined, "card_restricted"},
    ErrorRow{3011, Outcome::kDeclined, kPlainDecline},  // the bank asks to retain the card
    ErrorRow{3012, Outcome::kDeclined, "bank_authorization_needed"},
    ErrorRow{3201, Outcome::kDeclined, "plan_not_allowed"},
    ErrorRow{3202, Outcome::kDeclined, "plan_not_allowed"},
    ErrorRow{3203, Outcome::kDeclined, "plan_not_allowed"},
    ErrorRow{3204, Outcome::kDeclined, "plan_not_allowed"},
    ErrorRow{3205, Outcome::kDeclined, "plan_not_allowed"},
    ErrorRow{4001, Outcome::kDeclined, "merchant_funds_missing"},
    ErrorRow{4002, Outcome::kDeclined, "merchant_fees_pending"},
};
// clang-format on

constexpr bool sorted_and_unique() {
  for (std::size_t i = 1; i < kErrors.size(); ++i) {
    if (kErrors[i - 1].code >= kErrors[i].code) return false;
  }
  return true;
}
static_assert(sorted_and_unique());

constexpr bool told_in_shared_words() {
  for (const auto& row : kErrors) {
    if (!card::is_reason(row.reason)) return false;
  }
  return true;
}
static_assert(told_in_shared_words());

}  // namespace

std::span<const ErrorRow> error_table() {
  return kErrors;
}

const ErrorRow* find_error(int code) {
  const auto at =
      std::lower_bound(kErrors.begin(), kErrors.end(), code,
                       [](const ErrorRow& row, int wanted) { return row.code < wanted; });
  return at != kErrors.end() && at->code == code ? &*at : nullptr;
}

int error_code_of(std::string_view body) {
  const auto parsed = parse_object(body);
  if (!parsed.ok()) return 0;
  const std::string text = text_of(*parsed, "error_code");
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return !text.empty() && text.size() <= 6 && digits ? std::stoi(text) : 0;
}

GatewayResult result_of_error(int http_status, std::string_view body) {
  if (http_status >= 500) return unknown_status(http_status);
  const int code = error_code_of(body);
  if (const auto* row = find_error(code)) {
    GatewayResult result = outcome_of(row->outcome, row->reason);
    result.three_d_secure_helps = code == kTakenForFraud;
    return result;
  }
  // A code newer than the table: 402 is Openpay's word for a card that was refused. Anything else
  // may come from a proxy in between.
  if (code != 0 && http_status == 402) return declined_by(std::to_string(code), kPlainDecline);
  return unknown_status(http_status);
}

}  // namespace erario::openpay
