#include "engine/base/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "engine/base/file.hpp"

namespace erario {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : handle_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (handle_ >= 0) ::close(handle_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int handle() const { return handle_; }

 private:
  int handle_;
};

// A pipe that a shell opened for this program alone has no readers to keep out.
bool is_open_to_others(const struct stat& status) {
  const bool own = status.st_uid == ::geteuid();
  const mode_t others = own ? S_IRWXG | S_IRWXO : S_IWGRP | S_IXGRP | S_IRWXO;
  return S_ISREG(status.st_mode) && (status.st_mode & others) != 0;
}

// Fills as much as the file has.
Result<std::size_t> read_into(int handle, std::string& bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::read(handle, bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Error{ErrorCode::kIo, "cannot be read"};
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

}  // namespace

Result<Secret> read_secret_file(const std::string& path) {
  const OpenFile file(path);
  struct stat status {};
  if (file.handle() < 0 || ::fstat(file.handle(), &status) != 0) return unreadable_file();
  if (is_open_to_others(status))
    return Error{ErrorCode::kIo, "may be read by others; chmod 600 it"};
  std::string bytes(kSecretBytesMax + 1, '\0');
  const auto size = read_into(file.handle(), bytes);
  Secret secret(size.ok() ? bytes.substr(0, *size) : std::string());
  const Secret wiped(std::move(bytes));
  if (!size.ok()) return size.error();
  if (*size == 0) return Error{ErrorCode::kIo, "is empty"};
  if (*size > kSecretBytesMax) return too_large_file(kSecretBytesMax);
  return secret;
}

Result<std::string_view> secret_line(const Secret& whole) {
  std::string_view line = whole.reveal();
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty())
    return Error{ErrorCode::kConfigInvalid, "must hold the secret in its first line"};
  const bool printable =
      std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (!printable || line.front() == ' ' || line.back() == ' ')
    return Error{ErrorCode::kConfigInvalid,
                 "must be one line of printable ASCII without blanks around it"};
  return line;
}

Result<Secret> read_secret_line(const std::string& path) {
  TRY(const Secret whole, read_secret_file(path));
  TRY(const std::string_view line, secret_line(whole));
  return Secret(std::string(line));
}

}  // namespace erario
