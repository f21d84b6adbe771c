#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "engine/base/merkle.hpp"
#include "engine/base/pem.hpp"
#include "engine/receipts/receipt.hpp"

namespace erario {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

Result<void> verify_receipt(const SealedReceipt& sealed, std::string_view public_key_pem) {
  const std::unique_ptr<BIO, Free> bio(
      BIO_new_mem_buf(public_key_pem.data(), static_cast<int>(public_key_pem.size())));
  const std::unique_ptr<EVP_PKEY, Free> key(
      PEM_read_bio_PUBKEY(bio.get(), nullptr, &no_passphrase, nullptr));
  if (!key || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) {
    return Error{ErrorCode::kConfigInvalid, "not an Ed25519 public key in PEM"};
  }
  const auto signature = from_base64(sealed.seal.signature);
  if (!signature.ok()) {
    return field_error("/seal/signature", "is not base64", ErrorCode::kSignatureInvalid);
  }
  if (signature->size() != 64) {
    return field_error("/seal/signature", "must be 64 bytes long", ErrorCode::kSignatureInvalid);
  }
  // The path must have the shape of its place in the tree, whatever root it leads to.
  merkle::Inclusion claim;
  claim.leaf = merkle::leaf_hash(canonical_bytes(sealed.receipt));
  claim.index = static_cast<std::uint64_t>(sealed.seal.leaf);
  claim.tree_size = static_cast<std::uint64_t>(sealed.seal.tree_size);
  const auto root = merkle::root_of_proof(claim, sealed.seal.path);
  if (!root.ok()) {
    return field_error("/seal/path", root.error().detail, ErrorCode::kSignatureInvalid);
  }
  const std::string bytes = seal_message(sealed.seal.tree_size, *root);
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  const bool valid =
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), bytes_of(*signature), signature->size(), bytes_of(bytes),
                       bytes.size()) == 1;
  if (!valid) {
    return Error{ErrorCode::kSignatureInvalid,
                 "the seal does not fit the receipt: it was changed after it was issued, or it was "
                 "sealed with another key"};
  }
  return {};
}

}  // namespace erario
