// Files as a whole: keys, documents and statements that are named in the configuration or on the
// command line.
#pragma once

#include <string>

#include "engine/base/result.hpp"

namespace erario::api {

// Reads a whole file, at most `bytes_max`. Fails with kIo or kBodyTooLarge.
Result<std::string> read_file(const std::string& path, std::size_t bytes_max = 64U << 20U);

}  // namespace erario::api
