#include "engine/base/cipher.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

const Secret kSecret("a secret of the test's own, long enough");

TEST(Cipher, OpensWhatItMadeAndShowsNothingOfIt) {
  const std::string sealed = encrypt("the quick brown fox", kSecret, "test");
  EXPECT_EQ(sealed.find("quick"), std::string::npos);
  const auto opened = decrypt(sealed, kSecret, "test");
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(*opened, "the quick brown fox");
}

TEST(Cipher, OpensNothingThatWasChangedOrMadeForAnother) {
  const std::string sealed = encrypt("content", kSecret, "test");
  for (std::size_t at = 0; at < sealed.size(); ++at) {
    std::string changed = sealed;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto opened = decrypt(changed, kSecret, "test");
    ASSERT_FALSE(opened.ok()) << at;
    EXPECT_EQ(opened.error().code, ErrorCode::kSignatureInvalid);
  }
  EXPECT_FALSE(decrypt(sealed, kSecret, "another purpose").ok());
  EXPECT_FALSE(decrypt(sealed, Secret("another secret"), "test").ok());
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(decrypt(sealed.substr(0, size), kSecret, "test").ok()) << size;
}

}  // namespace
}  // namespace erario
