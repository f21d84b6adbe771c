#include "api/cli_gateways.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <optional>

#include "api/files.hpp"

namespace erario::api {
namespace {

namespace json = boost::json;
using Kind = AccountAnswer::Kind;

constexpr std::size_t kBankFileBytesMax = 1U << 20U;

template <class T>
Task<void> keep(Task<T> task, std::optional<T>& out) {
  out = co_await std::move(task);
}

template <class T>
T run(boost::asio::io_context& io, Task<T> task) {
  std::optional<T> out;
  boost::asio::co_spawn(io, keep(std::move(task), out), boost::asio::detached);
  io.run();
  CHECK(out);
  return *std::move(out);
}

Result<const GatewaySet::Row*> find_gateway(const GatewaySet& gateways, const std::string& name) {
  const auto* row = gateways.find(name);
  if (row == nullptr) return field_error("--gateway", "is no gateway of the configuration");
  return row;
}

// "country: …" becomes "line 7: country: …".
Error placed(Error error, const std::string& place) {
  error.detail = place + ": " + error.detail;
  for (FieldError& field : error.fields)
    field.pointer = place + ": " + field.pointer;
  return error;
}

Result<void> check_lines(const AccountGateway& gateway, const std::vector<AccountLine>& lines) {
  std::vector<Error> errors;
  for (const AccountLine& line : lines) {
    const auto checked = gateway.check_account(line.holder);
    if (!checked.ok())
      errors.push_back(placed(checked.error(), "line " + std::to_string(line.line)));
  }
  if (errors.empty()) return {};
  return join_errors(std::move(errors));
}

std::string_view word_of(AccountChange change, Kind kind) {
  const bool registering = change == AccountChange::kRegister;
  switch (kind) {
    case Kind::kDone: return registering ? "registered" : "removed";
    case Kind::kInReview: return "in_review";
    case Kind::kKnown: return "already_registered";
    case Kind::kRefused: return "refused";
    case Kind::kUnknown: return "unknown";
  }
  return {};
}

int exit_code_of(const std::vector<AccountAnswer>& answers) {
  int code = 0;
  for (const AccountAnswer& answer : answers) {
    if (answer.kind == Kind::kRefused) return 1;
    if (answer.kind == Kind::kUnknown) code = 2;
  }
  return code;
}

void tell_answers(AccountChange change, const std::vector<AccountLine>& lines,
                  const std::vector<AccountAnswer>& answers, Terminal& terminal) {
  std::string text;
  json::array rows;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string word(word_of(change, answers[i].kind));
    const std::string& reason = answers[i].reason;
    text += "line " + std::to_string(lines[i].line) + ": " + lines[i].holder.account + " " + word;
    text += reason.empty() ? "\n" : ": " + reason + "\n";
    rows.push_back(json::object{{"line", lines[i].line},
                                {"account", lines[i].holder.account},
                                {"result", word},
                                {"reason", reason}});
  }
  terminal.print(text, json::object{{"accounts", std::move(rows)}});
  terminal.set_exit_code(exit_code_of(answers));
}

std::string bank_lines(std::string_view what, const std::vector<Bank>& banks) {
  std::string text;
  for (const Bank& bank : banks)
    text.append(what).append("  ").append(bank.spei_code).append("  ").append(bank.name) += '\n';
  return text;
}

json::array bank_array(const std::vector<Bank>& banks) {
  json::array rows;
  for (const Bank& bank : banks)
    rows.push_back(json::object{{"spei_code", bank.spei_code}, {"name", bank.name}});
  return rows;
}

// The file is whole at every moment: a new one takes its place.
Result<void> replace_file(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code failure;
  if (file) std::filesystem::rename(fresh, path, failure);
  if (!file || failure) return Error{ErrorCode::kIo, path + ": cannot be written"};
  return {};
}

}  // namespace

Result<void> change_accounts(AccountChange change, const std::string& gateway,
                             const std::string& file, GatewayTools tools) {
  TRY(const auto* row, find_gateway(tools.gateways, gateway));
  if (row->accounts == nullptr) return field_error("--gateway", "registers no accounts");
  TRY(const std::string text, read_file(file, kAccountFileBytesMax));
  TRY(const auto lines, parse_account_list(text, tools.today));
  const bool registering = change == AccountChange::kRegister;
  if (registering) TRY_VOID(check_lines(*row->accounts, lines));
  std::vector<AccountHolder> holders;
  for (const AccountLine& line : lines)
    holders.push_back(line.holder);
  const auto answers =
      run(tools.io, registering ? row->accounts->register_accounts(std::move(holders))
                                : row->accounts->remove_accounts(std::move(holders)));
  CHECK(answers.size() == lines.size());
  tell_answers(change, lines, answers, tools.terminal);
  return {};
}

Result<void> refresh_bank_file(const std::string& gateway, const std::string& file, bool write,
                               GatewayTools tools) {
  TRY(const auto* row, find_gateway(tools.gateways, gateway));
  if (row->institutions == nullptr) {
    return field_error("--gateway", "does not tell who takes part in SPEI");
  }
  if (file.empty()) {
    return field_error("--file", "is required where spei.banks_file is not set");
  }
  TRY(const std::string text, read_file(file, kBankFileBytesMax));
  TRY(const auto institutions, run(tools.io, row->institutions->institutions()));
  const auto refreshed = refresh_banks(text, institutions, tools.today);
  if (!refreshed.ok() && refreshed.error().code == ErrorCode::kConfigInvalid) {
    return placed(refreshed.error(), file);
  }
  TRY(const BankRefresh refresh, refreshed);
  const bool written = write && !refresh.joined.empty();
  if (written) TRY_VOID(replace_file(file, refresh.text));
  std::string told = bank_lines("joined      ", refresh.joined) +
                     bank_lines("absent      ", refresh.absent) +
                     bank_lines("contradicted", refresh.contradicted) +
                     bank_lines("disconnected", refresh.disconnected);
  if (told.empty()) told = "nothing differs\n";
  if (written) told += file + ": written; it counts from the next start\n";
  tools.terminal.print(told, json::object{{"joined", bank_array(refresh.joined)},
                                          {"absent", bank_array(refresh.absent)},
                                          {"contradicted", bank_array(refresh.contradicted)},
                                          {"disconnected", bank_array(refresh.disconnected)},
                                          {"written", written}});
  return {};
}

}  // namespace erario::api
