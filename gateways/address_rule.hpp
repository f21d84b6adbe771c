// Which network addresses a URL that somebody else chose may lead to: public ones, and those of
// the networks that the installation allows. It judges addresses, not names, so that a name cannot
// lead elsewhere after it was checked. Thread safe.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <vector>

#include "gateways/address_range.hpp"

namespace erario {

class AddressRule {
 public:
  // `allowed`: ranges like "127.0.0.0/8" or "fd00:1::/64", or addresses. Fails with kFieldInvalid
  // at "allow_networks".
  static Result<AddressRule> create(const std::vector<std::string>& allowed);

  bool allows(const boost::asio::ip::address& address) const;

 private:
  std::vector<AddressRange> allowed_;
};

}  // namespace erario
