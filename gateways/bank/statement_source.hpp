// The two ways a bank hands out statements: files dropped into a folder (SFTP, host to host) and an
// HTTPS address with the date in it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "engine/ports/statements.hpp"

namespace erario {

struct StatementSourceConfig {
  std::string name;     // configured name of the account: "treasury"
  std::string account;  // CLABE or the bank's own number
  // One of the two. Files of a day are those whose name contains the date, 2026-03-02 or 20260302.
  std::string folder;
  // "https://bank.example/statements/camt.053?account={account}&date={date}"
  std::string url;
  std::string ca_file;  // url: empty for the system's certificates
};

// Fails with kConfigInvalid naming the field.
Result<std::unique_ptr<StatementSource>> build_statement_source(
    const StatementSourceConfig& config, boost::asio::any_io_executor executor);

}  // namespace erario
