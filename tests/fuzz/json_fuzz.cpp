// JSON as it enters and as it is sealed: what is accepted has one canonical form, which is read
// back as itself.
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const auto value = parse_json(text);
  if (value.ok()) {
    const std::string canonical = canonical_json(*value);
    const auto again = parse_json(canonical);
    fuzz::holds(again.ok(), "canonical JSON is accepted");
    fuzz::holds(*again == *value, "canonical JSON means the same");
    fuzz::holds(canonical_json(*again) == canonical, "canonical JSON is its own canonical form");
  } else {
    fuzz::holds(value.error().code == ErrorCode::kMalformedJson, "refused as malformed JSON");
    fuzz::check(value.error());
  }
  const auto with_decimals = parse_json_with_decimals(text);
  if (value.ok()) fuzz::holds(with_decimals.ok(), "decimals widen what is accepted");
  if (with_decimals.ok()) {
    fuzz::holds(parse_json(canonical_json(*with_decimals)).ok(), "decimals become texts");
  }
  return 0;
}
