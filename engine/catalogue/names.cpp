#include "engine/catalogue/names.hpp"

#include <array>
#include <cstddef>
#include <string>

namespace erario {
namespace {

template <class T>
struct Word {
  std::string_view text;
  T value;
};

constexpr std::array kFeeKinds{Word<FeeKind>{"derecho", FeeKind::kDerecho},
                               Word<FeeKind>{"producto", FeeKind::kProducto},
                               Word<FeeKind>{"aprovechamiento", FeeKind::kAprovechamiento}};
constexpr std::array kAgencyLevels{Word<AgencyLevel>{"federal", AgencyLevel::kFederal},
                                   Word<AgencyLevel>{"state", AgencyLevel::kState},
                                   Word<AgencyLevel>{"municipal", AgencyLevel::kMunicipal}};
constexpr std::array kRoundings{Word<Rounding>{"none", Rounding::kNone},
                                Word<Rounding>{"cff20", Rounding::kCff20},
                                Word<Rounding>{"nearest_five_pesos", Rounding::kNearestFivePesos}};
constexpr std::array kReliefKinds{Word<ReliefKind>{"discount", ReliefKind::kDiscount},
                                  Word<ReliefKind>{"exemption", ReliefKind::kExemption}};
constexpr std::array kInputKinds{Word<InputKind>{"integer", InputKind::kInteger},
                                 Word<InputKind>{"centavos", InputKind::kCentavos},
                                 Word<InputKind>{"date", InputKind::kDate},
                                 Word<InputKind>{"choice", InputKind::kChoice}};
constexpr std::array kUmaPeriods{Word<UmaPeriod>{"daily", UmaPeriod::kDaily},
                                 Word<UmaPeriod>{"monthly", UmaPeriod::kMonthly},
                                 Word<UmaPeriod>{"annual", UmaPeriod::kAnnual}};
constexpr std::array kStraddlingMonths{Word<StraddlingMonth>{"by_start", StraddlingMonth::kByStart},
                                       Word<StraddlingMonth>{"by_end", StraddlingMonth::kByEnd}};
// In the order of the variant's alternatives.
constexpr std::array<std::string_view, std::variant_size_v<RateRule>> kRuleKinds{
    "fixed", "per_unit", "tiers", "percentage", "uma", "inpc_update"};

template <class T, std::size_t N>
std::string_view word_of(const std::array<Word<T>, N>& words, T value) {
  for (const Word<T>& word : words) {
    if (word.value == value) return word.text;
  }
  CHECK(false);
}

Error unknown_word(std::string_view text, const std::string& known) {
  return Error{ErrorCode::kFieldInvalid,
               "unknown word \"" + std::string(text) + "\", known are: " + known};
}

template <class T, std::size_t N>
Result<T> value_of(const std::array<Word<T>, N>& words, std::string_view text) {
  std::string known;
  for (const Word<T>& word : words) {
    if (word.text == text) return word.value;
    known += (known.empty() ? "" : ", ") + std::string(word.text);
  }
  return unknown_word(text, known);
}

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
