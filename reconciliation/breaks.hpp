// Breaks: what does not agree, by a closed list of kinds with stable names; who has to look at it,
// how old it is and until when. Pure, thread safe.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/money.hpp"
#include "engine/base/result.hpp"
#include "engine/base/time.hpp"

namespace erario {

enum class BreakKind : std::uint8_t {
  kMissingInLedger,      // they name a movement we do not have
  kMissingAtGateway,     // we have it, the gateway's report does not
  kMissingAtBank,        // we have it, it is due, the bank's statement does not
  kAmount,               // same reference, another amount
  kTiming,               // same reference and amount, but too far apart in time
  kCurrency,             // same reference, another currency
  kDuplicate,            // the same movement again
  kAmbiguous,            // the reference is repeated: a person decides
  kFeeVariance,          // a commission was taken off the amount
  kReversal,             // money went back under the reference of a movement that came
  kChargeback,           // the payer's bank took the money back
  kUnidentifiedDeposit,  // credited by the bank without a reference
  kParseFailure,         // a file that cannot be read
  kBalanceFailure,       // a statement whose totals do not tie
  kControlFailure,       // an input is absent, or contradicts itself
};
std::span<const BreakKind> all_break_kinds();
// Stable: "missing_in_ledger", …
std::string_view to_text(BreakKind kind);
// For people: "Falta en el libro", …
std::string_view title_es(BreakKind kind);

// How a statement error is filed: totals that do not tie are a balance failure, what cannot be read
// a parse failure, everything else (absent, quarantined) a control failure.
BreakKind failure_kind(const Error& error);
// The error of totals that do not tie: kStatementMalformed, told apart by failure_kind().
Error totals_error(std::string detail);

// The scope whose holders look at it: "finance" or "operator".
std::string_view owner_of(BreakKind kind);

// Ageing brackets in bank business days: 0-1, 2-3, 4-5, 6-30, >30.
std::string_view age_bracket(int business_days);

// When it should be resolved: the larger, the sooner (1,000,000 pesos and more: 1 business day
// after it was first seen, 100,000: 2, 10,000: 3, less: 5), and never before `as_of`: what is
// overdue is due at once.
struct DueInput {
  Money amount;  // its size; the sign does not matter
  Date seen{};
  Date as_of{};
};
Date due_date(const DueInput& input);

Date add_business_days(Date date, int business_days);

}  // namespace erario
