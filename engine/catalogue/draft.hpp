// A catalogue in the making: what was read so far, where each thing stands, and what is wrong.
// Inner header of the import; not thread safe.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalogue/fields.hpp"
#include "engine/catalogue/model.hpp"
#include "engine/catalogue/problems.hpp"

namespace erario {

struct Draft {
  // "service x: fees" names something that must be in the catalogue.
  struct Reference {
    Place place;
    std::string subject;
    std::string target;
  };

  Catalogue catalogue;
  Problems problems;
  std::map<std::string, Place> agencies;
  std::map<std::string, Place> fees;
  std::map<std::string, Place> services;
  std::map<std::string, Place> receipt_series;
  Place indices;
  std::vector<Reference> agency_references;
  std::vector<Reference> fee_references;
};

// One item of the files' lists each.
void read_agency(const YamlNode& node, std::string_view file, Draft& draft);
void read_fee(const YamlNode& node, std::string_view file, Draft& draft);
void read_service(const YamlNode& node, std::string_view file, Draft& draft);
void read_indices(const YamlNode& node, std::string_view file, Draft& draft);
// The rule of a rate: a map with its kind and the figures of that kind.
RateRule read_rule(const YamlNode& node, std::string_view file, Problems& problems,
                   const std::string& subject);
// What can only be checked once all files are read.
void check_references(Draft& draft);

// Remembers where an id stands; a second one is reported and false.
bool claim(std::map<std::string, Place>& places, const std::string& id, Place place,
           std::string_view what, Problems& problems);

// One dated period of a series, inclusive at both ends.
struct Period {
  Date from;
  std::optional<Date> to;
  int line = 0;
};
// valid_from and valid_to of a rate or an index value; the dates are bounded.
Period read_period(Fields& fields);
// Reports periods that overlap or run backwards, naming both of a pair. Gaps are allowed.
void check_periods(std::vector<Period> periods, std::string_view file, const std::string& subject,
                   Problems& problems);
std::string to_text(const Period& period);

}  // namespace erario
