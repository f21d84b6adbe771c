// An installation: everything built from one configuration, in the order it depends on each other,
// and torn down in reverse. It knows gateways and statement sources only as ports; main builds
// those. `work` is a single-threaded io_context on which gateways, outbox, scheduler and
// reconciliation run; the HTTP server and the ledger checker have their own threads.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <vector>

#include "api/auth.hpp"
#include "api/config.hpp"
#include "api/context.hpp"
#include "api/ledger_checker.hpp"
#include "api/nightly.hpp"
#include "api/prometheus_metrics.hpp"
#include "api/store_watch.hpp"
#include "engine/ports/proof_source.hpp"
#include "engine/runtime/notifier.hpp"
#include "engine/runtime/outbox.hpp"
#include "engine/runtime/router.hpp"
#include "engine/runtime/scheduler.hpp"
#include "engine/runtime/system.hpp"

namespace erario::api {

class Installation {
 public:
  struct Parts {
    const GatewaySet* gateways = nullptr;  // outlives the installation
    std::vector<BankAccountSource> banks;
    WebhookSender* webhooks = nullptr;       // outlives the installation; null: none are sent
    std::unique_ptr<ProofSource> proofs;     // may be null
    LedgerChecker::OpenSource audit_source;  // none: the store's
  };

  // Opens store, keys and catalogue. Fails with kConfigInvalid, kIo, kStoreUnavailable or
  // kCatalogueInvalid.
  static Result<std::unique_ptr<Installation>> open(const Config& config, Parts parts,
                                                    boost::asio::io_context& work);
  ~Installation();

  ApiContext& context() { return *context_; }
  Nightly& nightly() { return *nightly_; }
  PrometheusMetrics& metrics() { return metrics_; }

  // Takes over the catalogue last imported; requests in work keep theirs. Thread safe. Fails like
  // open(), and then the one in force stays.
  Result<void> reload_catalogue();
  // Routes what comes from now on by the rules of a configuration whose agencies, all of them, the
  // catalogue in force has. Fails with kConfigInvalid, and then the rules in force stay.
  Result<void> take_routes(const Config& config);
  // What came of reading them again, for metrics and log.
  void tell_reload(const Result<void>& taken);

  // Starts the outbox, the notifier, expiry of payments, gauges, the ledger checker and the nightly
  // run.
  void start_background();
  void stop_background();

 private:
  Installation(const Config& config, boost::asio::io_context& work);
  Result<void> open_store();
  Result<void> open_keys();
  Result<void> start_lane(Parts parts);
  void make_notifier(WebhookSender& sender);
  Result<void> start_outbox(const GatewaySet& gateways);

  Task<void> expire_payments();
  Task<void> prune_deliveries();
  Task<void> refresh_gauges();
  std::string metrics_text();
  Task<void> run_nightly();

  Config config_;
  boost::asio::io_context& work_;
  PrometheusMetrics metrics_;
  StoreWatch store_watch_;
  SystemClock clock_;
  SystemRandom random_;
  std::unique_ptr<Bookkeeper> bookkeeper_;
  std::unique_ptr<Signer> signer_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<CatalogueHolder> catalogue_;
  std::unique_ptr<KeyCache> keys_;
  Secret quote_secret_;
  std::map<std::string, std::string> receipt_keys_;
  std::unique_ptr<CommitLane> lane_;
  std::unique_ptr<ProofSource> proofs_;
  std::unique_ptr<Nightly> nightly_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<ApiContext> context_;
  std::unique_ptr<LedgerChecker> ledger_checker_;
  boost::asio::thread_pool aside_{1};  // ends before what its work uses
  Date last_nightly_{};
};

// What open() would refuse of the signing key, the retired ones, the quote secret and the list of
// banks: an error for each.
std::vector<Error> check_files(const Config& config);

// The catalogue last imported into the store. Fails with kConfigInvalid when there is none.
Result<Catalogue> stored_catalogue(Reader& reader);

}  // namespace erario::api
