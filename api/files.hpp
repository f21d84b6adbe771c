// Files as a whole that are named on the command line: errors begin with the path.
#pragma once

#include <string>

#include "engine/base/result.hpp"

namespace erario::api {

// Reads a whole file, at most `bytes_max`. Fails with kIo or kBodyTooLarge.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max = 64U << 20U);

}  // namespace erario::api
