#include "gateways/address_rule.hpp"

#include <algorithm>

namespace erario {
namespace {

// IANA's registries of special addresses: none of them is somebody else on the internet.
constexpr const char* kSpecial[] = {
    "0.0.0.0/8",     "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16",
    "172.16.0.0/12", "192.0.0.0/24",    "192.0.2.0/24",   "192.88.99.0/24", "192.168.0.0/16",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
    "2001::/23",     "2001:db8::/32",   "2002::/16",      "3fff::/20",
};
constexpr const char* kGlobal[] = {"0.0.0.0/0", "2000::/3"};

template <class Texts>
std::vector<AddressRange> ranges_of(const Texts& texts) {
  std::vector<AddressRange> ranges;
  for (const char* text : texts)
    ranges.push_back(AddressRange::parse(text).value());
  return ranges;
}

bool hold(const std::vector<AddressRange>& ranges, const std::string& address) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const AddressRange& range) { return range.contains(address); });
}

bool is_public(const std::string& address) {
  static const std::vector<AddressRange> global = ranges_of(kGlobal);
  static const std::vector<AddressRange> special = ranges_of(kSpecial);
  return hold(global, address) && !hold(special, address);
}

}  // namespace

Result<AddressRule> AddressRule::create(const std::vector<std::string>& allowed) {
  AddressRule rule;
  for (const std::string& text : allowed) {
    auto range = AddressRange::parse(text);
    if (!range.ok()) return field_error("allow_networks", range.error().detail);
    rule.allowed_.push_back(*range);
  }
  return rule;
}

bool AddressRule::allows(const boost::asio::ip::address& address) const {
  const std::string text = address.to_string();
  return is_public(text) || hold(allowed_, text);
}

}  // namespace erario
