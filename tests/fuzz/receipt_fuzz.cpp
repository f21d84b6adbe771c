// A sealed receipt anybody may hand us, as JSON and inside a PDF: strict, one canonical form, and
// no foreign seal verifies.
#include <boost/json/value.hpp>

#include "engine/base/json.hpp"
#include "engine/receipts/receipt.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

namespace {

// The public key of the test vector 1 of RFC 8032; nothing in the corpus is sealed with it.
constexpr std::string_view kSomebodysKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

void read_receipt(std::string_view text) {
  const auto sealed = sealed_receipt_from_text(text);
  if (!sealed.ok()) {
    fuzz::check(sealed.error());
    return;
  }
  const std::string written = canonical_json(*sealed);
  const auto again = sealed_receipt_from_text(written);
  fuzz::holds(again.ok(), "what we write, we read");
  fuzz::holds(canonical_bytes(again->receipt) == canonical_bytes(sealed->receipt),
              "what we write is sealed the same");
  const auto verified = verify_receipt(*sealed, kSomebodysKey);
  fuzz::holds(!verified.ok(), "no foreign seal verifies");
  fuzz::check(verified.error());
  fuzz::holds(verified.error().code != ErrorCode::kConfigInvalid, "the key is a key");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  read_receipt(text);
  const auto carried = carried_document(text);
  if (carried.ok()) read_receipt(*carried);
  return 0;
}
