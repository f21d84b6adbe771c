#include <limits>

#include "engine/catalogue/draft.hpp"
#include "engine/catalogue/names.hpp"

namespace erario {
namespace {

constexpr std::int64_t kUnitsMax = 1'000'000'000;

Result<std::string> parse_input_name(std::string_view text) {
  const bool fits = is_catalogue_id(text) && text.size() <= 40 &&
                    text.find_first_of(".-") == std::string_view::npos;
  if (fits) return std::string(text);
  return Error{ErrorCode::kFieldInvalid,
               "an input is named by 1 to 40 lower-case letters, digits or underscores"};
}

Result<Decimal> parse_positive(std::string_view text) {
  TRY(const Decimal value, Decimal::parse(text));
  if (value.units() <= 0) return Error{ErrorCode::kFieldInvalid, "a number above 0 is expected"};
  return value;
}

Result<Decimal> parse_percent_above_0(std::string_view text) {
  TRY(const Decimal value, parse_positive(text));
  if (value > Decimal(100, 0)) {
    return Error{ErrorCode::kFieldInvalid, "a percentage lies between 0 and 100"};
  }
  return value;
}

void read(FixedRule& rule, Fields& fields) {
  rule.amount = fields.value<Money>("amount", parse_pesos);
}

void read(PerUnitRule& rule, Fields& fields) {
  rule.input = fields.value<std::string>("input", parse_input_name);
  rule.each = fields.value<Money>("each", parse_pesos);
  rule.units_min = fields.integer_or("units_min", rule.units_min);
  rule.units_max = fields.integer_or("units_max", rule.units_max);
  if (rule.units_min < 0 || rule.units_max > kUnitsMax || rule.units_min > rule.units_max) {
    fields.problem("units_min and units_max lie between 0 and " + std::to_string(kUnitsMax) +
                   ", the smaller first");
  }
}

Tier read_tier(Fields& fields) {
  Tier tier;
  tier.from = fields.integer("from");
  tier.to = fields.maybe_integer("to");
  tier.base = fields.maybe<Money>("base", parse_pesos).value_or(Money{});
  tier.each_above = fields.maybe<Money>("each_above", parse_pesos).value_or(Money{});
  if (!fields.has("base") && !fields.has("each_above")) {
    fields.problem("a tier has a base, an each_above, or both");
  }
  if (tier.from < 0 || tier.to.value_or(tier.from) < tier.from ||
      tier.to.value_or(tier.from) > kUnitsMax) {
    fields.problem("a tier runs from a number to the same or a larger one, 0 to " +
                   std::to_string(kUnitsMax));
  }
  fields.finish();
  return tier;
}

void read(TiersRule& rule, Fields& fields, std::string_view file, Problems& problems) {
  rule.input = fields.value<std::string>("input", parse_input_name);
  const std::vector<YamlNode>* items = fields.need_list("tiers");
  if (items == nullptr) return;
  if (items->empty()) fields.problem_at("tiers", "at least one tier is expected");
  for (const YamlNode& item : *items) {
    Fields each(item, file, problems, fields.subject());
    const Tier tier = read_tier(each);
    if (!rule.tiers.empty()) {
      const Tier& before = rule.tiers.back();
      if (!before.to) {
        each.problem("tiers are contiguous: the tier before this one is open, it has no \"to\"");
      } else if (tier.from != *before.to + 1) {
        each.problem("tiers are contiguous: this one starts at " + std::to_string(tier.from) +
                     ", the one before ends at " + std::to_string(*before.to));
      }
    }
    rule.tiers.push_back(tier);
  }
}

void read(PercentageRule& rule, Fields& fields) {
  rule.input = fields.value<std::string>("input", parse_input_name);
  rule.percent = fields.value<Decimal>("percent", parse_percent_above_0);
  rule.minimum = fields.maybe<Money>("minimum", parse_pesos);
  rule.maximum = fields.maybe<Money>("maximum", parse_pesos);
  if (rule.minimum && rule.maximum && *rule.minimum > *rule.maximum) {
    fields.problem("the minimum is above the maximum");
  }
}

void read(UmaRule& rule, Fields& fields) {
  rule.multiple = fields.value<Decimal>("multiple", parse_positive);
  rule.period = fields.maybe<UmaPeriod>("period", parse_uma_period).value_or(rule.period);
}

void read(InpcUpdateRule& rule, Fields& fields) {
  rule.unadjusted = fields.value<Money>("unadjusted", parse_pesos);
  const std::int64_t year = fields.integer("base_year");
  if (year < 1990 || year > 2199) {
    if (fields.has("base_year")) fields.problem_at("base_year", "a year from 1990 to 2199");
    return;
  }
  rule.base_year = static_cast<int>(year);
}

}  // namespace

RateRule read_rule(const YamlNode& node, std::string_view file, Problems& problems,
                   const std::string& subject) {
  Fields fields(node, file, problems, subject + ": rule");
  const std::optional<RateRule> kind = fields.maybe<RateRule>("kind", parse_rule_kind);
  if (!kind) {
    // Without a kind nobody can say which of the other keys belong; they are not judged.
    if (!fields.has("kind") && node.kind == YamlNode::Kind::kMap) fields.need("kind");
    return RateRule{};
  }
  RateRule rule = *kind;
  std::visit(
      [&](auto& each) {
        if constexpr (std::is_same_v<std::decay_t<decltype(each)>, TiersRule>) {
          read(each, fields, file, problems);
        } else {
          read(each, fields);
        }
      },
      rule);
  fields.finish();
  return rule;
}

}  // namespace erario
