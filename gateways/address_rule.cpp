#include "gateways/address_rule.hpp"

#include <algorithm>

namespace erario {
namespace {

namespace ip = boost::asio::ip;

// IANA's registries of special addresses: none of them is somebody else on the internet.
constexpr const char* kSpecialV4[] = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
};
constexpr const char* kGlobalV6 = "2000::/3";
constexpr const char* kSpecialV6[] = {"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

bool holds(const ip::network_v4& network, const ip::address_v4& address) {
  return ip::network_v4(address, network.prefix_length()).canonical() == network.canonical();
}
bool holds(const ip::network_v6& network, const ip::address_v6& address) {
  return ip::network_v6(address, network.prefix_length()).canonical() == network.canonical();
}

bool is_public(const ip::address_v4& address) {
  return std::none_of(std::begin(kSpecialV4), std::end(kSpecialV4), [&](const char* network) {
    return holds(ip::make_network_v4(network), address);
  });
}
bool is_public(const ip::address_v6& address) {
  if (!holds(ip::make_network_v6(kGlobalV6), address)) return false;
  return std::none_of(std::begin(kSpecialV6), std::end(kSpecialV6), [&](const char* network) {
    return holds(ip::make_network_v6(network), address);
  });
}

template <class Network, class Address>
bool any_holds(const std::vector<Network>& networks, const Address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return holds(network, address); });
}

}  // namespace

Result<AddressRule> AddressRule::create(const std::vector<std::string>& allowed) {
  AddressRule rule;
  for (const std::string& text : allowed) {
    boost::system::error_code no_v4;
    boost::system::error_code no_v6;
    const auto v4 = ip::make_network_v4(text, no_v4);
    const auto v6 = ip::make_network_v6(text, no_v6);
    if (!no_v4) {
      rule.v4_.push_back(v4);
    } else if (!no_v6) {
      rule.v6_.push_back(v6);
    } else {
      return field_error("allow_networks", "must be networks like 10.20.0.0/16 or fd00:1::/64");
    }
  }
  return rule;
}

bool AddressRule::allows(const ip::address& address) const {
  if (address.is_v4()) return is_public(address.to_v4()) || any_holds(v4_, address.to_v4());
  const ip::address_v6 v6 = address.to_v6();
  // An address of the old kind in the clothes of the new one is what it is.
  if (v6.is_v4_mapped()) return allows(ip::make_address_v4(ip::v4_mapped, v6));
  return is_public(v6) || any_holds(v6_, v6);
}

}  // namespace erario
