// What each of Conekta's error codes means to us: one table (domain cards, B. Errors).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/payment/outcome.hpp"

namespace erario::conekta {

// A code is known by how it ends: "conekta.errors.processing.bank.declined", "bank.declined". The
// same ends stand in a declined charge's failure_code.
struct ErrorRow {
  std::string_view ending;
  Outcome outcome;
  std::string_view reason;  // of gateways/card/reasons.hpp
};
std::span<const ErrorRow> error_table();
// Null for codes newer than the table.
const ErrorRow* find_error(std::string_view code);

// The token was charged before. Tokens are good for one charge, so an earlier try of ours may have
// got in: whoever gets this asks for the order instead.
inline constexpr std::string_view kTokenUsed = "tokenization.used";

// The first code of the error's details; empty when the body is not Conekta's error object.
std::string error_code_of(std::string_view body);

// The meaning of an answer that is not 2xx. Answers of 5xx and those that are not Conekta's error
// object are kUnknown whatever they claim. A code newer than the table reads by its HTTP status.
GatewayResult result_of_error(int http_status, std::string_view body);

// Makes the result of a charge with status "declined" say why; "declined" for codes we do not know.
void explain_decline(std::string_view failure_code, GatewayResult& result);

}  // namespace erario::conekta
