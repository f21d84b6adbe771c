// The program: reads the command line and the configuration, builds the parts in order and runs
// them. The only file of api that sees the gateways.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <iostream>
#include <sstream>
#include <thread>

#include "api/application.hpp"
#include "api/cli.hpp"
#include "api/cli_gateways.hpp"
#include "api/config_agencies.hpp"
#include "api/installation.hpp"
#include "api/json_log.hpp"
#include "api/server.hpp"
#include "engine/base/account_list.hpp"
#include "engine/base/calendar.hpp"
#include "engine/base/json.hpp"
#include "engine/base/json_writer.hpp"
#include "engine/catalogue/import.hpp"
#include "engine/runtime/system.hpp"
#include "gateways/bank/statement_source.hpp"
#include "gateways/registry.hpp"
#include "gateways/spei/cep/cep.hpp"
#include "gateways/webhook_sender.hpp"
#include "ledger/store/open.hpp"

namespace erario::api {
namespace {

namespace asio = boost::asio;

constexpr std::string_view kVersion = "0.1.0";

// Secrets must not end up in a core file.
void forbid_core_files() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
}

// JSON lines on standard error.
void set_up_log(const std::string& level) {
  auto logger = spdlog::stderr_logger_mt("erario");
  logger->set_formatter(json_lines());
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(std::move(logger));
}

struct GatewayField {
  std::string_view key;
  std::variant<std::string GatewayConfig::*, int GatewayConfig::*,
               std::vector<std::string> GatewayConfig::*>
      member;
};
const GatewayField kGatewayFields[] = {
    {"base_url", &GatewayConfig::base_url},
    {"ca_file", &GatewayConfig::ca_file},
    {"private_key_file", &GatewayConfig::private_key_file},
    {"private_key_passphrase_file", &GatewayConfig::private_key_passphrase_file},
    {"inbound_user", &GatewayConfig::inbound_user},
    {"inbound_password_file", &GatewayConfig::inbound_password_file},
    {"inbound_addresses", &GatewayConfig::inbound_addresses},
    {"inbound_certificates", &GatewayConfig::inbound_certificates},
    {"timeout_ms", &GatewayConfig::timeout_ms},
    {"connect_timeout_ms", &GatewayConfig::connect_timeout_ms},
    {"pool_max", &GatewayConfig::pool_max},
    {"calls_at_once", &GatewayConfig::calls_at_once},
    {"calls_per_second", &GatewayConfig::calls_per_second},
    {"breaker_failures", &GatewayConfig::breaker_failures},
    {"breaker_open_ms", &GatewayConfig::breaker_open_ms},
    {"merchant", &GatewayConfig::merchant},
    {"report_lookback_days", &GatewayConfig::report_lookback_days},
    {"three_d_secure_retries", &GatewayConfig::three_d_secure_retries},
    {"webhook_keys_file", &GatewayConfig::webhook_keys_file},
    {"api_version", &GatewayConfig::api_version},
    {"contact_email", &GatewayConfig::contact_email},
    {"contact_phone", &GatewayConfig::contact_phone},
    {"idempotency_header", &GatewayConfig::idempotency_header},
    {"methods", &GatewayConfig::methods},
    {"refund_methods", &GatewayConfig::refund_methods},
    {"empresa", &GatewayConfig::empresa},
    {"queries", &GatewayConfig::queries},
    {"clabe_prefix", &GatewayConfig::clabe_prefix},
    {"ordering_account", &GatewayConfig::ordering_account},
    {"ordering_name", &GatewayConfig::ordering_name},
    {"ordering_rfc", &GatewayConfig::ordering_rfc},
    {"returns", &GatewayConfig::returns},
    {"return_institution", &GatewayConfig::return_institution},
    {"return_beneficiary_digit", &GatewayConfig::return_beneficiary_digit},
    {"confirm_above_pesos", &GatewayConfig::confirm_above_pesos},
};

Result<void> set_gateway_field(GatewayConfig& config, const std::string& key,
                               const std::string& value) {
  const std::string pointer = "gateway." + config.name + "." + key;
  for (const GatewayField& field : kGatewayFields) {
    if (field.key != key) continue;
    if (const auto* text = std::get_if<std::string GatewayConfig::*>(&field.member)) {
      config.** text = value;
      return {};
    }
    if (const auto* texts = std::get_if<std::vector<std::string> GatewayConfig::*>(&field.member)) {
      std::istringstream list(value);
      for (std::string text; std::getline(list, text, ',');)
        (config.**texts).push_back(text);
      return {};
    }
    int number = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (failure != std::errc{} || end != value.data() + value.size() || number <= 0) {
      return field_error(pointer, "must be a positive whole number", ErrorCode::kConfigInvalid);
    }
    config.*std::get<int GatewayConfig::*>(field.member) = number;
    return {};
  }
  return field_error(pointer, "is not a key of a gateway", ErrorCode::kConfigInvalid);
}

Result<std::unique_ptr<Registry>> build_gateways(const Config& config,
                                                 asio::any_io_executor executor) {
  std::vector<GatewayConfig> configs;
  for (const GatewayEntry& entry : config.gateways) {
    GatewayConfig gateway;
    gateway.kind = entry.kind;
    gateway.name = entry.name;
    gateway.clabe_prefix = config.spei.clabe_prefix;
    gateway.banks_file = config.spei.banks_file;
    for (const auto& [key, value] : entry.settings) {
      TRY_VOID(set_gateway_field(gateway, key, value));
    }
    if (!gateway.inbound_certificates.empty() && config.server.client_ca_file.empty()) {
      return field_error("gateway." + gateway.name + ".inbound_certificates",
                         "needs server.client_ca_file", ErrorCode::kConfigInvalid);
    }
    configs.push_back(std::move(gateway));
  }
  TRY(auto registry, build_registry(std::move(configs), std::move(executor)));
  const std::string& standard = config.cards.default_gateway;
  const auto* row = registry->gateways().find(standard);
  if (!standard.empty() && (row == nullptr || !takes_cards(*row))) {
    return field_error("cards.default_gateway", "is not a card gateway of this installation",
                       ErrorCode::kConfigInvalid);
  }
  return registry;
}

Result<std::vector<BankAccountSource>> build_banks(const Config& config, const GatewaySet& gateways,
                                                   const asio::any_io_executor& executor) {
  std::vector<BankAccountSource> banks;
  for (const BankEntry& entry : config.banks) {
    BankAccountSource bank;
    bank.name = entry.name;
    for (const auto& [name, row] : gateways.rows)
      bank.gateways.push_back(name);
    TRY(bank.source, build_statement_source({entry.name, entry.account, entry.statement_folder,
                                             entry.statement_url, entry.ca_file},
                                            executor));
    banks.push_back(std::move(bank));
  }
  return banks;
}

Result<std::unique_ptr<WebhookSender>> build_webhooks(const Config& config,
                                                      const asio::any_io_executor& executor) {
  WebhookSenderConfig sender;
  sender.allow_networks = config.webhooks.allow_networks;
  sender.ca_file = config.webhooks.ca_file;
  sender.timeout = config.webhooks.timeout;
  return build_webhook_sender(std::move(sender), executor);
}

// Null where none is configured.
Result<std::unique_ptr<ProofSource>> build_proofs(const Config& config,
                                                  const asio::any_io_executor& executor) {
  if (config.cep.base_url.empty()) return std::unique_ptr<ProofSource>();
  CepConfig cep;
  cep.base_url = config.cep.base_url;
  cep.ca_file = config.cep.ca_file;
  return build_cep_source(cep, executor);
}

// Gateways, installation and the contexts they run on; members are destroyed in reverse.
struct Running {
  asio::io_context http;
  asio::io_context work{1};
  std::unique_ptr<Registry> gateways;
  std::unique_ptr<WebhookSender> webhooks;
  std::unique_ptr<Installation> installation;
};

Result<void> assemble(const Config& config, Running& running) {
  TRY(running.gateways, build_gateways(config, running.work.get_executor()));
  Installation::Parts parts;
  parts.gateways = &running.gateways->gateways();
  TRY(parts.banks, build_banks(config, *parts.gateways, running.work.get_executor()));
  TRY(running.webhooks, build_webhooks(config, running.work.get_executor()));
  parts.webhooks = running.webhooks.get();
  TRY(parts.proofs, build_proofs(config, running.work.get_executor()));
  TRY(running.installation, Installation::open(config, std::move(parts), running.work));
  return {};
}

// The rest of the file is read too, so that nobody finds out at the next start that it is broken;
// it counts from then on.
Result<void> reload_routes(Installation& installation, const std::string& config_path) {
  TRY(const Config config, load_config(config_path));
  return installation.take_routes(config);
}

void reload_tls(Server& server) {
  if (const auto reloaded = server.reload_tls(); !reloaded.ok()) {
    spdlog::error("reload: the certificate in force stays: {}", reloaded.error().detail);
  } else {
    spdlog::info("reload: certificate and key taken");
  }
}

// SIGHUP: the catalogue last imported is taken over, the routing rules of the configuration, and
// what the files of the server's certificate hold now. Each for itself: what is wrong with one of
// them does not keep the others back.
void reload_on_signal(asio::signal_set& hangup, Installation& installation, Server& server,
                      const std::string& config_path) {
  hangup.async_wait([&, config_path](const boost::system::error_code& failure, int) {
    if (failure) return;
    if (auto reloaded = installation.reload_catalogue(); !reloaded.ok()) {
      spdlog::error("reload: {}", reloaded.error().detail);
    }
    installation.tell_reload(reload_routes(installation, config_path));
    reload_tls(server);
    reload_on_signal(hangup, installation, server, config_path);
  });
}

ServerSettings server_settings(const Config& config) {
  ServerSettings settings;
  settings.address = config.server.listen;
  settings.port = config.server.port;
  settings.plain = config.server.plain;
  settings.tls = {config.server.tls_cert, config.server.tls_key, config.server.client_ca_file};
  settings.connections_max = static_cast<std::size_t>(config.server.connections_max);
  return settings;
}

Result<void> serve(const std::string& config_path) {
  forbid_core_files();
  TRY(const Config config, load_config(config_path));
  TRY_VOID(check_config_files(config));
  set_up_log(config.log_level);
  Running running;
  TRY_VOID(assemble(config, running));
  Installation& installation = *running.installation;
  installation.metrics().gauge("erario_build_info", {{"version", kVersion}}, 1);

  Application application(installation.context());
  TRY(auto server,
      Server::open(running.http, server_settings(config), application, installation.metrics()));
  server->start();
  installation.start_background();
  std::cout << "listening " << config.server.listen << ":" << server->port() << std::endl;
  spdlog::info("listening on {}:{}", config.server.listen, server->port());

  asio::signal_set signals(running.http, SIGINT, SIGTERM);
  asio::signal_set hangup(running.http, SIGHUP);
  signals.async_wait([&](const boost::system::error_code& failure, int) {
    if (failure) return;
    spdlog::info("stopping");
    hangup.cancel();
    server->stop();
  });
  reload_on_signal(hangup, installation, *server, config_path);
  auto work_guard = asio::make_work_guard(running.work);
  std::thread work_thread([&running] { running.work.run(); });
  std::vector<std::thread> http_threads;
  for (int i = 1; i < config.server.threads; ++i) {
    http_threads.emplace_back([&running] { running.http.run(); });
  }
  running.http.run();
  for (std::thread& thread : http_threads)
    thread.join();
  installation.stop_background();
  work_guard.reset();
  work_thread.join();
  spdlog::info("stopped");
  return {};
}

Task<void> reconcile_into(Nightly& nightly, Date date, std::optional<Result<RunRow>>& run) {
  run = co_await nightly.reconcile(date);
}

Result<void> reconcile(const std::string& config_path, const std::string& date_text,
                       Terminal& terminal) {
  TRY(const Config config, load_config(config_path));
  set_up_log(config.log_level);
  auto date = parse_date(date_text);
  if (!date.ok()) return field_error("--date", date.error().detail);
  Running running;
  TRY_VOID(assemble(config, running));
  const Date today = to_mexico_city(running.installation->context().clock.now()).date;
  if (*date > next_bank_business_day(today)) {
    return field_error("--date", "must not be in the future");
  }
  std::optional<Result<RunRow>> run;
  asio::co_spawn(running.work, reconcile_into(running.installation->nightly(), *date, run),
                 asio::detached);
  running.work.run();
  if (!run) return Error{ErrorCode::kStoreUnavailable, "the run ended without a result"};
  TRY(const RunRow row, *std::move(run));
  TRY(const auto breaks, running.installation->context().store.reader().breaks(row.id));
  return tell_run(row, breaks, terminal);
}

// The catalogue in its folder: the store may have none yet.
Result<Catalogue> catalogue_to_import(const Config& config) {
  TRY(const auto sources, read_catalogue_folder(config.catalogue_path));
  return import_catalogue(sources);
}

// Builds all that serve would build of it, and opens nothing that a running server holds.
Result<void> check_config(const std::string& path) {
  TRY(const Config config, load_config(path));
  TRY_VOID(check_config_files(config));
  std::vector<Error> errors = check_files(config);
  const auto check = [&errors](std::string field, const auto& built) {
    if (built.ok()) return true;
    const Error& why = built.error();
    errors.push_back(why.fields.empty() ? field_error(field, why.detail, why.code) : why);
    return false;
  };
  if (!config.server.plain) check("server.tls_cert", server_tls(server_settings(config).tls));
  asio::io_context io;
  const auto gateways = build_gateways(config, io.get_executor());
  if (check("gateway", gateways)) {
    check("route", check_routes(config.routes, (*gateways)->gateways()));
    check("bank", build_banks(config, (*gateways)->gateways(), io.get_executor()));
  }
  check("webhooks", build_webhooks(config, io.get_executor()));
  check("cep", build_proofs(config, io.get_executor()));
  const auto catalogue = catalogue_to_import(config);
  if (check("catalogue.path", catalogue)) check("catalogue", check_agencies(config, *catalogue));
  // As the owner where one is named: the role that serves is made by the first migration.
  const bool owned = !config.store_owner_url.empty();
  check("store.url", migration_state(owned ? config.store_owner_url : config.store_url));
  if (errors.empty()) return {};
  return join_errors(std::move(errors));
}

void add_config_command(CLI::App& app, Terminal& terminal) {
  auto& config = *app.add_subcommand("config", "The configuration");
  config.require_subcommand(1);
  auto& check = *config.add_subcommand("check", "Report every rule the configuration breaks");
  const auto path = std::make_shared<std::string>("var/run/erario.toml");
  check.add_option("file", *path, "Configuration file")->capture_default_str();
  on_chosen(check, terminal, [path, &terminal]() -> Result<void> {
    TRY_VOID(check_config(*path));
    terminal.print(*path + ": valid", boost::json::object{{"file", *path}, {"valid", true}});
    return {};
  });
}

void add_running_commands(CLI::App& app, Terminal& terminal) {
  const auto config = std::make_shared<std::string>("var/run/erario.toml");
  auto& serving = *app.add_subcommand("serve", "Serve the API until SIGTERM");
  serving.add_option("--config", *config, "Configuration file")->capture_default_str();
  on_chosen(serving, terminal, [config] { return serve(*config); });

  const auto date = std::make_shared<std::string>();
  auto& reconciling = *app.add_subcommand("reconcile", "Reconcile one operating day now");
  reconciling.footer(
      "Exit codes: 0 everything is matched; 3 nothing is broken, but items are open; 4 there are\n"
      "breaks; 5 a source could not be read, so that the day is not whole; 1 and 2 there was no "
      "run "
      "(a wrong\ndate; configuration, store).");
  reconciling.add_option("--config", *config, "Configuration file")->capture_default_str();
  reconciling.add_option("--date", *date, "Operating day, like 2026-03-02")->required();
  on_chosen(reconciling, terminal,
            [config, date, &terminal] { return reconcile(*config, *date, terminal); });
}

// Speaks with a gateway beside a server that may be running: it needs neither store nor port.
using GatewayCommand = std::function<Result<void>(const Config& config, GatewayTools tools)>;
Result<void> with_gateways(const std::string& config_path, Terminal& terminal,
                           const GatewayCommand& command) {
  TRY(const Config config, load_config(config_path));
  set_up_log(config.log_level);
  asio::io_context io{1};
  TRY(const auto gateways, build_gateways(config, io.get_executor()));
  const SystemClock clock =
      config.clock_start ? SystemClock::starting_at(*config.clock_start) : SystemClock();
  const Date today = to_mexico_city(clock.now()).date;
  return command(config, {gateways->gateways(), io, today, terminal});
}

struct GatewayOptions {
  std::string config = "var/run/erario.toml";
  std::string gateway;
  std::string file;
  bool write = false;
};

std::shared_ptr<GatewayOptions> gateway_options(CLI::App& command) {
  const auto options = std::make_shared<GatewayOptions>();
  command.add_option("--config", options->config, "Configuration file")->capture_default_str();
  command.add_option("--gateway", options->gateway, "A gateway of the configuration")->required();
  return options;
}

void add_account_commands(CLI::App& app, Terminal& terminal) {
  auto& accounts = *app.add_subcommand("accounts", "Tell a gateway whose accounts are whose");
  accounts.require_subcommand(1);
  accounts.footer(
      "Exit codes: 0 all are registered, in review, or were registered before; 1 some were "
      "refused, or the file\nbreaks a rule and nothing was sent; 2 of some nobody knows: run it "
      "again.");
  const auto add = [&](const char* name, const char* what, AccountChange change) {
    auto& command = *accounts.add_subcommand(name, what);
    const auto options = gateway_options(command);
    command.add_option("--file", options->file, "CSV, one account a line")->required();
    on_chosen(command, terminal, [change, options, &terminal] {
      return with_gateways(options->config, terminal, [&](const Config&, GatewayTools tools) {
        return change_accounts(change, options->gateway, options->file, tools);
      });
    });
  };
  add("register", "Register the accounts of a file", AccountChange::kRegister);
  add("remove", "Remove the accounts of a file", AccountChange::kRemove);
}

void add_bank_commands(CLI::App& app, Terminal& terminal) {
  auto& banks = *app.add_subcommand("banks", "The dated list of who takes part in SPEI");
  banks.require_subcommand(1);
  auto& command = *banks.add_subcommand("refresh", "Compare the list with what a gateway says");
  const auto options = gateway_options(command);
  command.add_option("--file", options->file, "The list; else spei.banks_file");
  command.add_flag("--write", options->write, "Add the banks that joined to the file");
  on_chosen(command, terminal, [options, &terminal] {
    return with_gateways(options->config, terminal, [&](const Config& config, GatewayTools tools) {
      const std::string& file = options->file.empty() ? config.spei.banks_file : options->file;
      return refresh_bank_file(options->gateway, file, options->write, tools);
    });
  });
}

int run(int argc, char** argv) {
  CLI::App app{
      "Erario: payments and transactions of government procedures.\n"
      "Quotes, card and SPEI payments, ledger, sealed receipts, reconciliation."};
  app.name("erario");
  app.set_version_flag("--version", "erario " + std::string(kVersion));
  app.require_subcommand(1);
  app.fallthrough();
  Terminal terminal;
  app.add_flag("--json", terminal.json, "Print results and errors as JSON");
  add_running_commands(app, terminal);
  add_config_command(app, terminal);
  add_account_commands(app, terminal);
  add_bank_commands(app, terminal);
  add_migrate_command(app, terminal);
  add_store_commands(app, terminal);
  add_ledger_commands(app, terminal);
  add_check_commands(app, terminal);
  add_document_commands(app, terminal);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help and version
    // The flag is not read yet when the rest of the line is wrong.
    terminal.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    terminal.fail(Error{ErrorCode::kFieldInvalid, usage_error(app, error)});
    return 2;
  }
  return terminal.exit_code();
}

}  // namespace
}  // namespace erario::api

int main(int argc, char** argv) {
  try {
    return erario::api::run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "error: " << failure.what() << "\n";
    return 2;
  }
}
