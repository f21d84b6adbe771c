#include "engine/catalogue/problems.hpp"

#include <algorithm>
#include <tuple>

namespace erario {

std::string to_text(Place place) {
  return std::string(place.file) + ":" + std::to_string(place.line);
}

void Problems::add(Place place, std::string rule) {
  ++count_;
  if (kept_.size() < kCatalogueProblemsMax) kept_.push_back({place, std::move(rule)});
}

Error Problems::to_error() const {
  CHECK(!empty());
  std::vector<Problem> ordered = kept_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place.file, a.place.line) < std::tie(b.place.file, b.place.line);
  });
  std::string detail = "the catalogue breaks " + std::to_string(count_) +
                       (count_ == 1 ? " rule: " : " rules, the first is ") +
                       to_text(ordered.front().place) + ": " + ordered.front().rule;
  Error error{ErrorCode::kCatalogueInvalid, std::move(detail)};
  error.fields.reserve(ordered.size());
  for (Problem& problem : ordered)
    error.fields.push_back({to_text(problem.place), std::move(problem.rule)});
  return error;
}

}  // namespace erario
