// Private keys and certificates in PEM files. Nobody is ever asked for a passphrase: OpenSSL by
// itself would do so at the terminal, and wait. The details of errors do not name the path.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/base/secret.hpp"

namespace erario {

inline constexpr std::size_t kCertificateFileBytesMax = 1U << 20U;

using PrivateKey = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

// For OpenSSL, where it takes a passphrase callback: there is none.
int no_passphrase(char* buffer, int size, int writing, void* nothing);

// `remedy` is what to do where the key is encrypted and `passphrase` is empty. Fails as
// read_secret_file(), or with kConfigInvalid: it holds no key, or the passphrase does not open it.
Result<PrivateKey> read_private_key(
    const std::string& path, const Secret& passphrase = Secret(),
    std::string_view remedy = "it must be stored without a passphrase");

// All of a file, in their order, one at least. Fails with kIo, kBodyTooLarge or kConfigInvalid.
Result<std::vector<Certificate>> read_certificates(const std::string& path);

// And they become authorities of `store`.
Result<std::vector<Certificate>> trust_certificates(X509_STORE* store, const std::string& path);

}  // namespace erario
