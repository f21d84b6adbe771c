// A catalogue's YAML: imported, or refused with a place for every fault.
#include "engine/catalogue/diff.hpp"
#include "engine/catalogue/import.hpp"
#include "engine/catalogue/version.hpp"
#include "tests/fuzz/errors.hpp"
#include "tests/fuzz/target.hpp"

using namespace erario;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const CatalogueSource source{"fuzz.yaml", std::string(fuzz::text_of(data, size))};
  const auto catalogue = import_catalogue({source});
  if (!catalogue.ok()) {
    fuzz::holds(catalogue.error().code == ErrorCode::kCatalogueInvalid, "refused as a catalogue");
    const bool whole = catalogue.error().detail == "the catalogue has no services";
    fuzz::holds(!catalogue.error().fields.empty() || whole, "every fault has its place");
    fuzz::check(catalogue.error());
    for (const auto& field : catalogue.error().fields) {
      fuzz::holds(field.pointer.starts_with("fuzz.yaml"), "a fault names its file");
    }
    return 0;
  }
  const auto again = import_catalogue({source});
  fuzz::holds(again.ok(), "accepted once, accepted twice");
  fuzz::holds(catalogue_version(*again) == catalogue_version(*catalogue), "one text, one version");
  fuzz::holds(diff(*catalogue, *again).empty(), "a catalogue does not differ from itself");
  return 0;
}
