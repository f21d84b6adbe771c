// Planted bugs: what a broken engine, store or adapter would do. Each is a decorator around a port
// (planted.hpp) and has the invariants that must see it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace erario::model {

enum class Plant : std::uint8_t {
  kSkipCommit,
};

struct PlantRow {
  Plant plant;
  std::string_view name;
  std::string_view sentence;
};
std::span<const PlantRow> plants();

}  // namespace erario::model
