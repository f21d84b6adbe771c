#include <algorithm>
#include <set>

#include "engine/base/rfc.hpp"
#include "engine/catalogue/draft.hpp"
#include "engine/catalogue/names.hpp"

namespace erario {
namespace {

bool is_upper_or_digit(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// As the federal registry writes them: groups of capitals and digits joined by dashes.
Result<std::string> parse_homoclave(std::string_view text) {
  const bool characters = std::all_of(text.begin(), text.end(),
                                      [](char c) { return is_upper_or_digit(c) || c == '-'; });
  const bool groups = text.find('-') != std::string_view::npos && !text.starts_with('-') &&
                      !text.ends_with('-') && text.find("--") == std::string_view::npos;
  if (characters && groups && text.size() <= 40) return std::string(text);
  return Error{ErrorCode::kFieldInvalid,
               "a homoclave has up to 40 capitals and digits in groups joined by dashes"};
}

Result<std::string> parse_series(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= 10 &&
                    std::all_of(text.begin(), text.end(), is_upper_or_digit);
  if (fits) return std::string(text);
  return Error{ErrorCode::kFieldInvalid, "a receipt series has 1 to 10 capitals and digits"};
}

Result<std::string> parse_rfc(std::string_view text) {
  // RFCs were issued that break the check digit; the agency's own is not ours to doubt.
  TRY_VOID(check_rfc(text, RfcCheckDigit::kWarn));
  return std::string(text);
}

void read_choices(Fields& fields, InputSpec& input) {
  const std::vector<YamlNode>* items = fields.need_list("choices");
  if (items == nullptr) return;
  if (items->empty()) fields.problem_at("choices", "at least one choice is expected");
  for (const YamlNode& item : *items) {
    if (item.kind != YamlNode::Kind::kText || !is_catalogue_id(item.text)) {
      fields.problem_at("choices", "a choice is written like an id");
    } else if (std::count(input.choices.begin(), input.choices.end(), item.text) != 0) {
      fields.problem_at("choices", "the choice " + item.text + " is there twice");
    } else {
      input.choices.push_back(item.text);
    }
  }
}

InputSpec read_input(const YamlNode& node, std::string_view file, Problems& problems,
                     const std::string& subject) {
  Fields fields(node, file, problems, subject + ": input");
  InputSpec input;
  input.name = fields.id("name");
  fields.set_subject(subject + ": input " + input.name);
  if (input.name.size() > 40 || input.name.find_first_of(".-") != std::string::npos) {
    fields.problem_at("name", "up to 40 lower-case letters, digits or underscores");
  }
  input.title = fields.text("title");
  const std::optional<InputKind> kind = fields.maybe<InputKind>("kind", parse_input_kind);
  if (!kind && !fields.has("kind")) fields.need("kind");
  input.kind = kind.value_or(InputKind::kInteger);
  input.required = fields.boolean_or("required", true);
  if (input.kind == InputKind::kInteger) {
    input.minimum = fields.integer_or("minimum", input.minimum);
    input.maximum = fields.integer_or("maximum", input.maximum);
  } else if (input.kind == InputKind::kCentavos) {
    // Amounts in the files are pesos, here too.
    const auto minimum = fields.maybe<Money>("minimum", parse_pesos);
    const auto maximum = fields.maybe<Money>("maximum", parse_pesos);
    input.minimum = minimum.value_or(Money{input.minimum}).centavos;
    input.maximum = maximum.value_or(Money{input.maximum}).centavos;
  } else if (input.kind == InputKind::kChoice) {
    read_choices(fields, input);
  }
  if (input.minimum > input.maximum) fields.problem("the minimum is above the maximum");
  fields.finish();
  return input;
}

void read_service_fees(Fields& fields, std::string_view file, Draft& draft, Service& service) {
  const std::vector<YamlNode>* items = fields.need_list("fees");
  if (items == nullptr) return;
  if (items->empty()) fields.problem_at("fees", "at least one fee is expected");
  for (const YamlNode& item : *items) {
    if (item.kind != YamlNode::Kind::kText || !is_catalogue_id(item.text)) {
      draft.problems.add({file, item.line}, fields.subject() + ": fees: a fee id is expected");
    } else if (std::count(service.fees.begin(), service.fees.end(), item.text) != 0) {
      draft.problems.add({file, item.line},
                         fields.subject() + ": fees: " + item.text + " is there twice");
    } else {
      service.fees.push_back(item.text);
      draft.fee_references.push_back({{file, item.line}, fields.subject(), item.text});
    }
  }
}

}  // namespace

void read_agency(const YamlNode& node, std::string_view file, Draft& draft) {
  Fields fields(node, file, draft.problems, "agency");
  Agency agency;
  agency.line = node.line;
  agency.id = fields.id("id");
  fields.set_subject("agency " + agency.id);
  agency.name = fields.text("name");
  agency.level = fields.value<AgencyLevel>("level", parse_agency_level);
  agency.receipt_series = fields.value<std::string>("receipt_series", parse_series);
  agency.rfc = fields.value<std::string>("rfc", parse_rfc);
  agency.treasury_account = fields.id("treasury_account");
  fields.finish();
  if (!agency.receipt_series.empty()) {
    claim(draft.receipt_series, agency.receipt_series, {file, fields.line_of("receipt_series")},
          "receipt series", draft.problems);
  }
  if (!agency.id.empty() &&
      claim(draft.agencies, agency.id, fields.place(), "agency", draft.problems)) {
    draft.catalogue.agencies.emplace(agency.id, std::move(agency));
  }
}

void read_service(const YamlNode& node, std::string_view file, Draft& draft) {
  Fields fields(node, file, draft.problems, "service");
  Service service;
  service.file = std::string(file);
  service.line = node.line;
  service.id = fields.id("id");
  fields.set_subject("service " + service.id);
  service.agency = fields.id("agency");
  service.homoclave = fields.value<std::string>("homoclave", parse_homoclave);
  service.title = fields.text("title");
  service.rounding = fields.value<Rounding>("rounding", parse_rounding);
  service.sample = fields.boolean_or("sample", false);
  if (!service.agency.empty()) {
    draft.agency_references.push_back(
        {{file, fields.line_of("agency")}, fields.subject(), service.agency});
  }
  if (const std::vector<YamlNode>* items = fields.find_list("inputs")) {
    std::map<std::string, Place> places;
    for (const YamlNode& item : *items) {
      service.inputs.push_back(read_input(item, file, draft.problems, fields.subject()));
      if (service.inputs.back().name.empty()) continue;
      claim(places, service.inputs.back().name, {file, item.line}, fields.subject() + ": input",
            draft.problems);
    }
  }
  read_service_fees(fields, file, draft, service);
  fields.finish();
  if (!service.id.empty() &&
      claim(draft.services, service.id, fields.place(), "service", draft.problems)) {
    draft.catalogue.services.emplace(service.id, std::move(service));
  }
}

}  // namespace erario
