#include "api/cli.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <iostream>

#include "engine/base/utf8.hpp"

namespace erario::api {
namespace {

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kConfigInvalid:
    case ErrorCode::kIo:
    case ErrorCode::kStoreUnavailable:
    case ErrorCode::kGatewayUnavailable: return 2;
    default: return 1;
  }
}

}  // namespace

std::string usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> unexpected = app.remaining(true);
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const bool no_subcommand = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  std::string why = error.what();
  if (!unexpected.empty() && (extras || no_subcommand)) {
    why = "not expected:";
    for (const std::string& word : unexpected)
      why += " " + word;
  }
  std::replace(why.begin(), why.end(), '\n', ' ');
  return why + "; see erario --help";
}

void Terminal::print(const std::string& text, const boost::json::value& value) const {
  if (json) {
    std::cout << boost::json::serialize(value) << "\n";
  } else {
    std::cout << text << (text.ends_with('\n') ? "" : "\n");
  }
}

void Terminal::fail(const Error& told) {
  // It may quote a file or a server, in bytes of any kind.
  Error error = told;
  error.detail = to_valid_utf8(error.detail);
  for (FieldError& field : error.fields)
    field = {to_valid_utf8(field.pointer), to_valid_utf8(field.rule)};
  exit_code_ = exit_code_of(error.code);
  if (json) {
    boost::json::array fields;
    for (const FieldError& field : error.fields) {
      fields.push_back(boost::json::object{{"pointer", field.pointer}, {"rule", field.rule}});
    }
    std::cerr << boost::json::serialize(boost::json::object{{"code", code_name(error.code)},
                                                            {"detail", error.detail},
                                                            {"errors", std::move(fields)}})
              << "\n";
    return;
  }
  if (error.fields.size() > 1) {
    for (const FieldError& field : error.fields) {
      std::cerr << "error: " << field.pointer << ": " << field.rule << "\n";
    }
    return;
  }
  std::cerr << "error: " << error.detail << "\n";
}

void on_chosen(CLI::App& subcommand, Terminal& terminal, std::function<Result<void>()> body) {
  subcommand.callback([&terminal, body = std::move(body)] {
    if (auto done = body(); !done.ok()) terminal.fail(done.error());
  });
}

}  // namespace erario::api
