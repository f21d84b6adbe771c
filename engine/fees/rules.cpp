#include "engine/fees/rules.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include "engine/fees/exact.hpp"
#include "engine/fees/inputs.hpp"

namespace erario {
namespace {

constexpr int kFactorDecimals = 4;  // ten-thousandths, cut

// Negative amounts come only from inputs a service does not bound; they are refused, not clamped.
Result<Money> bounded(Exact amount) {
  if (amount.negative()) {
    return Error{ErrorCode::kFieldInvalid, "a fee cannot be negative"};
  }
  return amount.to_centavos_half_up();
}

Result<Exact> units_times(std::int64_t units, Money each) {
  return Exact{each}.times(Decimal{units, 0});
}

Error outside(const std::string& input, std::string rule) {
  return field_error(input_pointer(input), std::move(rule));
}

Result<Evaluation> evaluate_fixed(const FixedRule& rule, const RuleContext&) {
  return Evaluation{rule.amount, {{"cuota", to_pesos_text(rule.amount)}}};
}

Result<Evaluation> evaluate_per_unit(const PerUnitRule& rule, const RuleContext& context) {
  TRY(const std::int64_t units, integer_input(context.inputs, rule.input));
  if (units < rule.units_min || units > rule.units_max) {
    return outside(rule.input, "must be from " + std::to_string(rule.units_min) + " to " +
                                   std::to_string(rule.units_max));
  }
  TRY(const Exact product, units_times(units, rule.each));
  TRY(const Money amount, bounded(product));
  return Evaluation{
      amount,
      {{rule.input, std::to_string(units)}, {"cuota por unidad", to_pesos_text(rule.each)}}};
}

const Tier* tier_of(const TiersRule& rule, std::int64_t units) {
  for (const Tier& tier : rule.tiers) {
    if (units >= tier.from && (!tier.to || units <= *tier.to)) return &tier;
  }
  return nullptr;
}

std::string tier_text(const Tier& tier) {
  if (!tier.to) return std::to_string(tier.from) + " o más";
  return std::to_string(tier.from) + " a " + std::to_string(*tier.to);
}

// The tier reached decides alone: its base, and so much for every unit from its first one on.
Result<Evaluation> evaluate_tiers(const TiersRule& rule, const RuleContext& context) {
  TRY(const std::int64_t units, integer_input(context.inputs, rule.input));
  const Tier* tier = tier_of(rule, units);
  if (tier == nullptr) return outside(rule.input, "is outside every tier of the fee");
  TRY(const Exact above, units_times(units - tier->from + 1, tier->each_above));
  TRY(const Exact sum, above.plus(Exact{tier->base}));
  TRY(const Money amount, bounded(sum));
  Evaluation evaluation{amount, {{rule.input, std::to_string(units)}}};
  evaluation.figures.push_back({"tramo", tier_text(*tier)});
  evaluation.figures.push_back({"cuota del tramo", to_pesos_text(tier->base)});
  if (tier->each_above.centavos != 0) {
    evaluation.figures.push_back({"unidades del tramo", std::to_string(units - tier->from + 1)});
    evaluation.figures.push_back({"cuota por unidad", to_pesos_text(tier->each_above)});
  }
  return evaluation;
}

Result<Evaluation> evaluate_percentage(const PercentageRule& rule, const RuleContext& context) {
  TRY(const std::int64_t centavos, integer_input(context.inputs, rule.input));
  if (centavos < 0) return outside(rule.input, "must not be negative");
  const Money base{centavos};
  TRY(const Exact product, Exact{base}.percent(rule.percent));
  TRY(Money amount, bounded(product));
  Evaluation evaluation{amount, {{rule.input, to_pesos_text(base)}}};
  evaluation.figures.push_back({"porcentaje", rule.percent.text()});
  evaluation.figures.push_back({"resultado", product.text()});
  if (rule.minimum) {
    evaluation.figures.push_back({"mínimo", to_pesos_text(*rule.minimum)});
    if (amount < *rule.minimum) amount = *rule.minimum;
  }
  if (rule.maximum) {
    evaluation.figures.push_back({"máximo", to_pesos_text(*rule.maximum)});
    if (amount > *rule.maximum) amount = *rule.maximum;
  }
  evaluation.unadjusted = amount;
  return evaluation;
}

Result<Evaluation> evaluate_uma(const UmaRule& rule, const RuleContext& context) {
  TRY(const Money daily, uma_value(context.indices, UmaPeriod::kDaily, context.on));
  Evaluation evaluation{Money{}, {{"UMA diaria", to_pesos_text(daily)}}};
  Money value = daily;
  if (rule.period != UmaPeriod::kDaily) {
    TRY(value, uma_value(context.indices, UmaPeriod::kMonthly, context.on));
    evaluation.figures.push_back({"UMA mensual", to_pesos_text(value)});
  }
  if (rule.period == UmaPeriod::kAnnual) {
    TRY(value, uma_value(context.indices, UmaPeriod::kAnnual, context.on));
    evaluation.figures.push_back({"UMA anual", to_pesos_text(value)});
  }
  TRY(const Exact product, Exact{value}.times(rule.multiple));
  TRY(evaluation.unadjusted, bounded(product));
  evaluation.figures.push_back({"veces", rule.multiple.text()});
  evaluation.figures.push_back({"resultado", product.text()});
  return evaluation;
}

// The yearly chain runs over the unadjusted quotas to the centavo, as the Anexo prints them.
Result<Evaluation> evaluate_inpc_update(const InpcUpdateRule& rule, const RuleContext& context) {
  const int year_of_payment = static_cast<int>(context.on.year());
  if (year_of_payment < rule.base_year) {
    return Error{ErrorCode::kRateMissing, "the quota of " + std::to_string(rule.base_year) +
                                              " does not apply in " +
                                              std::to_string(year_of_payment)};
  }
  Evaluation evaluation{rule.unadjusted, {}};
  const auto add_quota = [&evaluation](int year) {
    evaluation.figures.push_back(
        {"cuota sin ajuste " + std::to_string(year), to_pesos_text(evaluation.unadjusted)});
  };
  add_quota(rule.base_year);
  for (int year = rule.base_year + 1; year <= year_of_payment; ++year) {
    TRY(const Decimal factor, yearly_update_factor(context.indices, year));
    for (const int back : {1, 2}) {
      const auto month = std::chrono::year(year - back) / std::chrono::November;
      TRY(const Decimal index, inpc_of(context.indices, month));
      evaluation.figures.push_back({"INPC " + to_text(month), index.text()});
    }
    TRY(const Exact updated, Exact{evaluation.unadjusted}.times(factor));
    TRY(evaluation.unadjusted, bounded(updated));
    evaluation.figures.push_back({"factor " + std::to_string(year), factor.text()});
    add_quota(year);
  }
  return evaluation;
}

template <class Rule, Result<Evaluation> (*kEvaluate)(const Rule&, const RuleContext&)>
Result<Evaluation> erased(const RateRule& rule, const RuleContext& context) {
  return kEvaluate(std::get<Rule>(rule), context);
}

// A row knows its alternative, so that a table in the wrong order does not compile.
struct Row {
  std::size_t alternative;
  RuleKind kind;
};

template <class Rule>
constexpr std::size_t kAlternative = [] {
  return []<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    return ((std::is_same_v<Rule, std::variant_alternative_t<kIndex, RateRule>> ? kIndex : 0) +
            ...);
  }
  (std::make_index_sequence<std::variant_size_v<RateRule>>());
}();

// clang-format off
template <class Rule, Result<Evaluation> (*kEvaluate)(const Rule&, const RuleContext&)>
constexpr Row row(std::string_view name, int version, std::string_view explanation) {
  return {kAlternative<Rule>, {name, version, explanation, &erased<Rule, kEvaluate>}};
}

constexpr std::array kRows{
    row<FixedRule, evaluate_fixed>(
        "fixed", 1, "Cuota fija."),
    row<PerUnitRule, evaluate_per_unit>(
        "per_unit", 1, "Cuota por unidad: las cuotas sin ajuste se suman antes de redondear."),
    row<TiersRule, evaluate_tiers>(
        "tiers", 1, "La cuota del tramo alcanzado y otra por cada unidad de él."),
    row<PercentageRule, evaluate_percentage>(
        "percentage", 1, "Porcentaje de una base, con mínimo y máximo donde la ley los fija."),
    row<UmaRule, evaluate_uma>(
        "uma", 1, "Veces la Unidad de Medida y Actualización vigente."),
    row<InpcUpdateRule, evaluate_inpc_update>(
        "inpc_update", 1, "Cuota sin ajuste, actualizada cada año por el INPC (LFD, art. 1)."),
};
// clang-format on

constexpr bool rows_follow_the_alternatives() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].alternative != i) return false;
  }
  return kRows.size() == std::variant_size_v<RateRule>;
}
static_assert(rows_follow_the_alternatives());

