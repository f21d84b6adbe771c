// The command line: each add_… function adds a family of subcommands to the program. A command
// prints its result on standard output and one-line errors on standard error; with --json both are
// JSON. Exit codes: 0 done; 1 the thing asked about is wrong or was refused; 2 usage, configuration
// or environment; of a reconciliation also 3 items are open, 4 there are breaks, 5 a source could
// not be read.
#pragma once

#include <boost/json/value.hpp>
#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/ports/store.hpp"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace erario::api {

class Terminal {
 public:
  // Prints `text`, or `value` with --json.
  void print(const std::string& text, const boost::json::value& value) const;
  // One line a broken rule; sets the exit code.
  void fail(const Error& error);
  void set_exit_code(int code) { exit_code_ = code; }
  int exit_code() const { return exit_code_; }

  bool json = false;

 private:
  int exit_code_ = 0;
};

// Runs `body` when the subcommand is chosen; an Error it returns is printed.
void on_chosen(CLI::App& subcommand, Terminal& terminal, std::function<Result<void>()> body);

// What is wrong with a command line, in one line. The library tells of words that it does not
// expect only after all else, and in reverse.
std::string usage_error(const CLI::App& app, const CLI::ParseError& error);

// Prints a recorded run and sets the exit code that says how it went. Fails with kMalformedJson.
Result<void> tell_run(const RunRow& run, const std::vector<BreakRow>& breaks, Terminal& terminal);

void add_check_commands(CLI::App& app, Terminal& terminal);     // check, quote, statement, receipt
void add_document_commands(CLI::App& app, Terminal& terminal);  // routes, machine, posting-rules
void add_migrate_command(CLI::App& app, Terminal& terminal);    // migrate
void add_store_commands(CLI::App& app, Terminal& terminal);     // keys, catalogue
void add_ledger_commands(CLI::App& app, Terminal& terminal);    // ledger verify, ledger export

}  // namespace erario::api
