// The configuration: one TOML file, read at start; its routing rules, and the files of the server's
// certificate, again on SIGHUP. Every rule it breaks is reported with its key ("server.port"; of
// one section among several "route.amex.agencies", or "route[0].name" where it has no name of its
// own), all in one pass; unknown keys are refused. Secrets are named by file, never written here.
// Relative paths are relative to the configuration's own folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.hpp"
#include "engine/base/time.hpp"
#include "engine/payment/deposit_policy.hpp"
#include "engine/payment/routing.hpp"

namespace erario::api {

enum class Environment { kProduction, kDemonstration };

struct ServerConfig {
  std::string listen = "127.0.0.1";
  std::uint16_t port = 8443;
  std::string tls_cert;
  std::string tls_key;
  std::string client_ca_file;  // PEM: who signs the client certificates of gateways; empty: none
  bool plain = false;          // no TLS: loopback only
  std::string public_url;
  int threads = 2;
  int connections_max = 2'000;
  int key_requests_per_second = 0;  // of each API key; 0: as many as come
  int key_burst = 0;                // that may come at once
};
struct LaneConfig {
  int queue_max = 8'192;  // commands that may wait; more are told 503
};
struct QuotesConfig {
  std::string secret_file;
  std::chrono::minutes validity{60};
};
struct ReceiptsConfig {
  std::string signing_key_file;
  std::vector<std::string> public_key_files;  // retired keys that still verify
};
// What an adapter needs beyond kind and name is passed on as texts; its registry knows the keys.
struct GatewayEntry {
  std::string kind;
  std::string name;
  std::map<std::string, std::string> settings;
};
// CLABEs of their own for payments of these agencies.
struct ClabeRange {
  std::string prefix;  // as SpeiConfig::clabe_prefix; none begins with another
  std::vector<std::string> agencies;
};
struct SpeiConfig {
  std::string clabe_prefix;  // 6 to 10 digits; empty: no SPEI
  std::vector<ClabeRange> ranges;
  std::string banks_file;   // who takes part in SPEI, dated; empty: the list of this version
  std::string beneficiary;  // the name payers see beside a CLABE
  std::chrono::minutes expiry{24 * 60};
};
// Built once; read by the lane while the installation lives.
using DepositsConfig = DepositPolicies;
struct CardsConfig {
  std::string default_gateway;  // empty: the first card gateway
  std::chrono::minutes expiry{60};
  // How long a card holds an amount that is captured later; banks let it go after some days.
  std::chrono::hours hold{5 * 24};
};
// One of our accounts, and where its statements come from: exactly one of url and folder.
struct BankEntry {
  std::string name;  // "treasury": its ledger name
  std::string account;
  std::string statement_url;
  std::string statement_folder;
  std::string ca_file;
};
// Banco de México's page with the proofs of transfers.
struct CepEntry {
  std::string base_url;  // empty: proofs are not asked for
  std::string ca_file;
};
struct ReconciliationConfig {
  std::optional<std::chrono::minutes> local_time;  // since midnight in Mexico City; none: by hand
  int grace_days = 1;
};

struct WebhooksConfig {
  std::vector<std::string> allow_networks;  // not public, and to be called all the same
  std::string ca_file;                      // empty: the system's certificates
  std::chrono::seconds timeout{15};
  std::chrono::days retention{30};  // of deliveries that ended
};

struct Config {
  Environment environment = Environment::kProduction;
  ServerConfig server;
  LaneConfig lane;
  std::string store_url;
  std::string store_owner_url;  // for `erario migrate` on a server; serving never uses it
  std::string catalogue_path;
  QuotesConfig quotes;
  ReceiptsConfig receipts;
  std::vector<GatewayEntry> gateways;
  SpeiConfig spei;
  DepositsConfig deposits;
  CardsConfig cards;
  RoutingTable routes;  // the one part that SIGHUP takes over
  std::vector<BankEntry> banks;
  CepEntry cep;
  ReconciliationConfig reconciliation;
  WebhooksConfig webhooks;
  std::optional<Instant> clock_start;  // demonstrations only
  std::string log_level = "info";
};

// Fails with kConfigInvalid; each field's pointer is a key.
Result<Config> parse_config(std::string_view toml, const std::string& folder);
// Likewise, and kIo where the file cannot be read.
Result<Config> load_config(const std::string& path);
// That every file and folder it names is there and readable. Fails with kConfigInvalid.
Result<void> check_config_files(const Config& config);

}  // namespace erario::api
