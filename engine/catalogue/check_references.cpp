#include <algorithm>

#include "engine/catalogue/draft.hpp"

namespace erario {
namespace {

using std::chrono::November;
using std::chrono::year;
using std::chrono::year_month;

std::string to_text(year_month month) {
  return erario::to_text(Date{month / std::chrono::day(1)}).substr(0, 7);
}

// The update of year Y takes the November indices of Y-1 and Y-2. A rate without an end reaches as
// far as the series does; later years have no factor yet and are no hole.
void check_inpc(const Fee& fee, const Rate& rate, const InpcUpdateRule& rule, Place place,
                Draft& draft) {
  const auto& inpc = draft.catalogue.indices.inpc;
  if (rule.base_year == 0 || !rate.valid_from.ok()) return;  // reported before
  int last_year = static_cast<int>(rate.valid_from.year());
  if (rate.valid_to) {
    last_year = static_cast<int>(rate.valid_to->year());
  } else {
    for (const auto& [month, value] : inpc) {
      if (month.month() == November)
        last_year = std::max(last_year, static_cast<int>(month.year()) + 1);
    }
  }
  std::string missing;
  for (int november = rule.base_year - 1; november < last_year; ++november) {
    const year_month month = year(november) / November;
    // No update ever starts from the base year's own quota when the rate ends within it.
    if (last_year > rule.base_year && !inpc.contains(month)) {
      missing += (missing.empty() ? "" : ", ") + to_text(month);
    }
  }
  if (missing.empty()) return;
  draft.problems.add(place, "fee " + fee.id + ": the inpc series lacks " + missing +
                                ", needed to update the quota of " +
                                std::to_string(rule.base_year) + " to " +
                                std::to_string(last_year));
}

// Every day of the rate has a UMA in force; without an end, its first day has.
void check_uma(const Fee& fee, const Rate& rate, Place place, Draft& draft) {
  if (!rate.valid_from.ok()) return;  // reported before
  Date uncovered = rate.valid_from;
  const Date last = rate.valid_to.value_or(rate.valid_from);
  for (const UmaValue& uma : draft.catalogue.indices.uma) {
    if (uma.valid_from > uncovered || uncovered > last) break;
    if (!uma.valid_to) return;
    if (*uma.valid_to >= uncovered) uncovered = add_days(*uma.valid_to, 1);
  }
  if (uncovered <= last) {
    draft.problems.add(place,
                       "fee " + fee.id + ": no uma is in force on " + erario::to_text(uncovered));
  }
}

struct RuleInput {
  std::string name;
  InputKind kind = InputKind::kInteger;
  std::int64_t minimum = 0;
  std::optional<std::int64_t> maximum;
};

std::optional<RuleInput> input_of(const RateRule& rule) {
  if (const auto* per_unit = std::get_if<PerUnitRule>(&rule)) {
    return RuleInput{per_unit->input, InputKind::kInteger, per_unit->units_min,
                     per_unit->units_max};
  }
  if (const auto* tiers = std::get_if<TiersRule>(&rule)) {
    if (tiers->tiers.empty()) return std::nullopt;
    return RuleInput{tiers->input, InputKind::kInteger, tiers->tiers.front().from,
                     tiers->tiers.back().to};
  }
  if (const auto* percentage = std::get_if<PercentageRule>(&rule)) {
    return RuleInput{percentage->input, InputKind::kCentavos, 0, std::nullopt};
  }
  return std::nullopt;
}

void check_input(const Service& service, const Fee& fee, const RuleInput& wanted, Place place,
                 Draft& draft) {
  const bool reversed = wanted.maximum && *wanted.maximum < wanted.minimum;
  if (wanted.name.empty() || reversed) return;  // reported before
  const std::string subject = "fee " + fee.id + ": the rule's input " + wanted.name;
  const std::string where =
      "service " + service.id + " (" + to_text(draft.services.at(service.id)) + ")";
  const auto input = std::find_if(service.inputs.begin(), service.inputs.end(),
                                  [&](const InputSpec& spec) { return spec.name == wanted.name; });
  if (input == service.inputs.end()) {
    draft.problems.add(place, subject + " is not an input of " + where);
  } else if (input->kind != wanted.kind) {
    draft.problems.add(place, subject + " is of another kind in " + where);
  } else if (!input->required) {
    draft.problems.add(place, subject + " is not required in " + where);
  } else if (input->minimum < wanted.minimum ||
             input->maximum > wanted.maximum.value_or(input->maximum)) {
    draft.problems.add(place, subject + " may lie outside the rule's range in " + where +
                                  ": the service takes " + std::to_string(input->minimum) + " to " +
                                  std::to_string(input->maximum) + ", the rule " +
                                  std::to_string(wanted.minimum) + " to " +
                                  std::to_string(wanted.maximum.value_or(input->maximum)));
  }
}

void check_service_fee(const Service& service, const Fee& fee, Draft& draft) {
  const Place place = draft.fees.at(fee.id);
  for (const Rate& rate : fee.rates) {
    if (const auto input = input_of(rate.rule)) {
      check_input(service, fee, *input, {place.file, rate.line}, draft);
    }
  }
  if (!fee.late_payment) return;
  const bool has_due_date =
      std::any_of(service.inputs.begin(), service.inputs.end(), [](const InputSpec& input) {
        return input.name == "due_date" && input.kind == InputKind::kDate;
      });
  if (!has_due_date) {
    draft.problems.add(draft.services.at(service.id), "service " + service.id +
                                                          ": the late_payment fee " + fee.id +
                                                          " needs an input due_date of kind date");
  }
}

void check_fee(const Fee& fee, Draft& draft) {
  const Place place = draft.fees.at(fee.id);
  for (const Rate& rate : fee.rates) {
    const Place at{place.file, rate.line};
    if (const auto* update = std::get_if<InpcUpdateRule>(&rate.rule)) {
      check_inpc(fee, rate, *update, at, draft);
    } else if (std::holds_alternative<UmaRule>(rate.rule)) {
      check_uma(fee, rate, at, draft);
    }
  }
  if (fee.late_payment && draft.catalogue.indices.surcharges.empty()) {
    draft.problems.add(place, "fee " + fee.id + ": late_payment needs surcharges in the indices");
  }
}

}  // namespace

void check_references(Draft& draft) {
  for (const Draft::Reference& reference : draft.agency_references) {
    if (draft.agencies.contains(reference.target)) continue;
    draft.problems.add(reference.place,
                       reference.subject + ": agency: unknown agency " + reference.target);
  }
  for (const Draft::Reference& reference : draft.fee_references) {
    if (draft.fees.contains(reference.target)) continue;
    draft.problems.add(reference.place,
                       reference.subject + ": fees: unknown fee " + reference.target);
  }
  for (const auto& [id, fee] : draft.catalogue.fees)
    check_fee(fee, draft);
  for (const auto& [id, service] : draft.catalogue.services) {
    for (const std::string& fee : service.fees) {
      const auto found = draft.catalogue.fees.find(fee);
      if (found != draft.catalogue.fees.end()) check_service_fee(service, found->second, draft);
    }
  }
}

}  // namespace erario
