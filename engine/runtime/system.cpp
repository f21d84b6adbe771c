#include "engine/runtime/system.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "engine/base/digest.hpp"
#include "engine/base/pem.hpp"

namespace erario {
namespace {

struct KeyFree {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct DigestFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, KeyFree>;

Result<std::string> key_id_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int length = i2d_PUBKEY(key, &der);
  if (length <= 0) return Error{ErrorCode::kConfigInvalid, "the public key cannot be encoded"};
  const Sha256 digest =
      sha256({reinterpret_cast<const char*>(der), static_cast<std::size_t>(length)});
  OPENSSL_free(der);
  return "ed25519:" + to_hex(digest).substr(0, 16);
}

class Ed25519Signer final : public Signer {
 public:
  Ed25519Signer(PrivateKey key, std::string key_id, std::string public_key)
      : key_(std::move(key)),
        key_id_(std::move(key_id)),
        public_key_(std::move(public_key)),
        ready_(EVP_MD_CTX_new()) {
    CHECK(EVP_DigestSignInit(ready_.get(), nullptr, nullptr, nullptr, key_.get()) == 1);
  }

  std::string key_id() const override { return key_id_; }
  std::string public_key_pem() const override { return public_key_; }

  std::string sign(std::string_view bytes) const override {
    const std::unique_ptr<EVP_MD_CTX, DigestFree> context(EVP_MD_CTX_new());
    std::string signature(64, '\0');
    std::size_t length = signature.size();
    CHECK(EVP_MD_CTX_copy_ex(context.get(), ready_.get()) == 1);
    CHECK(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &length,
                         reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) == 1);
    CHECK(length == signature.size());
    return signature;
  }

 private:
  PrivateKey key_;
  std::string key_id_;
  std::string public_key_;
  // Copying it is cheaper than looking the algorithm up for every seal.
  std::unique_ptr<EVP_MD_CTX, DigestFree> ready_;
};

}  // namespace

SystemClock SystemClock::starting_at(Instant start) {
  const auto now =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
  return SystemClock(start - now);
}

Instant SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) +
         shift_;
}

void SystemRandom::fill(std::span<std::uint8_t> bytes) {
  // Ids take ten bytes many times a payment, and a call of the generator costs as much as a page of
  // its output. Keys are longer and come fresh.
  constexpr std::size_t kPool = 1024;
  constexpr std::size_t kSmall = 16;
  if (bytes.size() > kSmall) {
    CHECK(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1);
    return;
  }
  thread_local std::array<std::uint8_t, kPool> pool;
  thread_local std::size_t used = kPool;
  if (kPool - used < bytes.size()) {
    CHECK(RAND_bytes(pool.data(), static_cast<int>(kPool)) == 1);
    used = 0;
  }
  std::copy_n(pool.begin() + static_cast<std::ptrdiff_t>(used), bytes.size(), bytes.begin());
  used += bytes.size();
}

Result<std::string> key_id_of(std::string_view public_key_pem) {
  const std::unique_ptr<BIO, BioFree> bio(
      BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())));
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, &no_passphrase, nullptr));
  if (!key) return Error{ErrorCode::kConfigInvalid, "not a public key in PEM"};
  return key_id_of(key.get());
}

Result<std::unique_ptr<Signer>> load_signer(const std::string& path) {
  auto read = read_private_key(path);
  if (!read.ok())
    return Error{read.error().code, path + ": the signing key " + read.error().detail};
  PrivateKey key = *std::move(read);
  if (EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) {
    return Error{ErrorCode::kConfigInvalid, path + ": not an Ed25519 private key in PEM"};
  }
  TRY(std::string key_id, key_id_of(key.get()));
  const std::unique_ptr<BIO, BioFree> bio(BIO_new(BIO_s_mem()));
  CHECK(PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  std::string public_key(text, static_cast<std::size_t>(length));
  return std::unique_ptr<Signer>(
      new Ed25519Signer(std::move(key), std::move(key_id), std::move(public_key)));
}

}  // namespace erario
