#include "gateways/inbound_guard.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

TEST(AddressRange, HoldsTheAddressesThatAgreeInItsBits) {
  struct Case {
    std::string_view range;
    std::string_view address;
    bool inside;
  };
  const std::vector<Case> cases{
      {"203.0.113.7", "203.0.113.7", true},
      {"203.0.113.7", "203.0.113.8", false},
      {"203.0.113.0/24", "203.0.113.255", true},
      {"203.0.113.0/24", "203.0.114.0", false},
      {"203.0.113.128/25", "203.0.113.127", false},
      {"203.0.113.128/25", "203.0.113.128", true},
      {"203.0.113.6/31", "203.0.113.7", true},
      {"203.0.113.6/31", "203.0.113.8", false},
      {"0.0.0.0/0", "198.51.100.1", true},
      {"203.0.113.0/24", "::ffff:203.0.113.9", true},  // as a dual socket shows it
      {"::ffff:203.0.113.9", "203.0.113.9", true},
      {"2001:db8::/32", "2001:db8:ffff::1", true},
      {"2001:db8::/32", "2001:db9::1", false},
      {"2001:db8:0:8000::/49", "2001:db8:0:8001::", true},
      {"2001:db8:0:8000::/49", "2001:db8:0:7fff::", false},
      {"2001:db8::1", "2001:db8::1", true},
      {"2001:db8::1", "2001:db8::2", false},
      {"::/0", "203.0.113.9", false},  // the other family
      {"0.0.0.0/0", "2001:db8::1", false},
      {"0.0.0.0/0", "", false},
      {"0.0.0.0/0", "not an address", false},
  };
  for (const auto& test : cases) {
    const auto range = AddressRange::parse(test.range);
    ASSERT_TRUE(range.ok()) << test.range;
    EXPECT_EQ(range->contains(test.address), test.inside) << test.range << " " << test.address;
  }
}

TEST(AddressRange, IsRefusedWhereItIsNoneOrHasBitsBeyondItsLength) {
  for (const std::string_view text :
       {"", "/24", "203.0.113", "203.0.113.0/", "203.0.113.0/33", "203.0.113.0/-1",
        "203.0.113.0/2x", "203.0.113.7/24", "203.0.113.0/24/24", "2001:db8::/129", "2001:db8::1/64",
        "example.invalid", "203.0.113.0 /24"}) {
    EXPECT_FALSE(AddressRange::parse(text).ok()) << text;
  }
}

TEST(Fingerprint, IsReadWithAndWithoutColons) {
  const std::string plain = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
  std::string colons;
  for (std::size_t i = 0; i < plain.size(); i += 2)
    colons += (i == 0 ? "" : ":") + plain.substr(i, 2);
  ASSERT_TRUE(parse_fingerprint(plain).ok());
  EXPECT_EQ(*parse_fingerprint(plain), *parse_fingerprint(colons));
  std::string broken = colons;
  broken[2] = '-';
  for (const std::string& text :
       {std::string(), plain.substr(1), plain + "0", broken, colons + ":", "x" + plain.substr(1)}) {
    EXPECT_FALSE(parse_fingerprint(text).ok()) << text;
  }
}

// A call that satisfies all three, of which each case spoils one.
class GuardTest : public testing::Test {
 protected:
  static InboundCall right_call() {
    InboundCall call;
    call.peer_address = "203.0.113.9";
    call.peer_certificate = sha256("certificate");
    call.headers.emplace("authorization", "Basic " + to_base64("stp:ficticia"));
    return call;
  }
  static InboundGuard whole_guard() {
    InboundGuard guard;
    guard.credentials = BasicCredentials{"stp", Secret("ficticia")};
    guard.addresses = {*AddressRange::parse("2001:db8::/32"),
                       *AddressRange::parse("203.0.113.0/24")};
    guard.certificates = {sha256("an older one"), sha256("certificate")};
    return guard;
  }
};

TEST_F(GuardTest, WhatIsSetUpMustHoldAndNothingElse) {
  // Every combination of the three, against every combination of what a call has right.
  for (int asked = 0; asked < 8; ++asked) {
    for (int right = 0; right < 8; ++right) {
      InboundGuard guard = whole_guard();
      if ((asked & 1) == 0) guard.credentials.reset();
      if ((asked & 2) == 0) guard.addresses.clear();
      if ((asked & 4) == 0) guard.certificates.clear();
      InboundCall call = right_call();
      if ((right & 1) == 0) call.headers.clear();
      if ((right & 2) == 0) call.peer_address = "203.0.114.9";
      if ((right & 4) == 0) call.peer_certificate = sha256("another");
      EXPECT_EQ(guard.admit(call).ok(), (asked & ~right) == 0) << asked << " " << right;
      EXPECT_EQ(guard.asks_nothing(), asked == 0);
    }
  }
}

TEST_F(GuardTest, WhatIsMissingIsNotRight) {
  InboundCall call = right_call();
  call.peer_certificate.reset();
  const auto refused = whole_guard().admit(call);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kSignatureInvalid);
  call = right_call();
  call.peer_address.clear();
  EXPECT_FALSE(whole_guard().admit(call).ok());
}

}  // namespace
}  // namespace erario
