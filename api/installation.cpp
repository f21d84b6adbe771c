#include "api/installation.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include "api/config_agencies.hpp"
#include "api/webhook_body.hpp"
#include "engine/base/calendar.hpp"
#include "engine/base/file.hpp"
#include "engine/base/json.hpp"
#include "engine/base/secret_file.hpp"
#include "engine/catalogue/import.hpp"
#include "engine/runtime/submit.hpp"
#include "ledger/posting_rules.hpp"
#include "ledger/store/open.hpp"

namespace erario::api {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds kExpirePause{1'000};
constexpr std::chrono::milliseconds kGaugePause{5'000};
constexpr std::chrono::milliseconds kNightlyPause{20'000};
constexpr int kExpireBatch = 256;
// Eight million a day, a hundredth of a second at a time.
constexpr std::chrono::milliseconds kPrunePause{10'000};
constexpr int kPruneBatch = 1'000;
constexpr std::size_t kSecretBytesMin = 32;

Error refused(const char* field, const Error& cause) {
  return field_error(field, cause.detail, ErrorCode::kConfigInvalid);
}

// The end of its line is part of it, as it always was.
Result<Secret> read_quote_secret(const std::string& file) {
  constexpr const char* kField = "quotes.secret_file";
  auto secret = read_secret_file(file);
  if (!secret.ok()) return refused(kField, secret.error());
  if (const auto line = secret_line(*secret); !line.ok()) return refused(kField, line.error());
  if (secret->reveal().size() < kSecretBytesMin)
    return field_error(kField, "must hold at least 32 bytes", ErrorCode::kConfigInvalid);
  return secret;
}

Result<std::unique_ptr<Signer>> open_signer(const Config& config) {
  auto signer = load_signer(config.receipts.signing_key_file);
  if (!signer.ok()) return refused("receipts.signing_key_file", signer.error());
  return signer;
}

// Of retired signing keys, by their id.
Result<std::map<std::string, std::string>> read_public_keys(const std::vector<std::string>& files) {
  constexpr const char* kField = "receipts.public_key_files";
  std::map<std::string, std::string> keys;
  for (const std::string& file : files) {
    auto pem = read_whole_file(file, kSecretBytesMax);
    auto key_id = pem.ok() ? key_id_of(*pem) : Result<std::string>(pem.error());
    if (!key_id.ok())
      return field_error(kField, file + ": " + key_id.error().detail, ErrorCode::kConfigInvalid);
    keys[*key_id] = *std::move(pem);
  }
  return keys;
}

Result<BankList> read_banks(const Config& config) {
  auto banks = BankList::read(config.spei.banks_file);
  if (!banks.ok()) return refused("spei.banks_file", banks.error());
  return banks;
}

// What co_spawn hands over must be default constructible, which a Result is not.
Task<std::optional<Result<RunRow>>> reconcile_boxed(Nightly& nightly, Date date) {
  co_return co_await nightly.reconcile(date);
}

// Reconciliation runs where the gateways do; the caller resumes on its own executor.
Task<Result<RunRow>> reconcile_on(asio::io_context& work, Nightly& nightly, Date date) {
  auto run = co_await asio::co_spawn(work.get_executor(), reconcile_boxed(nightly, date),
                                     asio::use_awaitable);
  CHECK(run.has_value());
  co_return *std::move(run);
}

Task<std::optional<Result<TransferProof>>> prove_boxed(ProofSource& proofs, Deposit deposit) {
  co_return co_await proofs.fetch(std::move(deposit));
}

// Likewise.
Task<Result<TransferProof>> prove_on(asio::io_context& work, ProofSource& proofs, Deposit deposit) {
  auto proof = co_await asio::co_spawn(work.get_executor(), prove_boxed(proofs, std::move(deposit)),
                                       asio::use_awaitable);
  CHECK(proof.has_value());
  co_return *std::move(proof);
}

ApiSettings settings_of(const Config& config) {
  ApiSettings settings;
  settings.public_url = config.server.public_url;
  settings.quote_validity = config.quotes.validity;
  settings.spei_expiry = config.spei.expiry;
  settings.card_expiry = config.cards.expiry;
  settings.card_hold = config.cards.hold;
  settings.spei_beneficiary = config.spei.beneficiary;
  settings.clabe_prefix = config.spei.clabe_prefix;
  for (const ClabeRange& range : config.spei.ranges)
    for (const std::string& agency : range.agencies)
      settings.clabe_prefix_of_agency[agency] = range.prefix;
  settings.default_card_gateway = config.cards.default_gateway;
  settings.key_limit = {config.server.key_requests_per_second, config.server.key_burst};
  settings.webhook_retention = config.webhooks.retention;
  return settings;
}

}  // namespace

std::vector<Error> check_files(const Config& config) {
  std::vector<Error> errors;
  const auto check = [&](const auto& read) {
    if (!read.ok()) errors.push_back(read.error());
  };
  check(open_signer(config));
  check(read_public_keys(config.receipts.public_key_files));
  check(read_quote_secret(config.quotes.secret_file));
  check(read_banks(config));
  return errors;
}

Result<Catalogue> stored_catalogue(Reader& reader) {
  auto row = reader.latest_catalogue();
  if (!row.ok() && row.error().code == ErrorCode::kNotFound) {
    return Error{ErrorCode::kConfigInvalid,
                 "the store has no catalogue; run `erario catalogue import FOLDER`"};
  }
  if (!row.ok()) return row.error();
  TRY(const auto document, parse_json(row->sources_json));
  std::vector<CatalogueSource> sources;
  for (const auto& source : document.as_array()) {
    sources.push_back(
        {std::string(source.at("file").as_string()), std::string(source.at("text").as_string())});
  }
  return import_catalogue(sources);
}

Installation::Installation(const Config& config, asio::io_context& work)
    : config_(config),
      work_(work),
      clock_(config.clock_start ? SystemClock::starting_at(*config.clock_start) : SystemClock()),
      bookkeeper_(std::make_unique<PostingRules>()) {}

Installation::~Installation() = default;

Result<std::unique_ptr<Installation>> Installation::open(const Config& config, Parts parts,
                                                         asio::io_context& work) {
  std::unique_ptr<Installation> made(new Installation(config, work));
  TRY_VOID(made->open_store());
  TRY_VOID(made->reload_catalogue());
  TRY_VOID(check_agencies(made->config_, *made->catalogue_->get()));
  TRY_VOID(made->open_keys());
  TRY_VOID(made->start_lane(std::move(parts)));
  return made;
}

Result<void> Installation::open_store() {
  TRY(store_, erario::open_store(config_.store_url, OpenMode::kReadWrite));
  store_watch_.answered(std::chrono::steady_clock::now());
  keys_ = std::make_unique<KeyCache>(store_->reader());
  return {};
}

Result<void> Installation::reload_catalogue() {
  TRY(Catalogue catalogue, stored_catalogue(store_->reader()));
  spdlog::info("catalogue {}: {} services of {} agencies", catalogue.version,
               catalogue.services.size(), catalogue.agencies.size());
  auto taken = std::make_shared<const Catalogue>(std::move(catalogue));
  if (catalogue_) {
    catalogue_->set(std::move(taken));
  } else {
    catalogue_ = std::make_unique<CatalogueHolder>(std::move(taken));
  }
  return {};
}

Result<void> Installation::take_routes(const Config& config) {
  TRY_VOID(check_agencies(config, *catalogue_->get()));
  return router_->replace(config.routes);
}

void Installation::tell_reload(const Result<void>& taken) {
  if (taken.ok()) {
    spdlog::info("reload: routing rules taken");
  } else {
    std::string broken;
    for (const FieldError& field : taken.error().fields)
      broken += (broken.empty() ? "" : "; ") + field.pointer + ": " + field.rule;
    spdlog::error("reload: the routing rules in force stay: {}",
                  broken.empty() ? taken.error().detail : broken);
  }
  metrics_.count("erario_routing_reloads_total", {{"result", taken.ok() ? "taken" : "refused"}});
}

Result<void> Installation::open_keys() {
  TRY(signer_, open_signer(config_));
  TRY(receipt_keys_, read_public_keys(config_.receipts.public_key_files));
  receipt_keys_[signer_->key_id()] = signer_->public_key_pem();
  TRY(quote_secret_, read_quote_secret(config_.quotes.secret_file));
  return {};
}

Result<void> Installation::start_outbox(const GatewaySet& gateways) {
  router_ = std::make_unique<Router>(gateways, clock_, metrics_);
  TRY_VOID(router_->replace(config_.routes));

  OutboxDependencies with;
  with.reader = &store_->reader();
  with.lane = lane_.get();
  with.gateways = &gateways;
  with.clock = &clock_;
  with.random = &random_;
  with.metrics = &metrics_;
  with.router = router_.get();
  outbox_ = std::make_unique<Outbox>(with, work_.get_executor());
  return {};
}

Result<void> Installation::start_lane(Parts parts) {
  LaneDependencies lane_dependencies;
  lane_dependencies.store = store_.get();
  lane_dependencies.clock = &clock_;
  lane_dependencies.random = &random_;
  lane_dependencies.signer = signer_.get();
  lane_dependencies.bookkeeper = bookkeeper_.get();
  lane_dependencies.metrics = &metrics_;
  lane_dependencies.deposit_policies = &config_.deposits;
  LaneLimits limits;
  limits.queue_max = static_cast<std::size_t>(config_.lane.queue_max);
  TRY(lane_, CommitLane::start(lane_dependencies, limits));

  NightlyDependencies nightly_dependencies;
  nightly_dependencies.reader = &store_->reader();
  nightly_dependencies.lane = lane_.get();
  nightly_dependencies.gateways = parts.gateways;
  nightly_dependencies.clock = &clock_;
  nightly_dependencies.random = &random_;
  nightly_dependencies.metrics = &metrics_;
  nightly_dependencies.aside = aside_.get_executor();
  RunParameters parameters;
  parameters.gateway_grace_business_days = config_.reconciliation.grace_days;
  parameters.bank_grace_business_days = config_.reconciliation.grace_days;
  nightly_ = std::make_unique<Nightly>(nightly_dependencies, std::move(parts.banks), parameters);

  TRY(auto banks, read_banks(config_));
  TRY_VOID(start_outbox(*parts.gateways));
  scheduler_ = std::make_unique<Scheduler>(work_.get_executor());
  if (!parts.audit_source) parts.audit_source = [this] { return open_audit(config_.store_url); };
  ledger_checker_ =
      std::make_unique<LedgerChecker>(std::move(parts.audit_source), clock_, metrics_);

  context_ = std::make_unique<ApiContext>(ApiContext{
      *store_,
      [this](Command command) { return erario::submit(*lane_, std::move(command)); },
      [this] { return lane_->healthy(); },
      *parts.gateways,
      clock_,
      random_,
      *signer_,
      metrics_,
      *catalogue_,
      quote_secret_,
      settings_of(config_),
      receipt_keys_,
      [this](Date date) { return reconcile_on(work_, *nightly_, date); },
      [this] { return metrics_text(); },
      *keys_,
      *router_,
  });
  context_->settings.banks = std::move(banks);
  context_->webhook_sender = parts.webhooks;
  if (parts.webhooks != nullptr) make_notifier(*parts.webhooks);
  proofs_ = std::move(parts.proofs);
  if (proofs_ != nullptr) {
    context_->prove = [this](Deposit deposit) {
      return prove_on(work_, *proofs_, std::move(deposit));
    };
  }
  return {};
}

void Installation::make_notifier(WebhookSender& sender) {
  NotifierDependencies dependencies;
  dependencies.store = &store_->webhooks();
  dependencies.lane = lane_.get();
  dependencies.sender = &sender;
  dependencies.body = [this](const WebhookDelivery& delivery, const WebhookEndpoint& endpoint) {
    return webhook_body(*context_, delivery, endpoint);
  };
  dependencies.installation_secret = &quote_secret_;
  dependencies.clock = &clock_;
  dependencies.random = &random_;
  dependencies.metrics = &metrics_;
  notifier_ = std::make_unique<Notifier>(std::move(dependencies), work_.get_executor());
}

void Installation::start_background() {
  lane_->on_new_jobs([this] { outbox_->wake(); });
  asio::co_spawn(work_, outbox_->run(), asio::detached);
  if (notifier_) {
    lane_->on_deliveries([this] { notifier_->wake(); });
    asio::co_spawn(work_, notifier_->run(), asio::detached);
  }
  scheduler_->every(kExpirePause, "expiry", [this] { return expire_payments(); });
  scheduler_->every(kPrunePause, "prune", [this] { return prune_deliveries(); });
  scheduler_->every(kGaugePause, "gauges", [this] { return refresh_gauges(); });
  if (config_.reconciliation.local_time) {
    scheduler_->every(kNightlyPause, "nightly", [this] { return run_nightly(); });
  }
  ledger_checker_->start();
}

void Installation::stop_background() {
  scheduler_->stop();
  outbox_->stop();
  if (notifier_) notifier_->stop();
  ledger_checker_->stop();
}

Task<void> Installation::expire_payments() {
  auto due = store_->reader().payments_to_expire(clock_.now(), kExpireBatch);
  if (!due.ok()) {
    spdlog::error("expiry: {}", due.error().detail);
    co_return;
  }
  for (const PaymentId payment : *due) {
    Command command;
    command.id = new_id<CommandId>(clock_, random_);
    command.body = PaymentCommand{ExpirePayment{payment}};
    Reply reply = co_await erario::submit(*lane_, std::move(command));
    if (!reply.outcome.ok()) spdlog::error("expiry: {}", reply.outcome.error().detail);
  }
}

Task<void> Installation::prune_deliveries() {
  const Instant before = clock_.now() - config_.webhooks.retention;
  const auto pruned = store_->webhooks().prune(before, kPruneBatch);
  if (!pruned.ok()) {
    spdlog::error("prune: {}", pruned.error().detail);
  } else if (*pruned > 0) {
    metrics_.count("erario_webhook_pruned_total", {}, *pruned);
  }
  co_return;
}

Task<void> Installation::refresh_gauges() {
  if (auto done = refresh_store_gauges(metrics_, store_->reader(), clock_.now()); !done.ok()) {
    store_watch_.failed();
    spdlog::error("gauges: {}", done.error().detail);
  } else {
    store_watch_.answered(std::chrono::steady_clock::now());
  }
  co_return;
}

std::string Installation::metrics_text() {
  const bool reachable = store_watch_.reachable(std::chrono::steady_clock::now());
  metrics_.gauge("erario_store_reachable", {}, reachable ? 1 : 0);
  return metrics_.text(reachable ? PrometheusMetrics::StoreState::kReachable
                                 : PrometheusMetrics::StoreState::kAway);
}

Task<void> Installation::run_nightly() {
  const LocalTime local = to_mexico_city(clock_.now());
  // The last closed operating day, once, after the configured time of the next day.
  const Date day = previous_bank_business_day(local.date);
  if (local.since_midnight < *config_.reconciliation.local_time || last_nightly_ == day) co_return;
  last_nightly_ = day;
  auto run = co_await nightly_->reconcile(day);
  if (!run.ok()) {
    spdlog::error("nightly: {}", run.error().detail);
    last_nightly_ = Date{};
    co_return;
  }
  spdlog::info("nightly: {}: {} matched, {} breaks", erario::to_text(day), run->matched,
               run->broken);
}

}  // namespace erario::api
