// How a line of the log is written: one JSON object, valid whatever the message holds. A message
// may quote what a gateway, a database or a file said, in bytes of any kind.
#pragma once

#include <spdlog/formatter.h>

#include <memory>

namespace erario::api {

// {"time":…,"level":…,"thread":…,"message":…} and the end of the line.
std::unique_ptr<spdlog::formatter> json_lines();

}  // namespace erario::api
