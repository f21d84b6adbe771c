// A quote as a portal hands it back: what is read says the same when it is written again.
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/fees/quote.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto value = parse_json(fuzz::text_of(data, size));
  if (!value.ok()) return 0;
  const auto quote = quote_from_json(*value);
  if (!quote.ok()) {
    fuzz::check(quote.error());
    return 0;
  }
  const auto again = quote_from_json(parse_json(canonical_json(*quote)).value());
  fuzz::holds(again.ok(), "what we write, we read");
  fuzz::holds(*again == *quote, "what we write means the same");
  const Secret key{"a key for tests only"};
  const auto verified = verify_quote(*quote, key, Instant{});
  fuzz::holds(verified.ok() == (quote->digest == quote_digest(*quote, key)) ||
                  quote->expires_at <= Instant{},
              "only the right digest verifies");
  return 0;
}
