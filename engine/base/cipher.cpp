#include "engine/base/cipher.hpp"

#include <openssl/evp.h>

#include <memory>

#include "engine/base/digest.hpp"

namespace erario {
namespace {

constexpr std::size_t kTagBytes = 16;

struct Free {
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free>;

const EVP_CIPHER* cipher() {
  static const std::unique_ptr<EVP_CIPHER, Free> aes(
      EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr));
  CHECK(aes != nullptr);
  return aes.get();
}

// Two keys of 256 bits, of no other use than this.
std::string keys_of(const Secret& secret, std::string_view purpose) {
  const std::string name(purpose);
  return std::string(as_bytes(hmac_sha256(secret, name + " 1"))) +
         std::string(as_bytes(hmac_sha256(secret, name + " 2")));
}

const unsigned char* in(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* out(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

Error not_ours() {
  return Error{ErrorCode::kSignatureInvalid, "was not made here, or was changed"};
}

}  // namespace

std::string encrypt(std::string_view content, const Secret& secret, std::string_view purpose) {
  CHECK(!content.empty());
  const std::string keys = keys_of(secret, purpose);
  const CipherContext context(EVP_CIPHER_CTX_new());
  std::string tag(kTagBytes, '\0');
  std::string sealed(content.size(), '\0');
  int length = 0;
  int rest = 0;
  CHECK(context != nullptr);
  CHECK(EVP_EncryptInit_ex(context.get(), cipher(), nullptr, in(keys), nullptr) == 1);
  CHECK(EVP_EncryptUpdate(context.get(), out(sealed), &length, in(content),
                          static_cast<int>(content.size())) == 1);
  CHECK(EVP_EncryptFinal_ex(context.get(), out(sealed) + length, &rest) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, tag.data()) == 1);
  return tag + sealed;
}

Result<std::string> decrypt(std::string_view bytes, const Secret& secret,
                            std::string_view purpose) {
  if (bytes.size() <= kTagBytes) return not_ours();
  const std::string keys = keys_of(secret, purpose);
  std::string tag(bytes.substr(0, kTagBytes));
  const std::string_view sealed = bytes.substr(kTagBytes);
  std::string content(sealed.size(), '\0');
  const CipherContext context(EVP_CIPHER_CTX_new());
  int length = 0;
  CHECK(context != nullptr);
  CHECK(EVP_DecryptInit_ex(context.get(), cipher(), nullptr, in(keys), nullptr) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptUpdate(context.get(), out(content), &length, in(sealed),
                        static_cast<int>(sealed.size())) != 1)
    return not_ours();
  return content;
}

}  // namespace erario
