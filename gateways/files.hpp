// Secrets come from files only: never from arguments, the environment or the configuration text.
#pragma once

#include <string>

#include "engine/base/result.hpp"
#include "engine/base/secret.hpp"

namespace erario {

inline constexpr std::size_t kSecretBytesMax = 64U << 10U;

// The whole file. Fails with kIo; the detail does not name the path.
Result<Secret> read_secret_file(const std::string& path);
// The first line, without its end and surrounding blanks. Fails with kIo; kConfigInvalid when
// empty.
Result<Secret> read_secret_line(const std::string& path);

}  // namespace erario
