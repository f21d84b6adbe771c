#include "engine/catalogue/version.hpp"

#include "engine/base/digest.hpp"
#include "engine/catalogue/records.hpp"

namespace erario {
namespace {

// Length first, so that no text can pass for the end of another.
void append(std::string& bytes, std::string_view text) {
  bytes += std::to_string(text.size());
  bytes += ':';
  bytes += text;
}

}  // namespace

std::string catalogue_version(const Catalogue& catalogue) {
  std::string bytes = "erario catalogue 1\n";
  for (const CatalogueRecord& record : catalogue_records(catalogue)) {
    append(bytes, to_text(record.subject));
    append(bytes, record.id);
    append(bytes, std::to_string(record.fields.size()));
    for (const auto& [name, value] : record.fields) {
      append(bytes, name);
      append(bytes, value);
    }
  }
  return "cat_" + to_hex(sha256(bytes)).substr(0, 16);
}

}  // namespace erario
