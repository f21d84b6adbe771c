#include "engine/base/pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>

#include "engine/base/file.hpp"
#include "engine/base/secret_file.hpp"

namespace erario {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

Bio memory(std::string_view text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

struct Opener {
  const Secret& passphrase;
  bool asked = false;
};

int give_passphrase(char* buffer, int size, int /*writing*/, void* given) {
  auto* opener = static_cast<Opener*>(given);
  opener->asked = true;
  const auto text = opener->passphrase.reveal();
  if (text.empty()) return -1;
  const auto length = std::min(text.size(), static_cast<std::size_t>(size));
  std::memcpy(buffer, text.data(), length);
  return static_cast<int>(length);
}

}  // namespace

int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*nothing*/) {
  return -1;
}

Result<PrivateKey> read_private_key(const std::string& path, const Secret& passphrase,
                                    std::string_view remedy) {
  TRY(const Secret pem, read_secret_file(path));
  const Bio source = memory(pem.reveal());
  Opener opener{passphrase};
  PrivateKey key(PEM_read_bio_PrivateKey(source.get(), nullptr, &give_passphrase, &opener),
                 &EVP_PKEY_free);
  ERR_clear_error();
  if (key != nullptr) return key;
  std::string rule = "is no PEM file with a private key";
  if (opener.asked)
    rule =
        "is encrypted; " + std::string(passphrase.empty() ? remedy : "another passphrase opens it");
  return Error{ErrorCode::kConfigInvalid, std::move(rule)};
}

Result<std::vector<Certificate>> read_certificates(const std::string& path) {
  TRY(const std::string pem, read_whole_file(path, kCertificateFileBytesMax));
  const Bio source = memory(pem);
  std::vector<Certificate> all;
  ERR_clear_error();
  while (X509* next = PEM_read_bio_X509_AUX(source.get(), nullptr, &no_passphrase, nullptr))
    all.emplace_back(next, &X509_free);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (pem.empty()) return Error{ErrorCode::kConfigInvalid, "is empty"};
  if (!at_end) return Error{ErrorCode::kConfigInvalid, "has a certificate that cannot be read"};
  if (all.empty()) return Error{ErrorCode::kConfigInvalid, "is no PEM file with certificates"};
  return all;
}

Result<std::vector<Certificate>> trust_certificates(X509_STORE* store, const std::string& path) {
  TRY(std::vector<Certificate> all, read_certificates(path));
  for (const Certificate& authority : all)
    X509_STORE_add_cert(store, authority.get());
  ERR_clear_error();
  return all;
}

}  // namespace erario
