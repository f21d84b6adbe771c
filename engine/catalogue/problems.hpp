// Collects everything that is wrong with a catalogue's files, so that one import names it all.
// Not thread safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"

namespace erario {

// A line of a source file. The file's name must outlive the place.
struct Place {
  std::string_view file;
  int line = 0;
};
// "sre.yaml:12".
std::string to_text(Place place);

// More are counted, not kept.
inline constexpr std::size_t kCatalogueProblemsMax = 500;

class Problems {
 public:
  void add(Place place, std::string rule);
  bool empty() const { return count_ == 0; }
  std::size_t count() const { return count_; }
  // kCatalogueInvalid, the fields ordered by file and line. Requires !empty().
  Error to_error() const;

 private:
  struct Problem {
    Place place;
    std::string rule;
  };
  std::vector<Problem> kept_;
  std::size_t count_ = 0;
};

}  // namespace erario
