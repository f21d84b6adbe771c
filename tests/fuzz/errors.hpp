// What every refusal must keep, whatever the input was: a reason, and texts that can be shown.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/base/result.hpp"
#include "tests/fuzz/target.hpp"

namespace erario::fuzz {

inline bool is_showable(std::string_view text) {
  return parse_json(canonical_json(boost::json::array{boost::json::string(text)})).ok();
}

inline void check(const Error& error) {
  holds(!error.detail.empty(), "a refusal has a reason");
  holds(is_showable(error.detail), "a reason is valid UTF-8");
  for (const auto& field : error.fields) {
    holds(!field.rule.empty(), "a field names its rule");
    holds(is_showable(field.pointer) && is_showable(field.rule), "a field is valid UTF-8");
  }
}

}  // namespace erario::fuzz
