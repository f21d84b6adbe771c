#include "tests/bench/bench_store.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <filesystem>

namespace erario::bench {

Result<ScratchFolder> ScratchFolder::make(const std::string& parent) {
  std::string pattern = (std::filesystem::path(parent) / "bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return Error{ErrorCode::kIo, parent + ": no folder can be made there"};
  return ScratchFolder(pattern);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<Store>> open_empty_store(const ScratchFolder& folder, std::string url) {
  if (url.empty()) {
    url = "sqlite:" + folder.path() + "/bench.db";
    TRY_VOID(migrate(url));
  }
  return open_store(url, OpenMode::kReadWrite);
}

Result<std::unique_ptr<Signer>> make_signer(const ScratchFolder& folder) {
  const std::string path = folder.path() + "/key.pem";
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  std::FILE* file = std::fopen(path.c_str(), "wb");
  CHECK(key != nullptr && file != nullptr);
  CHECK(PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(file);
  EVP_PKEY_free(key);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  return load_signer(path);
}

}  // namespace erario::bench
