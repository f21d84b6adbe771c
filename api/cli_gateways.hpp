// What an operator tells a gateway or asks it without a server: whose accounts are whose, and who
// takes part in SPEI. The program builds the gateways; here are the commands over them.
#pragma once

#include <boost/asio/io_context.hpp>
#include <string>

#include "api/cli.hpp"
#include "engine/base/time.hpp"
#include "engine/ports/gateway.hpp"

namespace erario::api {

struct GatewayTools {
  const GatewaySet& gateways;
  boost::asio::io_context& io;  // the gateways' own; run here
  Date today;
  Terminal& terminal;
};

enum class AccountChange : std::uint8_t { kRegister, kRemove };

// Reads the file, checks every line, and only then tells the gateway. Prints one line for each
// account, by its line in the file and without anybody's data. Exit code 1: some were refused; 2:
// of some nobody knows, run it again. Fails as parse_account_list().
Result<void> change_accounts(AccountChange change, const std::string& gateway,
                             const std::string& file, GatewayTools tools);

// Prints what differs between the dated list of banks in `file` and the gateway's answer. `write`:
// those that joined are added to it.
Result<void> refresh_bank_file(const std::string& gateway, const std::string& file, bool write,
                               GatewayTools tools);

}  // namespace erario::api
