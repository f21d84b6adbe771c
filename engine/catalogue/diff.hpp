// What an import would change: added, removed and changed agencies, services, fees, rates, reliefs
// and index values, with the old and the new figures. Two catalogues of one version have no
// changes. Pure, thread safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/records.hpp"

namespace erario {

enum class ChangeKind : std::uint8_t { kAdded, kRemoved, kChanged };
std::string_view to_text(ChangeKind kind);

struct FieldChange {
  std::string name;
  std::string from;  // empty where the field is new, and of everything added
  std::string to;    // empty where the field is gone, and of everything removed
};

struct Change {
  ChangeKind kind = ChangeKind::kChanged;
  CatalogueSubject subject = CatalogueSubject::kAgency;
  std::string id;
  std::vector<FieldChange> fields;
};

// Ordered by subject and id.
std::vector<Change> diff(const Catalogue& from, const Catalogue& to);

// For people: one line a change, "+ - ~" before it, and a closing line with the counts.
std::string to_text(const std::vector<Change>& changes);

}  // namespace erario
