// One process of the real engine: lane, outbox, scheduler, the intake of gateways' calls and the
// nightly run, all in this thread. It dies with a crash; another one is started on the same
// records.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "api/auth.hpp"
#include "api/context.hpp"
#include "api/http.hpp"
#include "api/nightly.hpp"
#include "engine/runtime/notifier.hpp"
#include "engine/runtime/outbox.hpp"
#include "engine/runtime/scheduler.hpp"
#include "tests/model/ears.hpp"
#include "tests/model/psp.hpp"
#include "tests/model/stage.hpp"

namespace erario::model {

// Seals cheaply: what a seal proves is shown elsewhere.
class CheapSigner final : public Signer {
 public:
  std::string key_id() const override { return "ed25519:0000000000000000"; }
  std::string sign(std::string_view bytes) const override;
  std::string public_key_pem() const override { return ""; }
};

class NoMetrics final : public Metrics {
 public:
  void count(std::string_view, MetricLabels, double) override {}
  void gauge(std::string_view, MetricLabels, double) override {}
  void observe(std::string_view, MetricLabels, double) override {}
};

// What a process is made of; all of it outlives the process.
struct Parts {
  Stage* stage = nullptr;
  Store* store = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  const Bookkeeper* bookkeeper = nullptr;
  GatewaySet gateways;
  std::vector<api::BankAccountSource> banks;
  Ears* ears = nullptr;  // null: nobody is told by webhook
};

class Engine {
 public:
  explicit Engine(Parts parts);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // A request behind the API: `answered` never runs when the process dies first.
  void request(Command command, std::function<void(Reply)> answered);
  // A gateway calls; the HTTP status it gets.
  void call(OutgoingCall call, std::function<void(int)> answered);
  // GET /v1/payments/{payment} by somebody.
  Result<api::Response> read_payment(const std::string& owner, const PaymentId& id);
  void reconcile(Date date, std::function<void(Result<RunRow>)> done);

  // Runs everything that is ready now. Throws Crash where the process dies between two statements.
  void run_ready();
  bool healthy() const { return lane_->healthy(); }

 private:
  Task<void> serve(Command command, std::function<void(Reply)> answered);
  Task<void> receive(OutgoingCall call, std::function<void(int)> answered);
  Task<void> run_nightly(Date date, std::function<void(Result<RunRow>)> done);
  Task<void> expire_payments();
  void start_notifier();
  void plan_commit();

  Parts with_;
  Stage& stage_;
  Dice dice_;
  boost::asio::io_context io_{1};
  CheapSigner signer_;
  NoMetrics metrics_;
  SimulatedTimers timers_;
  DepositPolicies policies_;
  std::unique_ptr<CommitLane> lane_;
  std::unique_ptr<Router> router_;
  std::unique_ptr<Outbox> outbox_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<api::Nightly> nightly_;
  api::CatalogueHolder catalogue_{nullptr};
  api::KeyCache keys_;
  std::unique_ptr<api::ApiContext> context_;
  bool commit_planned_ = false;
};

}  // namespace erario::model
