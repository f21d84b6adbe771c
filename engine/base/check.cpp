#include "engine/base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace erario {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "erario: broken invariant: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace erario
