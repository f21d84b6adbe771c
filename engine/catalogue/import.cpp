#include "engine/catalogue/import.hpp"

#include "engine/catalogue/draft.hpp"
#include "engine/catalogue/version.hpp"
#include "engine/catalogue/yaml_tree.hpp"

namespace erario {
namespace {

using ReadItem = void (*)(const YamlNode&, std::string_view, Draft&);

void read_items(Fields& fields, std::string_view key, ReadItem read, std::string_view file,
                Draft& draft) {
  const std::vector<YamlNode>* items = fields.find_list(key);
  if (items == nullptr) return;
  for (const YamlNode& item : *items)
    read(item, file, draft);
}

void read_source(const CatalogueSource& source, Draft& draft) {
  const std::optional<YamlNode> root = read_yaml(source.file, source.text, draft.problems);
  if (!root) return;
  Fields fields(*root, source.file, draft.problems, "catalogue");
  read_items(fields, "agencies", read_agency, source.file, draft);
  read_items(fields, "fees", read_fee, source.file, draft);
  read_items(fields, "services", read_service, source.file, draft);
  if (const YamlNode* indices = fields.find("indices")) {
    read_indices(*indices, source.file, draft);
  }
  fields.finish();
}

}  // namespace

Result<Catalogue> import_catalogue(const std::vector<CatalogueSource>& sources) {
  Draft draft;
  for (const CatalogueSource& source : sources)
    read_source(source, draft);
  check_references(draft);
  if (draft.catalogue.services.empty() && draft.problems.empty()) {
    return Error{ErrorCode::kCatalogueInvalid, "the catalogue has no services"};
  }
  if (!draft.problems.empty()) return draft.problems.to_error();
  draft.catalogue.version = catalogue_version(draft.catalogue);
  return std::move(draft.catalogue);
}

}  // namespace erario
