// The words of the catalogue's closed lists, as its files, messages and API write them. Pure.
#pragma once

#include <string_view>

#include "engine/base/result.hpp"
#include "engine/catalogue/model.hpp"

namespace erario {

std::string_view to_text(FeeKind kind);
std::string_view to_text(AgencyLevel level);
std::string_view to_text(Rounding rounding);
std::string_view to_text(ReliefKind kind);
std::string_view to_text(InputKind kind);
std::string_view to_text(UmaPeriod period);
std::string_view to_text(StraddlingMonth month);

// "fixed", "per_unit", "tiers", "percentage", "uma", "inpc_update".
std::string_view rule_kind(const RateRule& rule);

// Fail with kFieldInvalid; the detail names the known words.
Result<FeeKind> parse_fee_kind(std::string_view text);
Result<AgencyLevel> parse_agency_level(std::string_view text);
Result<Rounding> parse_rounding(std::string_view text);
Result<ReliefKind> parse_relief_kind(std::string_view text);
Result<InputKind> parse_input_kind(std::string_view text);
Result<UmaPeriod> parse_uma_period(std::string_view text);
Result<StraddlingMonth> parse_straddling_month(std::string_view text);
// An empty rule of the kind, to be filled.
Result<RateRule> parse_rule_kind(std::string_view text);

}  // namespace erario
