#include "engine/base/digest.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace erario {
namespace {

TEST(Digest, agrees_with_the_published_sha256_vectors) {
  EXPECT_EQ(to_hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

struct Mac {
  std::string key;
  std::string text;
  const char* mac;
};

TEST(Digest, agrees_with_the_hmac_vectors_of_rfc_4231) {
  for (const Mac& row : {
           Mac{std::string(20, '\x0b'), "Hi There",
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
           Mac{"Jefe", "what do ya want for nothing?",
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
           Mac{std::string(20, '\xaa'), std::string(50, '\xdd'),
               "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
           Mac{std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
       }) {
    EXPECT_EQ(to_hex(hmac_sha256(Secret(row.key), row.text)), row.mac);
  }
  EXPECT_EQ(to_hex(hmac_sha256(Secret(""), "")),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Digest, hex_is_read_in_either_case_and_nothing_else) {
  EXPECT_EQ(to_hex(std::string_view("\x00\xff\x10", 3)), "00ff10");
  EXPECT_EQ(from_hex("00Ff10").value(), std::string("\x00\xff\x10", 3));
  EXPECT_EQ(from_hex("").value(), "");
  for (const char* text : {"0", "0g", " 00", "0x00", "00 "}) {
    EXPECT_EQ(from_hex(text).error().code, ErrorCode::kFieldInvalid) << text;
  }
  EXPECT_EQ(sha256_from_hex(to_hex(sha256("abc"))).value(), sha256("abc"));
  EXPECT_FALSE(sha256_from_hex("00").ok());
  EXPECT_FALSE(sha256_from_hex(std::string(66, '0')).ok());
}

struct Pair {
  const char* bytes;
  const char* text;
  const char* url;
};

TEST(Digest, agrees_with_the_base64_vectors_of_rfc_4648) {
  for (const Pair& row :
       {Pair{"", "", ""}, Pair{"f", "Zg==", "Zg"}, Pair{"fo", "Zm8=", "Zm8"},
        Pair{"foo", "Zm9v", "Zm9v"}, Pair{"foob", "Zm9vYg==", "Zm9vYg"},
        Pair{"fooba", "Zm9vYmE=", "Zm9vYmE"}, Pair{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        Pair{"\xfb\xff\xfe", "+//+", "-__-"}}) {
    EXPECT_EQ(to_base64(row.bytes), row.text);
    EXPECT_EQ(to_base64url(row.bytes), row.url);
    EXPECT_EQ(from_base64(row.text).value(), row.bytes);
  }
}

TEST(Digest, base64_has_one_text_for_one_value) {
  for (const char* text : {"Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "=", "====", "Z===", "Zm9v\n",
                           " Zm9v", "Zm 9v===", "-__-", "Zm9vZg==Zm9v", "Z=9v"}) {
    EXPECT_EQ(from_base64(text).error().code, ErrorCode::kFieldInvalid) << text;
  }
}

RC_GTEST_PROP(DigestProperty, bytes_come_back_from_hex_and_base64, ()) {
  const auto bytes = *rc::gen::arbitrary<std::string>();
  RC_ASSERT(from_hex(to_hex(bytes)).value() == bytes);
  RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
}

}  // namespace
}  // namespace erario
