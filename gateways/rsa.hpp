// RSA PKCS#1 v1.5 signatures over SHA-256, as STP and Conekta use them. Thread safe.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/base/secret.hpp"

namespace erario {

class RsaPrivateKey {
 public:
  // PEM, encrypted or not. Never asks a terminal. Fails with kIo (cannot be read) or kConfigInvalid
  // (no RSA key of at least 1024 bits, or the passphrase does not open it).
  static Result<RsaPrivateKey> from_pem_file(const std::string& path, const Secret& passphrase);

  // Standard base64 on one line.
  std::string sign_base64(std::string_view bytes) const;

 private:
  explicit RsaPrivateKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;  // an EVP_PKEY
};

class RsaPublicKey {
 public:
  // Every "PUBLIC KEY" block of a PEM file, 1 to 8 of them: a key that replaces another stands
  // beside it for a while. Fails with kIo (cannot be read) or kConfigInvalid (a block is no RSA key
  // of at least 2048 bits, or there is none).
  static Result<std::vector<RsaPublicKey>> all_from_pem_file(const std::string& path);

  // False too when the base64 cannot be read.
  bool verifies(std::string_view bytes, std::string_view signature_base64) const;

 private:
  explicit RsaPublicKey(std::shared_ptr<void> key) : key_(std::move(key)) {}
  std::shared_ptr<void> key_;  // an EVP_PKEY
};

// False too when the key or the base64 cannot be read.
bool rsa_signature_valid(std::string_view public_key_pem, std::string_view bytes,
                         std::string_view signature_base64);

}  // namespace erario
