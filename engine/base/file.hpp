// Whole files, bounded. The details of errors do not name the path: who asked for the file does.
#pragma once

#include <string>

#include "engine/base/result.hpp"

namespace erario {

// "64 KiB", "1 MiB": a bound as people say it.
std::string size_text(std::size_t bytes);

// Fails with kIo, or with kBodyTooLarge once more than `bytes_max` have come.
Result<std::string> read_whole_file(const std::string& path, std::size_t bytes_max);

// A file that could not be opened, by errno.
Error unreadable_file();
Error too_large_file(std::size_t bytes_max);

}  // namespace erario
