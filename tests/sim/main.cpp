// erario-sim: stand-ins for the card PSPs, STP and the bank, as programs of their own. They know
// nothing of Erario but the wire, keep their own truth, and misbehave on request.
#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <memory>

#include "tests/sim/bank.hpp"
#include "tests/sim/conekta.hpp"
#include "tests/sim/psp.hpp"
#include "tests/sim/stp.hpp"

namespace erario::sim {
namespace {

struct CommonOptions {
  std::string listen = "127.0.0.1:0";
  std::string now;
  ServerOptions server;
};

// The first line of a file, so that secrets never stand on a command line.
std::string read_secret(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!in || !std::getline(in, line)) throw std::runtime_error("cannot read " + path);
  return line;
}

void add_common(CLI::App* command, CommonOptions& common, std::string& state_folder) {
  command->add_option("--listen", common.listen, "Loopback HOST:PORT; port 0 picks one")
      ->capture_default_str();
  command->add_option("--tls-cert", common.server.tls_certificate, "Serve HTTPS: PEM chain");
  command->add_option("--tls-key", common.server.tls_key, "Serve HTTPS: PEM key");
  command->add_option("--now", common.now, "Start the clock here (RFC 3339)");
  command->add_option("--state", state_folder, "Folder of the journal kept over restarts");
  command->add_option("--hold-ms", common.server.hold_ms, "How long a planned time-out holds")
      ->capture_default_str();
  command->add_option("--drip-ms", common.server.drip_ms, "Pause between dripped bytes")
      ->capture_default_str();
}

void add_retries(CLI::App* command, Receiver& receiver) {
  command->add_option("--attempts", receiver.attempts_max, "Tries of a delivery")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  command->add_option("--retry-ms", receiver.retry_ms, "First pause; doubled, at most 5 s")
      ->check(CLI::Range(1, 5'000))
      ->capture_default_str();
}

void split_listen(const std::string& listen, ServerOptions& out) {
  const auto colon = listen.rfind(':');
  int port = -1;
  if (colon != std::string::npos && all_digits(listen.substr(colon + 1)) &&
      listen.size() - colon <= 6) {
    port = std::stoi(listen.substr(colon + 1));
  }
  if (port < 0 || port > 65'535) throw std::runtime_error("--listen takes HOST:PORT");
  out.host = listen.substr(0, colon);
  if (out.host == "localhost") out.host = "127.0.0.1";
  out.port = static_cast<std::uint16_t>(port);
}

void start_clock(const std::string& now, SimClock& clock) {
  if (now.empty()) return;
  const auto instant = parse_rfc3339(now);
  if (!instant) throw std::runtime_error("--now takes a time like 2026-03-02T10:00:00-06:00");
  clock.set(*instant);
}

// Binds first, so that a stand-in knows its own address before it exists.
template <class StandIn, class Options>
int serve(CommonOptions common, Options options) {
  SimClock clock;
  start_clock(common.now, clock);
  split_listen(common.listen, common.server);
  if (common.server.tls_certificate.empty() != common.server.tls_key.empty()) {
    throw std::runtime_error("--tls-cert and --tls-key come together");
  }
  HttpServer server(common.server);
  if constexpr (requires { options.base_url; }) {
    if (options.base_url.empty()) options.base_url = server.base_url();
  }
  StandIn stand_in(std::move(options), &clock);
  std::cout << "listening " << server.address() << std::endl;
  server.run([&stand_in](const Request& request) { return stand_in.handle(request); });
  return 0;
}

void add_psp(CLI::App& app, std::function<int()>& chosen) {
  auto* command = app.add_subcommand("psp", "The card PSP (Openpay's REST)");
  const auto common = std::make_shared<CommonOptions>();
  const auto options = std::make_shared<PspOptions>();
  const auto key_file = std::make_shared<std::string>();
  const auto password_file = std::make_shared<std::string>();
  add_common(command, *common, options->state_folder);
  add_retries(command, options->webhook);
  command->add_option("--merchant", options->merchant)->capture_default_str();
  command->add_option("--private-key-file", *key_file, "File with the merchant's private key");
  command->add_option("--public-url", options->base_url, "Base of the payer's pages");
  command->add_option("--webhook-url", options->webhook.url);
  command->add_option("--webhook-user", options->webhook.user);
  command->add_option("--webhook-password-file", *password_file);
  command->add_option("--webhook-delay-ms", options->webhook_delay_ms)->capture_default_str();
  command->add_option("--ca", options->webhook.certificate_authority, "PEM, for https receivers");
  command->add_option("--bank-url", options->bank_url, "Tell this bank of every movement");
  command->callback([=, &chosen] {
    chosen = [=] {
      if (!key_file->empty()) options->private_key = read_secret(*key_file);
      if (!password_file->empty()) options->webhook.password = read_secret(*password_file);
      return serve<Psp>(*common, *options);
    };
  });
}

void add_conekta(CLI::App& app, std::function<int()>& chosen) {
  auto* command = app.add_subcommand("conekta", "Conekta, another card PSP");
  const auto common = std::make_shared<CommonOptions>();
  const auto options = std::make_shared<ConektaOptions>();
  const auto key_file = std::make_shared<std::string>();
  add_common(command, *common, options->state_folder);
  add_retries(command, options->webhook);
  command->add_option("--private-key-file", *key_file, "File with the merchant's private key");
  command->add_option("--public-key", options->public_key, "Of the payer's browser")
      ->capture_default_str();
  command->add_option("--api-version", options->api_version)->capture_default_str();
  command->add_option("--page-size", options->page_rows_max, "Rows of a list's page, at most")
      ->check(CLI::Range(1, 250))
      ->capture_default_str();
  command->add_option("--public-url", options->base_url, "Base of the payer's pages and of lists");
  command->add_option("--webhook-url", options->webhook.url);
  command->add_option("--webhook-delay-ms", options->webhook_delay_ms)->capture_default_str();
  command->add_option("--ca", options->webhook.certificate_authority, "PEM, for https receivers");
  command->add_option("--bank-url", options->bank_url, "Tell this bank of every movement");
  command->callback([=, &chosen] {
    chosen = [=] {
      if (!key_file->empty()) options->private_key = read_secret(*key_file);
      return serve<Conekta>(*common, *options);
    };
  });
}

void add_stp(CLI::App& app, std::function<int()>& chosen) {
  auto* command = app.add_subcommand("stp", "STP, the SPEI participant");
  const auto common = std::make_shared<CommonOptions>();
  const auto options = std::make_shared<StpOptions>();
  const auto abono_password = std::make_shared<std::string>();
  const auto estado_password = std::make_shared<std::string>();
  add_common(command, *common, options->state_folder);
  add_retries(command, options->abono);
  command->add_option("--client-key", options->client_key, "PEM public key of the client")
      ->required();
  command->add_option("--empresa", options->company)->capture_default_str();
  command->add_option("--settle-ms", options->settle_ms)->capture_default_str();
  command->add_option("--page-size", options->page_size, "Rows of a conciliation page")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  command->add_option("--abono-url", options->abono.url);
  command->add_option("--abono-user", options->abono.user);
  command->add_option("--abono-password-file", *abono_password);
  command->add_option("--estado-url", options->estado.url);
  command->add_option("--estado-user", options->estado.user);
  command->add_option("--estado-password-file", *estado_password);
  command->add_option("--ca", options->abono.certificate_authority, "PEM, for https receivers");
  command->add_option("--bank-url", options->bank_url, "Tell this bank of every movement");
  command->callback([=, &chosen] {
    chosen = [=] {
      if (!abono_password->empty()) options->abono.password = read_secret(*abono_password);
      if (!estado_password->empty()) options->estado.password = read_secret(*estado_password);
      options->estado.attempts_max = options->abono.attempts_max;
      options->estado.retry_ms = options->abono.retry_ms;
      options->estado.certificate_authority = options->abono.certificate_authority;
      return serve<Stp>(*common, *options);
    };
  });
}

void add_bank(CLI::App& app, std::function<int()>& chosen) {
  auto* command = app.add_subcommand("bank", "The treasury's bank (camt.053 statements)");
  const auto common = std::make_shared<CommonOptions>();
  const auto options = std::make_shared<BankOptions>();
  add_common(command, *common, options->state_folder);
  command->add_option("--account", options->account, "CLABE")->capture_default_str();
  command->add_option("--holder", options->holder)->capture_default_str();
  command->add_option("--opening-centavos", options->opening)->capture_default_str();
  command->callback([=, &chosen] { chosen = [=] { return serve<Bank>(*common, *options); }; });
}

int main_program(int count, char** arguments) {
  CLI::App app{"Stand-ins for the card PSPs, STP and the bank"};
  app.require_subcommand(1);
  std::function<int()> chosen;
  add_psp(app, chosen);
  add_conekta(app, chosen);
  add_stp(app, chosen);
  add_bank(app, chosen);
  CLI11_PARSE(app, count, arguments);
  try {
    return chosen();
  } catch (const std::exception& problem) {
    std::cerr << "erario-sim: " << problem.what() << '\n';
    return 1;
  }
}

}  // namespace
}  // namespace erario::sim

int main(int count, char** arguments) {
  return erario::sim::main_program(count, arguments);
}