constexpr auto kKinds = [] {
  std::array<RuleKind, kRows.size()> kinds{};
  for (std::size_t i = 0; i < kRows.size(); ++i)
    kinds[i] = kRows[i].kind;
  return kinds;
}();

}  // namespace

std::span<const RuleKind> rule_kinds() {
  return kKinds;
}

const RuleKind& kind_of(const RateRule& rule) {
  return kKinds[rule.index()];
}

std::string rule_label(const RuleKind& kind) {
  return std::string(kind.name) + "/" + std::to_string(kind.version);
}

Result<Evaluation> evaluate(const RateRule& rule, const RuleContext& context) {
  TRY(Evaluation evaluation, kind_of(rule).evaluate(rule, context));
  CHECK(evaluation.unadjusted >= Money{});
  if (evaluation.unadjusted > kAmountMax) {
    return Error{ErrorCode::kAmountOverflow, "a fee is larger than any amount accepted"};
  }
  return evaluation;
}

Result<Decimal> yearly_update_factor(const Indices& indices, int year) {
  TRY(const Decimal newer, inpc_of(indices, std::chrono::year(year - 1) / std::chrono::November));
  TRY(const Decimal older, inpc_of(indices, std::chrono::year(year - 2) / std::chrono::November));
  return divide_truncated(newer, older, kFactorDecimals);
}

Result<Money> uma_value(const Indices& indices, UmaPeriod period, Date on) {
  for (const UmaValue& value : indices.uma) {
    if (on < value.valid_from || (value.valid_to && on > *value.valid_to)) continue;
    TRY(const Money daily, multiply_half_up(Money::from_pesos(1), value.daily));
    if (period == UmaPeriod::kDaily) return daily;
    TRY(const Money monthly, multiply_half_up(daily, Decimal{304, 1}));
    if (period == UmaPeriod::kMonthly) return monthly;
    return multiply_half_up(monthly, Decimal{12, 0});
  }
  return Error{ErrorCode::kRateMissing, "no UMA is in force on " + to_text(on)};
}

Result<Decimal> inpc_of(const Indices& indices, std::chrono::year_month month) {
  const auto found = indices.inpc.find(month);
  if (found == indices.inpc.end()) {
    return Error{ErrorCode::kRateMissing,
                 "the INPC of " + to_text(month) + " is not in the catalogue"};
  }
  return found->second;
}

std::string to_text(std::chrono::year_month month) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u", static_cast<int>(month.year()),
                static_cast<unsigned>(month.month()));
  return text;
}

}  // namespace erario
