// CHECK states an invariant of our own code. It holds in release builds too, and is never used on
// outside input: what comes from outside is answered with a Result. Thread safe.
#pragma once

namespace erario {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace erario

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::erario::check_failed(#condition, __FILE__, __LINE__))
