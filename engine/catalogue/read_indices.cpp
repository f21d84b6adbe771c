#include <algorithm>

#include "engine/catalogue/draft.hpp"
#include "engine/catalogue/names.hpp"

namespace erario {
namespace {

Result<Decimal> parse_above_0(std::string_view text) {
  TRY(const Decimal value, Decimal::parse(text));
  if (value.units() <= 0) return Error{ErrorCode::kFieldInvalid, "a number above 0 is expected"};
  return value;
}

// "2025-11"; as a date its first day, so that the date's own rules hold.
std::optional<std::chrono::year_month> parse_month(const std::string& text) {
  const Result<Date> first = parse_date(text + "-01");
  if (!first.ok()) return std::nullopt;
  return std::chrono::year_month{first->year(), first->month()};
}

void read_inpc(const YamlNode& node, std::string_view file, Draft& draft) {
  Fields fields(node, file, draft.problems, "indices: inpc");
  for (const YamlEntry& entry : node.entries) {
    const auto month = parse_month(entry.key);
    if (!month) {
      fields.find(entry.key);
      fields.problem_at(entry.key, "a month is written like 2025-11");
      continue;
    }
    if (const auto value = fields.maybe<Decimal>(entry.key, parse_above_0)) {
      draft.catalogue.indices.inpc.emplace(*month, *value);
    }
  }
}

void read_uma(const std::vector<YamlNode>& items, std::string_view file, Draft& draft) {
  std::vector<Period> periods;
  std::vector<UmaValue>& values = draft.catalogue.indices.uma;
  for (const YamlNode& item : items) {
    Fields fields(item, file, draft.problems, "indices: uma");
    const Period period = read_period(fields);
    values.push_back({period.from, period.to, fields.value<Decimal>("daily", parse_above_0)});
    periods.push_back(period);
    fields.finish();
  }
  check_periods(std::move(periods), file, "indices: uma", draft.problems);
  std::stable_sort(values.begin(), values.end(), [](const UmaValue& a, const UmaValue& b) {
    return a.valid_from < b.valid_from;
  });
}

void read_surcharges(const std::vector<YamlNode>& items, std::string_view file, Draft& draft) {
  std::vector<Period> periods;
  std::vector<SurchargeRate>& rates = draft.catalogue.indices.surcharges;
  for (const YamlNode& item : items) {
    Fields fields(item, file, draft.problems, "indices: surcharges");
    const Period period = read_period(fields);
    rates.push_back(
        {period.from, period.to, fields.value<Decimal>("percent_per_month", parse_above_0)});
    periods.push_back(period);
    fields.finish();
  }
  check_periods(std::move(periods), file, "indices: surcharges", draft.problems);
  std::stable_sort(rates.begin(), rates.end(), [](const SurchargeRate& a, const SurchargeRate& b) {
    return a.valid_from < b.valid_from;
  });
}

}  // namespace

void read_indices(const YamlNode& node, std::string_view file, Draft& draft) {
  Fields fields(node, file, draft.problems, "indices");
  if (!draft.indices.file.empty()) {
    fields.problem("the indices are already at " + to_text(draft.indices));
    return;
  }
  draft.indices = fields.place();
  Indices& indices = draft.catalogue.indices;
  if (const YamlNode* inpc = fields.find("inpc")) read_inpc(*inpc, file, draft);
  if (const auto* items = fields.find_list("uma")) read_uma(*items, file, draft);
  if (const auto* items = fields.find_list("surcharges")) read_surcharges(*items, file, draft);
  indices.straddling_month =
      fields.maybe<StraddlingMonth>("straddling_month", parse_straddling_month)
          .value_or(indices.straddling_month);
  const std::int64_t day =
      fields.integer_or("inpc_published_on_day", indices.inpc_published_on_day);
  if (day < 1 || day > 28) {
    fields.problem_at("inpc_published_on_day", "a day from 1 to 28");
  } else {
    indices.inpc_published_on_day = static_cast<int>(day);
  }
  fields.finish();
}

}  // namespace erario
