// erario-bench: the load generator and the measurements in process. Everything is printed as JSON
// lines on standard output, the result last; ops/bench runs it and makes the report.
#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <csignal>
#include <iostream>
#include <random>

#include "engine/catalogue/import.hpp"
#include "ledger/store/open.hpp"
#include "tests/bench/card_workload.hpp"
#include "tests/bench/disk.hpp"
#include "tests/bench/in_process.hpp"
#include "tests/bench/mixed_workload.hpp"
#include "tests/bench/quotes_workload.hpp"
#include "tests/bench/spei_workload.hpp"

namespace erario::bench {
namespace {

namespace json = boost::json;

struct LoadOptions {
  std::string workload = "spei";
  std::string keys;
  std::string ca_file;
  std::string catalogue;
  std::string shape = "uniform";
  std::string on = "2026-03-02";
  std::uint16_t port = 0;
  std::size_t connections = 64;
  double rate = 0;
  double warm_up = 1;
  double seconds = 3;
  std::int64_t units = 0;
  std::size_t quotes_ahead = 20'000;
  std::int64_t payments_ahead = 50'000;
  std::uint64_t seed = 0;
};

void print_event(std::string_view name) {
  std::cout << json::serialize(json::object{{"event", name}}) << std::endl;
}

std::chrono::milliseconds to_millis(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

LoadSettings load_settings(const LoadOptions& options, const Installation& installation) {
  LoadSettings settings;
  settings.endpoint = installation.endpoint;
  settings.connections = options.connections;
  if (options.rate > 0) settings.units_per_second = options.rate;
  settings.warm_up = to_millis(options.warm_up);
  settings.measured = to_millis(options.seconds);
  settings.units_max = options.units;
  settings.seed = options.seed;
  settings.announce = print_event;
  return settings;
}

// Keys of two runs on one store must differ.
std::string run_name(std::uint64_t seed) {
  static constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
  std::mt19937_64 random(seed);
  std::string name;
  while (name.size() < 8)
    name += kLetters[random() % kLetters.size()];
  return name;
}

Result<LoadResult> run_payments(const LoadOptions& options, const Installation& installation,
                                const Catalogue& catalogue, const std::vector<ItemRequest>& items) {
  TRY(const Shape shape, parse_shape(options.shape));
  TRY(QuoteMint mint, QuoteMint::open(installation, {catalogue, items, shape}, options.seed));
  const Checkout checkout(installation, mint, run_name(options.seed));
  const LoadSettings settings = load_settings(options, installation);
  mint.prepare(options.quotes_ahead);
  if (options.workload == "confirm") {
    TRY(auto payments, make_awaited(installation.endpoint, checkout, mint, options.payments_ahead));
    ConfirmWorkload workload(checkout, std::move(payments));
    return run_load(settings, workload);
  }
  if (options.workload == "card") {
    Endpoint gateway;  // the stand-in, beside the service
    gateway.port = static_cast<std::uint16_t>(options.port + 1);
    TRY(std::string token, make_card_token(gateway, options.keys + "/openpay.secret"));
    CardWorkload workload(checkout, mint, std::move(token), options.connections);
    return run_load(settings, workload);
  }
  if (options.workload == "mixed") {
    MixedWorkload workload(checkout, mint, options.connections, options.seed);
    return run_load(settings, workload);
  }
  SpeiWorkload workload(checkout, mint, options.connections);
  return run_load(settings, workload);
}

Result<LoadResult> run_workload(const LoadOptions& options) {
  TRY(Installation installation, Installation::read(options.keys, options.port));
  installation.endpoint.ca_file = options.ca_file;
  TRY(const auto sources, read_catalogue_folder(options.catalogue));
  TRY(const Catalogue catalogue, import_catalogue(sources));
  TRY(const Date on, parse_date(options.on));
  TRY(const auto items, items_of(catalogue, on));
  if (options.workload != "quotes") return run_payments(options, installation, catalogue, items);
  QuotesWorkload workload(installation, items);
  return run_load(load_settings(options, installation), workload);
}

// The exit code.
int print(const Result<json::object>& result) {
  if (!result.ok()) {
    std::cerr << "error: " << result.error().detail << "\n";
    return 1;
  }
  std::cout << json::serialize(*result) << std::endl;
  return 0;
}

Result<json::object> load(LoadOptions options) {
  if (options.seed == 0) options.seed = std::random_device{}();
  TRY(const LoadResult result, run_workload(options));
  return result.to_json();
}

Result<json::object> disk(const std::string& folder) {
  TRY(const DiskSpeed speed, measure_disk(folder));
  return json::object{{"syncs_per_second", speed.syncs_per_second},
                      {"latency", speed.latency.summary()}};
}

void add_load(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<LoadOptions>();
  auto& command = *app.add_subcommand("load", "Load a running installation over HTTP");
  command.add_option("--workload", options->workload)
      ->check(CLI::IsMember({"spei", "confirm", "card", "mixed", "quotes"}))
      ->capture_default_str();
  command.add_option("--port", options->port, "Of the installation, on 127.0.0.1")->required();
  command.add_option("--keys", options->keys, "Folder of its keys")->required();
  command.add_option("--catalogue", options->catalogue, "Folder of its catalogue")->required();
  command.add_option("--tls", options->ca_file, "TLS: PEM of who signed its certificate");
  command.add_option("--on", options->on, "Its day")->capture_default_str();
  command.add_option("--shape", options->shape, "hot, zipf or uniform")->capture_default_str();
  command.add_option("--connections", options->connections)->capture_default_str();
  command.add_option("--rate", options->rate, "Units a second, Poisson; 0: a closed loop")
      ->capture_default_str();
  command.add_option("--warm-up", options->warm_up, "Seconds")->capture_default_str();
  command.add_option("--seconds", options->seconds, "Measured")->capture_default_str();
  command.add_option("--units", options->units, "End after so many; 0: no limit");
  command.add_option("--quotes-ahead", options->quotes_ahead, "Quotes sealed before the start")
      ->capture_default_str();
  command
      .add_option("--payments-ahead", options->payments_ahead, "confirm: payments to make first")
      ->capture_default_str();
  command.add_option("--seed", options->seed, "0: a fresh one");
  command.callback([options, &exit_code] { exit_code = print(load(*options)); });
}

void add_disk(CLI::App& app, int& exit_code) {
  const auto folder = std::make_shared<std::string>();
  auto& command = *app.add_subcommand("disk", "How fast a disk makes single writes durable");
  command.add_option("folder", *folder, "On that disk")->required();
  command.callback([folder, &exit_code] { exit_code = print(disk(*folder)); });
}

Result<json::object> migrate_store(const StorePlace& place) {
  TRY_VOID(migrate(place));
  return json::object{{"url", place.url}};
}

void add_migrate(CLI::App& app, int& exit_code) {
  const auto place = std::make_shared<StorePlace>();
  auto& command = *app.add_subcommand("migrate", "Bring a store's schema up to this binary's");
  command.add_option("url", place->url, "Of the store")->required();
  command.add_option("owner_url", place->owner_url, "As the role that owns a server's database");
  command.callback([place, &exit_code] { exit_code = print(migrate_store(*place)); });
}

void add_ledger(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<LedgerOptions>();
  auto& command = *app.add_subcommand("ledger", "Entries of two postings into a store, in batches");
  command.add_option("folder", options->folder, "Where the store is made")->required();
  command.add_option("--url", options->url, "Of an empty store; none: an embedded one");
  command.add_option("--entries", options->entries)->capture_default_str();
  command.add_option("--batches", options->batches)->capture_default_str();
  command.callback([options, &exit_code] { exit_code = print(measure_ledger(*options)); });
}

void add_lane(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<LaneOptions>();
  auto& command = *app.add_subcommand("lane", "SPEI payments through the commit lane");
  command.add_option("folder", options->folder, "Where the store is made")->required();
  command.add_option("--url", options->url, "Of an empty store; none: an embedded one");
  command.add_option("--waiters", options->waiters)->capture_default_str();
  command.add_option("--rounds", options->rounds)->capture_default_str();
  command.add_option("--seconds", options->seconds, "Of a round")->capture_default_str();
  command.callback([options, &exit_code] { exit_code = print(measure_lane(*options)); });
}

void add_quotes(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<QuotesOptions>();
  auto& command = *app.add_subcommand("quotes", "Explained quotes on one thread");
  command.add_option("catalogue", options->catalogue, "Folder")->required();
  command.add_option("--on", options->on)->capture_default_str();
  command.add_option("--seconds", options->seconds)->capture_default_str();
  command.callback([options, &exit_code] { exit_code = print(measure_quotes(*options)); });
}

void add_reconciliation(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<ReconciliationOptions>();
  auto& command = *app.add_subcommand("reconciliation", "A bank's day against the ledger");
  command.add_option("folder", options->folder, "Where the store is made")->required();
  command.add_option("--url", options->url, "Of an empty store; none: an embedded one");
  command.add_option("--lines", options->lines)
      ->capture_default_str()
      ->check(CLI::Range(2000, 20'000'000));
  command.add_option("--seed", options->seed)->capture_default_str();
  command.callback([options, &exit_code] { exit_code = print(measure_reconciliation(*options)); });
}

void add_audit(CLI::App& app, int& exit_code) {
  const auto options = std::make_shared<AuditOptions>();
  auto& command = *app.add_subcommand("audit", "The books proved, and Merkle proofs");
  command.add_option("--url", options->url, "Of a store with payments; none: in memory alone");
  command.add_option("--leaves", options->leaves)->capture_default_str();
  command.add_option("--entries", options->entries, "In memory")->capture_default_str();
  command.callback([options, &exit_code] { exit_code = print(measure_audit(*options)); });
}

int run(int argc, char** argv) {
  CLI::App app{"Measures Erario: load over HTTP, and its parts in process."};
  app.require_subcommand(1);
  int exit_code = 0;
  add_load(app, exit_code);
  add_disk(app, exit_code);
  add_migrate(app, exit_code);
  add_ledger(app, exit_code);
  add_lane(app, exit_code);
  add_quotes(app, exit_code);
  add_reconciliation(app, exit_code);
  add_audit(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return exit_code;
}

}  // namespace
}  // namespace erario::bench

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that leaves is counted, not died of
  try {
    return erario::bench::run(argc, argv);
  } catch (const std::exception& failure) {
    std::cerr << "error: " << failure.what() << "\n";
    return 1;
  }
}
