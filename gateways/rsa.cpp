#include "gateways/rsa.hpp"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <vector>

#include "engine/base/digest.hpp"
#include "engine/base/file.hpp"
#include "engine/base/pem.hpp"
#include "engine/base/secret_file.hpp"

namespace erario {
namespace {

constexpr int kKeyBitsMin = 1024;  // STP's demonstration system still uses 1024
constexpr int kPublicKeyBitsMin = 2048;
constexpr std::size_t kPublicKeysMax = 8;

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Bio memory(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

bool is_signed(EVP_PKEY* key, std::string_view bytes, std::string_view signature_base64) {
  const auto signature = from_base64(signature_base64);
  if (!signature.ok()) return false;
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(*signature), signature->size(), bytes_of(bytes),
                          bytes.size()) == 1;
}

}  // namespace

Result<RsaPrivateKey> RsaPrivateKey::from_pem_file(const std::string& path,
                                                   const Secret& passphrase) {
  TRY(const PrivateKey key,
      read_private_key(path, passphrase, "private_key_passphrase_file must give its passphrase"));
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA ||
      EVP_PKEY_get_bits(key.get()) < kKeyBitsMin) {
    return Error{ErrorCode::kConfigInvalid, "must be an RSA key of at least 1024 bits"};
  }
  return RsaPrivateKey(key);
}

std::string RsaPrivateKey::sign_base64(std::string_view bytes) const {
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  CHECK(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  std::size_t length = 0;
  CHECK(EVP_DigestSign(context.get(), nullptr, &length, bytes_of(bytes), bytes.size()) == 1);
  std::vector<unsigned char> signature(length);
  CHECK(EVP_DigestSign(context.get(), signature.data(), &length, bytes_of(bytes), bytes.size()) ==
        1);
  return to_base64({reinterpret_cast<const char*>(signature.data()), length});
}

Result<std::vector<RsaPublicKey>> RsaPublicKey::all_from_pem_file(const std::string& path) {
  TRY(const std::string pem, read_whole_file(path, kSecretBytesMax));
  const Error refused{ErrorCode::kConfigInvalid,
                      "must be a PEM file with 1 to 8 RSA public keys of at least 2048 bits"};
  constexpr std::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
  std::vector<RsaPublicKey> keys;
  std::string_view text = pem;
  for (auto at = text.find(kBegin); at != std::string_view::npos; at = text.find(kBegin)) {
    text.remove_prefix(at);
    const Bio source = memory(text);
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PUBKEY(source.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free);
    if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA ||
        EVP_PKEY_get_bits(key.get()) < kPublicKeyBitsMin || keys.size() == kPublicKeysMax) {
      return refused;
    }
    keys.push_back(RsaPublicKey(key));
    text.remove_prefix(kBegin.size());
  }
  if (keys.empty()) return refused;
  return keys;
}

bool RsaPublicKey::verifies(std::string_view bytes, std::string_view signature_base64) const {
  return is_signed(static_cast<EVP_PKEY*>(key_.get()), bytes, signature_base64);
}

bool rsa_signature_valid(std::string_view public_key_pem, std::string_view bytes,
                         std::string_view signature_base64) {
  const Bio source = memory(public_key_pem);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PUBKEY(source.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free);
  if (key == nullptr || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) return false;
  return is_signed(key.get(), bytes, signature_base64);
}

}  // namespace erario
