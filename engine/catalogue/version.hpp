// The version of a catalogue: a digest of everything in it that can change what somebody pays or
// reads. Files, lines, comments and the order of things in files do not count; a centavo does.
#pragma once

#include <string>

#include "engine/catalogue/model.hpp"

namespace erario {

// "cat_" and the first 16 hex digits of SHA-256 over the catalogue's records.
std::string catalogue_version(const Catalogue& catalogue);

}  // namespace erario
