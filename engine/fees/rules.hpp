// The table of fee-rule kinds: how a rate becomes the unadjusted quota of a fee. One row a kind;
// a new kind is one alternative of RateRule (catalogue/model.hpp), one row here and its golden
// table in the tests. Nothing is rounded to pesos here: that happens once for the whole act.
// Pure; thread safe.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/model.hpp"
#include "engine/fees/quote.hpp"

namespace erario {

// Inputs that passed the service's InputSpecs, by name, in canonical text.
using Inputs = std::map<std::string, std::string>;

struct RuleContext {
  const Indices& indices;
  const Inputs& inputs;
  Date on;  // the date the quota is taken for
};

struct Evaluation {
  Money unadjusted;             // 0 to kAmountMax
  std::vector<Figure> figures;  // inputs and every intermediate figure, exactly as used
};

struct RuleKind {
  std::string_view name;         // as the catalogue writes it: "inpc_update"
  int version;                   // raised when the same rate would give another amount
  std::string_view explanation;  // one sentence for the payer, in Spanish
  Result<Evaluation> (*evaluate)(const RateRule& rule, const RuleContext& context);
};

// In the order of RateRule's alternatives.
std::span<const RuleKind> rule_kinds();
const RuleKind& kind_of(const RateRule& rule);
// "inpc_update/1", what a quote line keeps.
std::string rule_label(const RuleKind& kind);

// Fails with kFieldMissing or kFieldInvalid and the pointer of the input ("/inputs/guns"),
// kRateMissing when an index the rule needs is not in the catalogue, kAmountOverflow.
Result<Evaluation> evaluate(const RateRule& rule, const RuleContext& context);

// INPC(November of year - 1) / INPC(November of year - 2), cut to ten-thousandths (LFD art. 1).
// Fails with kRateMissing.
Result<Decimal> yearly_update_factor(const Indices& indices, int year);

// The UMA in force on the date; monthly = daily x 30.4 and annual = monthly x 12, each to the
// centavo as INEGI publishes them. Fails with kRateMissing.
Result<Money> uma_value(const Indices& indices, UmaPeriod period, Date on);

// The INPC of a month. Fails with kRateMissing, naming the month.
Result<Decimal> inpc_of(const Indices& indices, std::chrono::year_month month);
std::string to_text(std::chrono::year_month month);  // "2025-11"

}  // namespace erario
