// A catalogue flattened into records: one for each agency, service, fee, rate, relief and index
// value, with every figure as text. The one place that lists what a catalogue is made of, shared by
// its version and its diff: what a record holds changes both, what it leaves out (files, lines,
// comments, the order of files) changes neither. Pure, thread safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/catalogue/model.hpp"

namespace erario {

enum class CatalogueSubject : std::uint8_t { kAgency, kService, kFee, kRate, kRelief, kIndex };
std::string_view to_text(CatalogueSubject subject);

struct CatalogueRecord {
  CatalogueSubject subject = CatalogueSubject::kAgency;
  std::string id;  // unique within its subject: "sre.passport.3y from 2023-01-01"
  std::vector<std::pair<std::string, std::string>> fields;  // name, value; absent where not given
};

// Ordered by subject and id.
std::vector<CatalogueRecord> catalogue_records(const Catalogue& catalogue);

}  // namespace erario
