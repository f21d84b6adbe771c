#include <algorithm>
#include <set>

#include "engine/catalogue/draft.hpp"
#include "engine/catalogue/names.hpp"

namespace erario {
namespace {

bool is_digits(std::string_view text, std::size_t length) {
  return text.size() == length &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<std::string> parse_clave(std::string_view text) {
  if (is_digits(text, 9)) return std::string(text);
  return Error{ErrorCode::kFieldInvalid, "a clave de referencia has exactly 9 digits"};
}

Result<std::string> parse_cadena(std::string_view text) {
  if (is_digits(text, 14)) return std::string(text);
  return Error{ErrorCode::kFieldInvalid, "a cadena de la dependencia has exactly 14 digits"};
}

Result<Decimal> parse_percent(std::string_view text) {
  TRY(const Decimal value, Decimal::parse(text));
  if (value < Decimal(0, 0) || value > Decimal(100, 0)) {
    return Error{ErrorCode::kFieldInvalid, "a percentage lies between 0 and 100"};
  }
  return value;
}

Citation read_citation(Fields& parent, std::string_view file, Problems& problems) {
  Citation citation;
  const YamlNode* node = parent.need("citation");
  if (node == nullptr) return citation;
  Fields fields(*node, file, problems, parent.subject() + ": citation");
  citation.law = fields.text("law");
  citation.article = fields.text("article");
  citation.fraction = fields.text_or_empty("fraction");
  citation.publication = fields.text("publication");
  fields.finish();
  return citation;
}

Rate read_rate(const YamlNode& node, std::string_view file, Problems& problems,
               const std::string& subject) {
  Fields fields(node, file, problems, subject);
  const Period period = read_period(fields);
  Rate rate;
  rate.line = period.line;
  rate.valid_from = period.from;
  rate.valid_to = period.to;
  if (const YamlNode* rule = fields.need("rule")) {
    rate.rule = read_rule(*rule, file, problems, subject);
  }
  rate.citation = read_citation(fields, file, problems);
  const auto* update = std::get_if<InpcUpdateRule>(&rate.rule);
  if (update != nullptr && update->base_year != 0 && rate.valid_from.ok() &&
      static_cast<int>(rate.valid_from.year()) < update->base_year) {
    fields.problem("valid_from lies before the rule's base_year " +
                   std::to_string(update->base_year));
  }
  fields.finish();
  return rate;
}

Relief read_relief(const YamlNode& node, std::string_view file, Problems& problems,
                   const std::string& subject) {
  Fields fields(node, file, problems, subject + ": relief");
  Relief relief;
  relief.id = fields.id("id");
  fields.set_subject(subject + ": relief " + relief.id);
  relief.kind = fields.value<ReliefKind>("kind", parse_relief_kind);
  relief.title = fields.text("title");
  if (relief.kind == ReliefKind::kExemption) {
    const Decimal whole(100, 0);
    relief.percent = fields.maybe<Decimal>("percent", parse_percent).value_or(whole);
    if (relief.percent != whole) fields.problem_at("percent", "an exemption is of 100 percent");
    relief.percent = whole;
  } else {
    relief.percent = fields.value<Decimal>("percent", parse_percent);
  }
  relief.evidence = fields.text("evidence");
  relief.citation = read_citation(fields, file, problems);
  fields.finish();
  return relief;
}

void read_rates(Fields& fields, std::string_view file, Draft& draft, Fee& fee) {
  const std::vector<YamlNode>* items = fields.need_list("rates");
  if (items == nullptr) return;
  if (items->empty()) fields.problem_at("rates", "at least one rate is expected");
  std::vector<Period> periods;
  for (const YamlNode& item : *items) {
    fee.rates.push_back(read_rate(item, file, draft.problems, fields.subject() + ": rate"));
    const Rate& rate = fee.rates.back();
    periods.push_back({rate.valid_from, rate.valid_to, rate.line});
  }
  check_periods(std::move(periods), file, fields.subject(), draft.problems);
  std::stable_sort(fee.rates.begin(), fee.rates.end(),
                   [](const Rate& a, const Rate& b) { return a.valid_from < b.valid_from; });
}

void read_reliefs(Fields& fields, std::string_view file, Draft& draft, Fee& fee) {
  const std::vector<YamlNode>* items = fields.find_list("reliefs");
  if (items == nullptr) return;
  std::map<std::string, Place> places;
  for (const YamlNode& item : *items) {
    fee.reliefs.push_back(read_relief(item, file, draft.problems, fields.subject()));
    if (!fee.reliefs.back().id.empty()) {
      claim(places, fee.reliefs.back().id, {file, item.line}, fields.subject() + ": relief",
            draft.problems);
    }
  }
  std::stable_sort(fee.reliefs.begin(), fee.reliefs.end(),
                   [](const Relief& a, const Relief& b) { return a.id < b.id; });
}

}  // namespace

void read_fee(const YamlNode& node, std::string_view file, Draft& draft) {
  Fields fields(node, file, draft.problems, "fee");
  Fee fee;
  fee.line = node.line;
  fee.id = fields.id("id");
  fields.set_subject("fee " + fee.id);
  fee.title = fields.text("title");
  fee.kind = fields.value<FeeKind>("kind", parse_fee_kind);
  fee.clave_referencia = fields.value<std::string>("clave_referencia", parse_clave);
  fee.cadena_dependencia = fields.value<std::string>("cadena_dependencia", parse_cadena);
  fee.vat_percent = fields.maybe<Decimal>("vat_percent", parse_percent);
  fee.late_payment = fields.boolean_or("late_payment", false);
  read_rates(fields, file, draft, fee);
  read_reliefs(fields, file, draft, fee);
  fields.finish();
  if (!fee.id.empty() && claim(draft.fees, fee.id, fields.place(), "fee", draft.problems)) {
    draft.catalogue.fees.emplace(fee.id, std::move(fee));
  }
}

}  // namespace erario
