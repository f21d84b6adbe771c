#include "engine/base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>

namespace erario {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// OpenSSL's one-call digest looks the algorithm up by name each time, under a lock, which costs
// more than hashing a node of a tree. Here it is looked up once, and each thread keeps its own
// state.
class Hasher {
 public:
  Hasher() : context_(EVP_MD_CTX_new()) { CHECK(context_ != nullptr); }
  ~Hasher() { EVP_MD_CTX_free(context_); }
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void begin() {
    static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    CHECK(algorithm != nullptr && EVP_DigestInit_ex2(context_, algorithm, nullptr) == 1);
  }
  void add(std::string_view bytes) {
    CHECK(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
  }
  Sha256 end() {
    Sha256 digest{};
    unsigned length = 0;
    CHECK(EVP_DigestFinal_ex(context_, digest.data(), &length) == 1 && length == digest.size());
    return digest;
  }

 private:
  EVP_MD_CTX* context_;
};

}  // namespace

Sha256 sha256(std::string_view bytes) {
  return sha256({bytes});
}

Sha256 sha256(std::initializer_list<std::string_view> parts) {
  thread_local Hasher hasher;
  hasher.begin();
  for (const std::string_view part : parts)
    hasher.add(part);
  return hasher.end();
}

Sha256 hmac_sha256(const Secret& key, std::string_view bytes) {
  Sha256 digest{};
  unsigned length = 0;
  const auto secret = key.reveal();
  CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes_of(bytes),
             bytes.size(), digest.data(), &length) != nullptr);
  CHECK(length == digest.size());
  return digest;
}

std::string to_hex(std::string_view bytes) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kHex[byte >> 4];
    text += kHex[byte & 0x0F];
  }
  return text;
}

std::string to_hex(const Sha256& digest) {
  return to_hex(as_bytes(digest));
}

Result<std::string> from_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return Error{ErrorCode::kFieldInvalid, "hex has an even length"};
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = hex_digit(hex[i]);
    const int low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) return Error{ErrorCode::kFieldInvalid, "hex has digits 0-9 and a-f"};
    bytes += static_cast<char>(high * 16 + low);
  }
  return bytes;
}

Result<Sha256> sha256_from_hex(std::string_view hex) {
  TRY(const std::string bytes, from_hex(hex));
  Sha256 digest{};
  if (bytes.size() != digest.size()) {
    return Error{ErrorCode::kFieldInvalid, "a SHA-256 digest has 64 hex digits"};
  }
  std::copy(bytes.begin(), bytes.end(), digest.begin());
  return digest;
}

std::string to_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes_of(bytes),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  const auto invalid = [] {
    return Error{ErrorCode::kFieldInvalid, "base64 uses the standard alphabet with padding"};
  };
  const auto alphabet = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  };
  if (text.empty()) return std::string{};
  if (text.size() % 4 != 0) return invalid();
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  const auto body = text.substr(0, text.size() - padding);
  if (!std::all_of(body.begin(), body.end(), alphabet)) return invalid();
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()), bytes_of(text),
                                     static_cast<int>(text.size()));
  if (length < 0) return invalid();
  bytes.resize(static_cast<std::size_t>(length) - padding);
  // Bits that stand for no byte must be zero, so that one value has one text.
  if (to_base64(bytes) != text) return invalid();
  return bytes;
}

std::string to_base64url(std::string_view bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('='))
    text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

}  // namespace erario
