// What a request brings, checked against the inputs its service declares. Pure; thread safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"
#include "engine/catalogue/model.hpp"

namespace erario {

// The input of fees that can be paid late.
inline constexpr std::string_view kDueDateInput = "due_date";
// Bounds the length of one input's text.
inline constexpr std::size_t kInputLengthMax = 100;

// "/inputs/guns"; a name that is not a plain word is not repeated back: "/inputs".
std::string input_pointer(std::string_view name);

// Every input is declared and keeps its rule (kind, bounds, choices), and every required one is
// there; `needs_due_date` adds the date a late fee was due. Reports all broken rules at once; the
// code is that of the first: kFieldUnknown, kFieldMissing or kFieldInvalid.
Result<void> check_inputs(const Service& service, bool needs_due_date,
                          const std::map<std::string, std::string>& inputs);

// The value of an integer (or centavos) input. Fails with kFieldMissing when an optional input
// that a rate needs was left out, kFieldInvalid when the text is not canonical.
Result<std::int64_t> integer_input(const std::map<std::string, std::string>& inputs,
                                   const std::string& name);

}  // namespace erario
