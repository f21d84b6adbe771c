#include "engine/fees/inputs.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "engine/base/time.hpp"

namespace erario {
namespace {

constexpr std::size_t kNameLengthMax = 64;

struct Broken {
  ErrorCode code;
  FieldError field;
};

bool is_plain_word(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && name.size() <= kNameLengthMax &&
         std::all_of(name.begin(), name.end(), plain);
}

// Only the form std::to_string would write: one request has one text, and so one digest.
std::optional<std::int64_t> canonical_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || std::to_string(value) != text) return std::nullopt;
  return value;
}

std::string bounds_text(const InputSpec& spec) {
  return "from " + std::to_string(spec.minimum) + " to " + std::to_string(spec.maximum);
}

std::string joined(const std::vector<std::string>& choices) {
  std::string text;
  for (const std::string& choice : choices)
    text += (text.empty() ? "" : ", ") + choice;
  return text;
}

// The broken rule, or nothing.
std::optional<std::string> broken_rule(const InputSpec& spec, const std::string& text) {
  if (text.size() > kInputLengthMax) {
    return "must have at most " + std::to_string(kInputLengthMax) + " bytes";
  }
  switch (spec.kind) {
    case InputKind::kInteger:
    case InputKind::kCentavos: {
      const auto value = canonical_integer(text);
      const std::string what =
          spec.kind == InputKind::kInteger ? "a whole number" : "whole centavos";
      if (!value || *value < spec.minimum || *value > spec.maximum) {
        return "must be " + what + " " + bounds_text(spec);
      }
      return std::nullopt;
    }
    case InputKind::kDate: {
      const auto date = parse_date(text);
      if (!date.ok()) return "must be a date that exists, like 2026-03-02";
      return std::nullopt;
    }
    case InputKind::kChoice:
      if (std::find(spec.choices.begin(), spec.choices.end(), text) == spec.choices.end()) {
        return "must be one of: " + joined(spec.choices);
      }
      return std::nullopt;
  }
  CHECK(false);
}

InputSpec due_date_spec() {
  InputSpec spec;
  spec.name = kDueDateInput;
  spec.kind = InputKind::kDate;
  return spec;
}

std::vector<InputSpec> expected_inputs(const Service& service, bool needs_due_date) {
  std::vector<InputSpec> specs = service.inputs;
  if (!needs_due_date) return specs;
  // A late fee always needs its due date, whatever the service says of it.
  std::erase_if(specs, [](const InputSpec& spec) { return spec.name == kDueDateInput; });
  specs.push_back(due_date_spec());
  return specs;
}

}  // namespace

std::string input_pointer(std::string_view name) {
  if (!is_plain_word(name)) return "/inputs";
  return "/inputs/" + std::string(name);
}

Result<void> check_inputs(const Service& service, bool needs_due_date,
                          const std::map<std::string, std::string>& inputs) {
  const std::vector<InputSpec> specs = expected_inputs(service, needs_due_date);
  std::vector<Broken> broken;
  for (const auto& [name, text] : inputs) {
    const auto known =
        std::find_if(specs.begin(), specs.end(),
                     [&name = name](const InputSpec& spec) { return spec.name == name; });
    if (known == specs.end()) {
      broken.push_back(
          {ErrorCode::kFieldUnknown, {input_pointer(name), "is not an input of this service"}});
    }
  }
  for (const InputSpec& spec : specs) {
    const auto given = inputs.find(spec.name);
    if (given == inputs.end()) {
      if (!spec.required) continue;
      broken.push_back({ErrorCode::kFieldMissing, {input_pointer(spec.name), "is required"}});
    } else if (auto rule = broken_rule(spec, given->second)) {
      broken.push_back({ErrorCode::kFieldInvalid, {input_pointer(spec.name), std::move(*rule)}});
    }
  }
  if (broken.empty()) return {};
  Error error =
      field_error(broken.front().field.pointer, broken.front().field.rule, broken.front().code);
  error.fields.clear();
  for (Broken& one : broken)
    error.fields.push_back(std::move(one.field));
  return error;
}

Result<std::int64_t> integer_input(const std::map<std::string, std::string>& inputs,
                                   const std::string& name) {
  const auto given = inputs.find(name);
  if (given == inputs.end()) {
    return field_error(input_pointer(name), "is required", ErrorCode::kFieldMissing);
  }
  const auto value = canonical_integer(given->second);
  if (!value) return field_error(input_pointer(name), "must be a whole number");
  return *value;
}

}  // namespace erario
