#include "api/files.hpp"

#include "engine/base/file.hpp"

namespace erario::api {

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  auto bytes = read_whole_file(path, bytes_max);
  if (!bytes.ok()) return Error{bytes.error().code, path + ": " + bytes.error().detail};
  return bytes;
}

}  // namespace erario::api
