#include "api/files.hpp"

#include <filesystem>
#include <fstream>

namespace erario::api {

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  if (failure) return Error{ErrorCode::kIo, path + ": cannot be read"};
  if (size > bytes_max) return Error{ErrorCode::kBodyTooLarge, path + ": is too large"};
  std::ifstream stream(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(stream)), {});
  if (!stream) return Error{ErrorCode::kIo, path + ": cannot be read"};
  return bytes;
}

}  // namespace erario::api
