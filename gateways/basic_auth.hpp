// HTTP basic credentials (RFC 7617): made for outgoing calls, checked on inbound ones. Thread safe.
#pragma once

#include <string>
#include <string_view>

#include "engine/base/secret.hpp"
#include "engine/ports/gateway.hpp"

namespace erario {

struct BasicCredentials {
  std::string user;
  Secret password;
};

// The value of the Authorization header.
std::string basic_authorization(std::string_view user, const Secret& password);

// The call carries exactly one Authorization header and it holds these credentials. Compared in
// constant time over digests, so that not even the length shows.
bool is_authorized(const InboundCall& call, const BasicCredentials& expected);

}  // namespace erario
