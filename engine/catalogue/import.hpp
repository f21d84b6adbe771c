// Reads a catalogue from the text of its files, or says everything that is wrong with it. The
// files' format is described in ops/catalogue/README.md. import_catalogue is pure and thread safe;
// read_catalogue_folder reads files.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/catalogue/model.hpp"

namespace erario {

struct CatalogueSource {
  std::string file;  // as messages name it
  std::string text;
};

inline constexpr std::size_t kCatalogueFilesMax = 2'000;
inline constexpr std::size_t kCatalogueBytesMax = 64u << 20;

// Rates come ordered by valid_from, reliefs by id. Fails with kCatalogueInvalid; its fields hold
// every broken rule, each with "file:line", ordered by file and line.
Result<Catalogue> import_catalogue(const std::vector<CatalogueSource>& sources);

// The *.yaml files directly in the folder, ordered by name. Fails with kIo, or with
// kCatalogueInvalid where a file or the folder is over its limits or a .yml would be overlooked.
Result<std::vector<CatalogueSource>> read_catalogue_folder(const std::string& folder);

}  // namespace erario
