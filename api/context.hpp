// What every handler works with. Built once by main, outlives the server; all of it is thread safe.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/rate_limit.hpp"
#include "engine/base/bank_list.hpp"
#include "engine/base/secret.hpp"
#include "engine/catalogue/model.hpp"
#include "engine/payment/proof.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/gateway.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/store.hpp"
#include "engine/ports/webhook_sender.hpp"
#include "engine/runtime/commit_lane.hpp"
#include "engine/runtime/router.hpp"

namespace erario::api {

class KeyCache;
class PrometheusMetrics;

// The catalogue in force; an import swaps it while requests run.
class CatalogueHolder {
 public:
  explicit CatalogueHolder(std::shared_ptr<const Catalogue> catalogue)
      : catalogue_(std::move(catalogue)) {}
  std::shared_ptr<const Catalogue> get() const {
    const std::scoped_lock lock(mutex_);
    return catalogue_;
  }
  void set(std::shared_ptr<const Catalogue> catalogue) {
    const std::scoped_lock lock(mutex_);
    catalogue_ = std::move(catalogue);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Catalogue> catalogue_;
};

struct ApiSettings {
  std::string public_url;  // "https://pagos.example.mx", no slash at the end
  std::chrono::minutes quote_validity{60};
  std::chrono::minutes spei_expiry{24 * 60};
  std::chrono::minutes card_expiry{60};
  std::chrono::hours card_hold{5 * 24};  // how long an amount is held before it is released
  std::string clabe_prefix;
  BankList banks;
  std::map<std::string, std::string> clabe_prefix_of_agency;  // others have the common one
  std::string spei_beneficiary;  // whose account the CLABEs are, for payers; may be empty
  std::string default_card_gateway;
  std::chrono::days webhook_retention{30};
  RateLimit key_limit;  // of each API key
  std::string version = "0.1.0";
};

struct ApiContext {
  Store& store;
  // Usually [&lane](Command c) { return submit(lane, std::move(c)); }. Not a coroutine lambda.
  std::function<Task<Reply>(Command)> submit;
  std::function<bool()> lane_healthy;
  const GatewaySet& gateways;
  const Clock& clock;
  Random& random;
  const Signer& signer;
  Metrics& metrics;
  CatalogueHolder& catalogue;
  Secret quote_secret;
  ApiSettings settings;
  // key_id -> PEM: the signing key and retired ones that still verify.
  std::map<std::string, std::string> receipt_keys;
  // Reconciles a day and stores the run. Same rule: not a coroutine lambda with captures.
  std::function<Task<Result<RunRow>>(Date)> reconcile;
  // The text of /metrics; empty where the installation exports none.
  std::function<std::string()> metrics_text;
  KeyCache& keys;
  Router& router;
  const WebhookSender* webhook_sender = nullptr;  // null: no webhooks are sent
  // Asks for the proof of a transfer (ProofSource); empty where the installation has no source.
  std::function<Task<Result<TransferProof>>(Deposit)> prove = {};
};

}  // namespace erario::api
