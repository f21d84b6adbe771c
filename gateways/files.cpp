#include "gateways/files.hpp"

#include <fstream>

namespace erario {

Result<Secret> read_secret_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kSecretBytesMax + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file.eof() || file.bad() || file.gcount() == 0) {
    return Error{ErrorCode::kIo, "cannot be read, is empty or is larger than 64 KiB"};
  }
  Secret secret(bytes.substr(0, static_cast<std::size_t>(file.gcount())));
  const Secret wiped(std::move(bytes));
  return secret;
}

Result<Secret> read_secret_line(const std::string& path) {
  TRY(const Secret whole, read_secret_file(path));
  std::string_view line = whole.reveal();
  line = line.substr(0, line.find_first_of("\r\n"));
  while (line.starts_with(' ') || line.starts_with('\t'))
    line.remove_prefix(1);
  while (line.ends_with(' ') || line.ends_with('\t'))
    line.remove_suffix(1);
  if (line.empty())
    return Error{ErrorCode::kConfigInvalid, "must hold the secret in its first line"};
  return Secret(std::string(line));
}

}  // namespace erario
