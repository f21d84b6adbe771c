// Why a card was not charged, in words that are the same whichever gateway said it: portals tell
// payers by them, so none gives away what the bank keeps to itself (a card reported as stolen reads
// as any decline). Each gateway's error table is checked against this one when it is compiled.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace erario::card {

// clang-format off
inline constexpr std::array<std::string_view, 31> kReasons{
    "declined",  // also stolen, lost, to be retained: the payer may not be the holder
    "card_expired", "insufficient_funds", "risk_rejected", "operation_not_allowed",
    "online_not_supported", "card_restricted", "bank_authorization_needed", "plan_not_allowed",
    "card_number_invalid", "security_code_missing", "security_code_invalid", "test_card",
    "points_not_allowed", "authentication_failed", "card_not_supported", "too_many_attempts",
    "request_malformed", "request_invalid", "request_too_large", "amount_invalid", "not_found",
    "gateway_credentials", "account_inactive", "transfer_refused", "merchant_funds_missing",
    "merchant_fees_pending",
    // Nobody can say yet:
    "gateway_error", "gateway_unavailable", "reference_used", "busy",
};
// clang-format on

constexpr bool is_reason(std::string_view text) {
  return std::find(kReasons.begin(), kReasons.end(), text) != kReasons.end();
}

}  // namespace erario::card
