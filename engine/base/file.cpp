#include "engine/base/file.hpp"

#include <cerrno>
#include <fstream>

namespace erario {
namespace {

constexpr std::size_t kPart = 64U << 10U;

}  // namespace

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kKibibyte = 1U << 10U;
  constexpr std::size_t kMebibyte = 1U << 20U;
  if (bytes % kMebibyte == 0) return std::to_string(bytes / kMebibyte) + " MiB";
  if (bytes % kKibibyte == 0) return std::to_string(bytes / kKibibyte) + " KiB";
  return std::to_string(bytes) + " bytes";
}

Error unreadable_file() {
  const bool missing = errno == ENOENT;
  return Error{ErrorCode::kIo,
               missing ? "cannot be read: there is no such file" : "cannot be read"};
}

Error too_large_file(std::size_t bytes_max) {
  return Error{ErrorCode::kBodyTooLarge, "is larger than " + size_text(bytes_max)};
}

Result<std::string> read_whole_file(const std::string& path, std::size_t bytes_max) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return unreadable_file();
  std::string bytes;
  while (file) {
    const std::size_t before = bytes.size();
    bytes.resize(before + kPart);
    file.read(bytes.data() + before, static_cast<std::streamsize>(kPart));
    bytes.resize(before + static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > bytes_max) return too_large_file(bytes_max);
  }
  if (!file.eof() || file.bad()) return Error{ErrorCode::kIo, "cannot be read"};
  return bytes;
}

}  // namespace erario
