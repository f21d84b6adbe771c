#include "gateways/address_rule.hpp"

#include <gtest/gtest.h>

namespace erario {
namespace {

bool allows(const std::string& address, const std::vector<std::string>& networks = {}) {
  const auto rule = AddressRule::create(networks);
  EXPECT_TRUE(rule.ok());
  return rule.ok() && rule->allows(boost::asio::ip::make_address(address));
}

TEST(AddressRule, LetsOnlyPublicAddressesBeCalled) {
  for (const char* address : {"8.8.8.8", "172.15.0.1", "172.32.0.1", "192.167.1.1", "223.255.255.1",
                              "2600::1", "2a00:1450:4003::1", "::ffff:8.8.8.8"}) {
    EXPECT_TRUE(allows(address)) << address;
  }
  for (const char* address :
       {"0.0.0.0",          "10.0.0.1",        "100.64.0.1",      "127.0.0.1",   "127.255.255.255",
        "169.254.169.254",  "172.16.0.1",      "172.31.255.255",  "192.0.0.8",   "192.0.2.1",
        "192.168.0.1",      "198.18.0.1",      "198.51.100.1",    "203.0.113.9", "224.0.0.1",
        "239.1.1.1",        "240.0.0.1",       "255.255.255.255", "::",          "::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "fe80::1",     "fd00::1",
        "fec0::1",          "ff02::1",         "2001::1",         "2001:db8::1", "2002:7f00:1::",
        "::127.0.0.1"}) {
    EXPECT_FALSE(allows(address)) << address;
  }
}

TEST(AddressRule, LetsTheNetworksBeCalledThatTheInstallationAllows) {
  const std::vector<std::string> own{"127.0.0.0/8", "10.20.0.0/16", "10.30.0.1", "fd00:1::/64"};
  for (const char* address : {"127.0.0.1", "127.9.9.9", "10.20.255.1", "10.30.0.1",
                              "::ffff:127.0.0.1", "fd00:1::5", "8.8.8.8"}) {
    EXPECT_TRUE(allows(address, own)) << address;
  }
  for (const char* address : {"10.21.0.1", "10.30.0.2", "::1", "fd00:2::5", "192.168.0.1"}) {
    EXPECT_FALSE(allows(address, own)) << address;
  }
}

TEST(AddressRule, RefusesWhatIsNoNetwork) {
  for (const char* text :
       {"", "localhost", "127.0.0.0/33", "fd00::/129", "10/8", "10.0.0.1/8", "10.0.0.0/",
        "2130706433", "0x7f000001", "127.1", "::ffff:10.0.0.0/104"}) {
    const auto rule = AddressRule::create({text});
    ASSERT_FALSE(rule.ok()) << text;
    EXPECT_EQ(rule.error().fields.front().pointer, "allow_networks");
  }
}

}  // namespace
}  // namespace erario
