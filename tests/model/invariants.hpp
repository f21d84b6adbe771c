// The invariants, each a named check over what the world knows and what the records hold.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/model/memory_store.hpp"
#include "tests/model/portal.hpp"
#include "tests/model/psp.hpp"

namespace erario::model {

struct Finding {
  std::string invariant;
  std::string detail;
};

// Everything a check may look at.
struct Evidence {
  const Stage& stage;
  const Records& records;
  const Portal& portal;
  const Psp& psp;
};

struct Invariant {
  std::string_view name;
  std::string_view sentence;
  void (*check)(const Evidence& evidence, std::vector<Finding>& findings);
};
std::span<const Invariant> invariants();

// Runs all of them.
std::vector<Finding> check_invariants(const Evidence& evidence);

}  // namespace erario::model
