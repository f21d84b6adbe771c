// What an operator may have to tell a gateway, or to hear from it, beside the payments: whose the
// accounts are that money comes to, and who takes part in SPEI. Optional capabilities, as those of
// engine/ports/gateway.hpp.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "engine/base/account_list.hpp"
#include "engine/base/bank_refresh.hpp"

namespace erario {

struct AccountAnswer {
  enum class Kind : std::uint8_t {
    kDone,      // it is registered, or removed
    kInReview,  // taken; the gateway looks at it before it counts
    kKnown,     // it was registered before
    kRefused,
    kUnknown  // nobody answered, or nonsense: asking again is harmless
  };
  Kind kind = Kind::kUnknown;
  std::string reason;  // kRefused, kUnknown: stable, "rfc_curp_invalid", "timeout"
};

class AccountGateway {
 public:
  virtual ~AccountGateway() = default;
  // Whether the gateway could take it. Fails with kFieldInvalid or kFieldMissing naming a column.
  virtual Result<void> check_account(const AccountHolder& holder) const = 0;
  // One answer each, in their order. Requires: check_account() holds for all of them. After a call
  // that nobody answered nothing more is sent: the rest is kUnknown, "not_sent".
  virtual boost::asio::awaitable<std::vector<AccountAnswer>> register_accounts(
      std::vector<AccountHolder> holders) = 0;
  // Likewise; only `account` and `rfc_curp` count.
  virtual boost::asio::awaitable<std::vector<AccountAnswer>> remove_accounts(
      std::vector<AccountHolder> holders) = 0;
};

class InstitutionGateway {
 public:
  virtual ~InstitutionGateway() = default;
  // Who takes part in SPEI now. Fails with kGatewayUnavailable or kStatementMalformed.
  virtual boost::asio::awaitable<Result<std::vector<Institution>>> institutions() = 0;
};

}  // namespace erario
