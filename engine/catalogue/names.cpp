#include "engine/catalogue/names.hpp"

#include <array>

#include "engine/base/words.hpp"

namespace erario {
namespace {

constexpr std::array kFeeKinds{Word<FeeKind>{FeeKind::kDerecho, "derecho"},
                               Word<FeeKind>{FeeKind::kProducto, "producto"},
                               Word<FeeKind>{FeeKind::kAprovechamiento, "aprovechamiento"}};
constexpr std::array kAgencyLevels{Word<AgencyLevel>{AgencyLevel::kFederal, "federal"},
                                   Word<AgencyLevel>{AgencyLevel::kState, "state"},
                                   Word<AgencyLevel>{AgencyLevel::kMunicipal, "municipal"}};
constexpr std::array kRoundings{Word<Rounding>{Rounding::kNone, "none"},
                                Word<Rounding>{Rounding::kCff20, "cff20"},
                                Word<Rounding>{Rounding::kNearestFivePesos, "nearest_five_pesos"}};
constexpr std::array kReliefKinds{Word<ReliefKind>{ReliefKind::kDiscount, "discount"},
                                  Word<ReliefKind>{ReliefKind::kExemption, "exemption"}};
constexpr std::array kInputKinds{Word<InputKind>{InputKind::kInteger, "integer"},
                                 Word<InputKind>{InputKind::kCentavos, "centavos"},
                                 Word<InputKind>{InputKind::kDate, "date"},
                                 Word<InputKind>{InputKind::kChoice, "choice"}};
constexpr std::array kUmaPeriods{Word<UmaPeriod>{UmaPeriod::kDaily, "daily"},
                                 Word<UmaPeriod>{UmaPeriod::kMonthly, "monthly"},
                                 Word<UmaPeriod>{UmaPeriod::kAnnual, "annual"}};
constexpr std::array kStraddlingMonths{Word<StraddlingMonth>{StraddlingMonth::kByStart, "by_start"},
                                       Word<StraddlingMonth>{StraddlingMonth::kByEnd, "by_end"}};
// In the order of the variant's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<RateRule>> kRuleKinds{
    "fixed", "per_unit", "tiers", "percentage", "uma", "inpc_update"};

}  // namespace

std::string_view to_text(FeeKind kind) {
  return word_of(kFeeKinds, kind);
}
std::string_view to_text(AgencyLevel level) {
  return word_of(kAgencyLevels, level);
}
std::string_view to_text(Rounding rounding) {
  return word_of(kRoundings, rounding);
}
std::string_view to_text(ReliefKind kind) {
  return word_of(kReliefKinds, kind);
}
std::string_view to_text(InputKind kind) {
  return word_of(kInputKinds, kind);
}
std::string_view to_text(UmaPeriod period) {
  return word_of(kUmaPeriods, period);
}
std::string_view to_text(StraddlingMonth month) {
  return word_of(kStraddlingMonths, month);
}
std::string_view rule_kind(const RateRule& rule) {
  return kRuleKinds[rule.index()];
}

Result<FeeKind> parse_fee_kind(std::string_view text) {
  return value_of(kFeeKinds, text);
}
Result<AgencyLevel> parse_agency_level(std::string_view text) {
  return value_of(kAgencyLevels, text);
}
Result<Rounding> parse_rounding(std::string_view text) {
  return value_of(kRoundings, text);
}
Result<ReliefKind> parse_relief_kind(std::string_view text) {
  return value_of(kReliefKinds, text);
}
Result<InputKind> parse_input_kind(std::string_view text) {
  return value_of(kInputKinds, text);
}
Result<UmaPeriod> parse_uma_period(std::string_view text) {
  return value_of(kUmaPeriods, text);
}
Result<StraddlingMonth> parse_straddling_month(std::string_view text) {
  return value_of(kStraddlingMonths, text);
}

Result<RateRule> parse_rule_kind(std::string_view text) {
  if (text == kRuleKinds[0]) return RateRule{FixedRule{}};
  if (text == kRuleKinds[1]) return RateRule{PerUnitRule{}};
  if (text == kRuleKinds[2]) return RateRule{TiersRule{}};
  if (text == kRuleKinds[3]) return RateRule{PercentageRule{}};
  if (text == kRuleKinds[4]) return RateRule{UmaRule{}};
  if (text == kRuleKinds[5]) return RateRule{InpcUpdateRule{}};
  std::string known;
  for (const std::string_view kind : kRuleKinds)
    known += (known.empty() ? "" : ", ") + std::string(kind);
  return Error{ErrorCode::kFieldInvalid,
               "unknown rule kind \"" + std::string(text) + "\", known are: " + known};
}

}  // namespace erario
