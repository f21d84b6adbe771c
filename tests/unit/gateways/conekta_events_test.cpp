// Conekta's webhooks: whose they are and what they say.
#include <gmock/gmock.h>

#include "tests/unit/gateways/conekta_case.hpp"

namespace erario {
namespace {

using namespace testing_support;

// The vector of the dossier: 116 bytes and the signature Conekta would send with them.
constexpr const char* kVectorBody =
    R"({"data":{"object":{"id":"ord_ficticia_0001","object":"order","amount":244000}},)"
    R"("livemode":false,"type":"order.paid"})";
constexpr const char* kVectorDigest =
    "yayXXEZ07SpzRljaq6C40Pi+OeLqtHsE2bmnc9VHleDK+n4Tk/8bBHX/C67kWxiYEdOgXqBPIfHXwNdZQgh0h9OVZrQe"
    "ZWndjdxh1WD9napTFCWo1wEq4dtJ3ju4/+oEmZkF1cYOFUeE0OhWcUCn45sHwcnkjTh3LKxExyjP/uQb9IK/RArSuv1z"
    "m7gv4SczD8fiI1w+6FV+zBYxij+hRQI6QbsuyRc5nEYj/0M6C8lI6FGM4KdBV7wM901YIgB7nVlIxIfbVb65nL6BhMdG"
    "sNtulbHal/+OYjrYFegI/DtWQNB1gw53i98FpjgfIQkNHr8Gy4Up2B0d7UnPza+D6g==";

TEST_F(ConektaTest, AnEventIsBelievedOnlyWhenOneOfOurKeysSignedItsBytes) {
  const std::string body = kVectorBody;
  ASSERT_EQ(body.size(), 116U);
  const auto meaning = parse(body, kVectorDigest);
  ASSERT_TRUE(meaning.ok()) << meaning.error().detail;
  EXPECT_EQ(meaning->kind, InboundMeaning::Kind::kReadCharge);
  EXPECT_EQ(meaning->gateway_id, "ord_ficticia_0001");

  std::string dearer = body;
  dearer.replace(dearer.find("244000"), 6, "244001");
  std::string cut = kVectorDigest;
  cut.resize(cut.size() / 2);
  for (const auto& [spoiled, digest] :
       std::vector<std::pair<std::string, std::string>>{{dearer, kVectorDigest},
                                                        {body + " ", kVectorDigest},
                                                        {" " + body, kVectorDigest},
                                                        {"", kVectorDigest},
                                                        {body, ""},
                                                        {body, cut},
                                                        {body, "not base64"}}) {
    const auto refused = parse(spoiled, digest);
    ASSERT_FALSE(refused.ok()) << spoiled << digest;
    EXPECT_EQ(refused.error().code, ErrorCode::kSignatureInvalid);
  }
}

TEST_F(ConektaTest, AnEventWithNoSignatureOrTwoIsRefused) {
  Listener nobody({});
  auto adapter = gateway(nobody);
  InboundCall call;
  call.body = kVectorBody;
  EXPECT_EQ(adapter->parse(call).error().code, ErrorCode::kSignatureInvalid);
  call.headers.emplace("digest", kVectorDigest);
  EXPECT_TRUE(adapter->parse(call).ok());
  call.headers.emplace("digest", kVectorDigest);
  EXPECT_EQ(adapter->parse(call).error().code, ErrorCode::kSignatureInvalid);
}

TEST_F(ConektaTest, AnySingleKeyOfTheFileVerifies) {
  const auto signer =
      RsaPrivateKey::from_pem_file(folder_.write("other.pem", shared_key().private_pem), Secret());
  EXPECT_TRUE(parse(kVectorBody, signer->sign_base64(kVectorBody)).ok());
  const KeyPair stranger = make_rsa_key();
  const auto forger =
      RsaPrivateKey::from_pem_file(folder_.write("stranger.pem", stranger.private_pem), Secret());
  EXPECT_FALSE(parse(kVectorBody, forger->sign_base64(kVectorBody)).ok());
}

TEST_F(ConektaTest, ASignedEventThatCannotBeReadNamesWhatIsWrong) {
  const auto signer =
      RsaPrivateKey::from_pem_file(folder_.write("other.pem", shared_key().private_pem), Secret());
  struct Case {
    std::string body;
    ErrorCode code;
  };
  const std::vector<Case> cases{
      {R"({"type":"order.pa)", ErrorCode::kMalformedJson},
      {"[]", ErrorCode::kMalformedJson},
      {"\xff\xfe", ErrorCode::kMalformedJson},
      {R"({"data":{}})", ErrorCode::kFieldMissing},
      {R"({"type":"order.paid"})", ErrorCode::kFieldMissing},
      {R"({"type":"order.paid","data":{"object":7}})", ErrorCode::kFieldMissing},
      {R"({"type":"order.paid","data":{"object":{}}})", ErrorCode::kFieldInvalid},
      {R"({"type":"order.paid","data":{"object":{"id":"../x"}}})", ErrorCode::kFieldInvalid},
      {R"({"type":"charge.paid","data":{"object":{"id":"ch1"}}})", ErrorCode::kFieldInvalid},
  };
  for (const auto& test : cases) {
    const auto refused = parse(test.body, signer->sign_base64(test.body));
    ASSERT_FALSE(refused.ok()) << test.body;
    EXPECT_EQ(refused.error().code, test.code) << test.body;
  }
  const std::string of_charge =
      R"({"type":"charge.paid","data":{"object":{"id":"ch1","order_id":"ord_1",)"
      R"("reference_id":"att1"}}})";
  const auto meaning = parse(of_charge, signer->sign_base64(of_charge));
  ASSERT_TRUE(meaning.ok());
  EXPECT_EQ(meaning->gateway_id, "ord_1");
  EXPECT_EQ(meaning->reference, "att1");
  const std::string ping = R"({"type":"webhook_ping","data":{}})";
  EXPECT_EQ(parse(ping, signer->sign_base64(ping))->kind, InboundMeaning::Kind::kIgnore);
}

TEST_F(ConektaTest, TheCallerIsToldToComeAgainUnlessItsCallIsWrong) {
  Listener nobody({});
  auto adapter = gateway(nobody);
  const InboundCall call;
  EXPECT_EQ(adapter->answer(call, true, "").status, 200);
  EXPECT_EQ(adapter->answer(call, false, code_name(ErrorCode::kSignatureInvalid)).status, 401);
  for (const auto code :
       {ErrorCode::kFieldInvalid, ErrorCode::kFieldMissing, ErrorCode::kMalformedJson})
    EXPECT_EQ(adapter->answer(call, false, code_name(code)).status, 400) << code_name(code);
  EXPECT_EQ(adapter->answer(call, false, "busy").status, 503);
}

}  // namespace
}  // namespace erario
