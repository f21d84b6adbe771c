#include "tests/model/plants.hpp"

namespace erario::model {
namespace {

constexpr PlantRow kPlants[] = {
    {Plant::kSkipCommit, "skip_commit", "The store says committed and writes nothing."},
};

}  // namespace

std::span<const PlantRow> plants() {
  return kPlants;
}

}  // namespace erario::model
