// Secrets come from files only: never from arguments, the environment or the configuration text.
// One rule for all of them: nobody but the program's user may read such a file. One that another
// user owns, as packages install them (root:erario, 0640), may be readable by its group.
// The details of errors do not name the path: who asked for the file does.
#pragma once

#include <string>

#include "engine/base/result.hpp"
#include "engine/base/secret.hpp"

namespace erario {

inline constexpr std::size_t kSecretBytesMax = 64U << 10U;

// The whole file. Fails with kIo: it cannot be read, is empty, or others may read it;
// kBodyTooLarge.
Result<Secret> read_secret_file(const std::string& path);

// The one line of a secret file, without its end. Fails with kConfigInvalid: it is empty, has
// another line, characters other than printable ASCII, or blanks at its ends.
Result<std::string_view> secret_line(const Secret& whole);

// Both of them.
Result<Secret> read_secret_line(const std::string& path);

}  // namespace erario
