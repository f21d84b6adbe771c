// The real lane on the real embedded store in a folder of its own, with a clock that stands still,
// a store whose answers a test may replace, and the commands of these tests. People and agencies
// are invented.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <random>

#include "engine/runtime/commit_lane.hpp"
#include "ledger/posting_rules.hpp"
#include "ledger/store/open.hpp"

namespace erario::test {

inline const Instant kStart = from_epoch_micros(1'772'467'200'000'000);  // 2026-03-02T10:00-06:00

class TestClock final : public Clock {
 public:
  Instant now() const override { return from_epoch_micros(micros_.load()); }
  void set(Instant now) { micros_ = to_epoch_micros(now); }
  void advance(std::chrono::microseconds by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_{to_epoch_micros(kStart)};
};

class TestRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> bytes) override {
    const std::lock_guard lock(mutex_);
    for (auto& byte : bytes)
      byte = static_cast<std::uint8_t>(engine_() & 0xFF);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_{20260302};
};

class TestSigner final : public Signer {
 public:
  std::string key_id() const override { return "ed25519:0000000000000000"; }
  std::string sign(std::string_view bytes) const override {
    return std::string(as_bytes(sha256(bytes)));
  }
  std::string public_key_pem() const override { return ""; }
};

class TestMetrics final : public Metrics {
 public:
  void count(std::string_view name, MetricLabels labels, double by) override {
    const std::lock_guard lock(mutex_);
    counts_[key(name, labels)] += by;
  }
  void gauge(std::string_view, MetricLabels, double) override {}
  void observe(std::string_view name, MetricLabels labels, double value) override {
    const std::lock_guard lock(mutex_);
    observed_[key(name, labels)].push_back(value);
  }
  // "erario_lane_batches_total committed"
  double counted(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto at = counts_.find(key);
    return at == counts_.end() ? 0 : at->second;
  }
  std::vector<double> observed(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto at = observed_.find(key);
    return at == observed_.end() ? std::vector<double>{} : at->second;
  }

 private:
  static std::string key(std::string_view name, MetricLabels labels) {
    std::string key(name);
    for (const auto& [label, value] : labels)
      key += " " + std::string(value);
    return key;
  }
  mutable std::mutex mutex_;
  std::map<std::string, double> counts_;
  std::map<std::string, std::vector<double>> observed_;
};

// Holds the lane at the start of a batch until it is opened.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  void open() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = false;
    }
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !closed_; });
    waiting_ = false;
  }
  void wait_until_reached() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool closed_ = false;
  bool waiting_ = false;
};

// What a test replaces of the lane's store; empty functions leave the real answer.
struct StoreScript {
  Gate gate;
  std::atomic<int> begins{0};
  std::function<std::optional<Error>()> begin;
  std::function<CommitStatus(LaneStore& real, const Changes& changes)> commit;
  std::function<Result<bool>(LaneStore& real, CommandId batch)> was_committed;
};

class ScriptedLaneStore final : public LaneStore {
 public:
  ScriptedLaneStore(std::unique_ptr<LaneStore> real, StoreScript& script)
      : real_(std::move(real)), script_(script) {}
  Result<Loaded> begin(const LoadKeys& keys) override {
    script_.gate.pass();
    script_.begins += 1;
    if (script_.begin) {
      if (auto error = script_.begin()) return *std::move(error);
    }
    return real_->begin(keys);
  }
  Result<Loaded> load(const LoadKeys& keys) override { return real_->load(keys); }
  CommitStatus commit(const Changes& changes) override {
    return script_.commit ? script_.commit(*real_, changes) : real_->commit(changes);
  }
  void rollback() override { real_->rollback(); }
  Result<bool> was_committed(CommandId batch) override {
    return script_.was_committed ? script_.was_committed(*real_, batch)
                                 : real_->was_committed(batch);
  }

 private:
  std::unique_ptr<LaneStore> real_;
  StoreScript& script_;
};

class ScriptedStore final : public Store {
 public:
  ScriptedStore(Store& real, StoreScript& script) : real_(real), script_(script) {}
  Result<std::unique_ptr<LaneStore>> open_lane() override {
    TRY(auto lane, real_.open_lane());
    return std::unique_ptr<LaneStore>(new ScriptedLaneStore(std::move(lane), script_));
  }
  Reader& reader() override { return real_.reader(); }
  AdminStore& admin() override { return real_.admin(); }
  WebhookStore& webhooks() override { return real_.webhooks(); }

 private:
  Store& real_;
  StoreScript& script_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    // In memory where there is such a place: durability is tested elsewhere, with power cuts.
    std::error_code none;
    const bool memory = std::filesystem::is_directory("/dev/shm", none);
    const std::filesystem::path place =
        memory ? "/dev/shm" : std::filesystem::temp_directory_path();
    std::string pattern = (place / "erario-XXXXXX").string();
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// An amount an agency is due of a basket.
struct Due {
  std::string agency;
  Money amount;
};

class World {
 public:
  explicit World(LaneLimits limits = {}) : limits_(limits) {
    CHECK(migrate(url()).ok());
    open();
  }
  ~World() { close(); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::string path() const { return folder_.file("erario.db"); }
  std::string url() const { return "sqlite:" + path(); }
  void open() {
    auto store = open_store(url(), OpenMode::kReadWrite);
    CHECK(store.ok());
    store_ = *std::move(store);
    scripted_ = std::make_unique<ScriptedStore>(*store_, script);
    auto lane = CommitLane::start(dependencies(), limits_);
    CHECK(lane.ok());
    lane_ = *std::move(lane);
  }
  void close() {
    lane_.reset();
    scripted_.reset();
    store_.reset();
  }
  LaneDependencies dependencies() {
    return {scripted_.get(), &clock, &random, &signer, bookkeeper, &metrics, &policies};
  }

  CommitLane& lane() { return *lane_; }
  void end_lane() { lane_.reset(); }
  Reader& reader() { return store_->reader(); }
  WebhookStore& webhooks() { return store_->webhooks(); }

  // ---- Commands ----

  template <class IdType>
  IdType id() {
    return new_id<IdType>(clock, random);
  }
  Command command(CommandBody body) {
    Command command;
    command.id = id<CommandId>();
    command.body = std::move(body);
    return command;
  }
  // With a key, and an answer that shows what was decided.
  Command keyed(CommandBody body, const std::string& key, const std::string& request) {
    Command made = command(std::move(body));
    made.idempotency = Command::Idempotency{{"portal", key}, sha256(request)};
    made.render = [id = made.id.text()](const CommandOutcome& outcome) {
      return Answer{201, id + " " + (outcome.payment ? outcome.payment->clabe : "")};
    };
    return made;
  }

  std::future<Reply> send(Command command) {
    auto promise = std::make_shared<std::promise<Reply>>();
    auto future = promise->get_future();
    lane_->submit(std::move(command),
                  [promise](Reply reply) { promise->set_value(std::move(reply)); });
    return future;
  }
  Reply ask(Command command) { return send(std::move(command)).get(); }
  Reply ask(CommandBody body) { return ask(command(std::move(body))); }

  // Everything sent between hold() and release() is decided in one batch, after a first one.
  void hold() {
    script.gate.close();
    held_ = send(command(UpdateJobs{}));
    script.gate.wait_until_reached();
  }
  void release() {
    script.gate.open();
    held_.get();
  }

  Quote quote(const std::vector<Due>& dues) {
    Quote quote;
    quote.id = id<QuoteId>();
    quote.catalogue_version = "cat_0000000000000000";
    quote.on = Date{std::chrono::year(2026), std::chrono::March, std::chrono::day(2)};
    quote.issued_at = clock.now();
    quote.expires_at = clock.now() + std::chrono::hours(1);
    for (const Due& due : dues) {
      QuoteItem item;
      item.service = due.agency + ".tramite";
      item.title = "Trámite ficticio";
      item.agency = due.agency;
      item.agency_name = "Secretaría Ficticia " + due.agency;
      item.receipt_series = series_of(due.agency);
      QuoteLine line;
      line.fee = due.agency + ".derecho";
      line.description = "Derecho ficticio";
      line.amount = due.amount;
      item.lines = {line};
      item.allocations = {{due.agency, line.fee, "", "", due.amount}};
      item.total = due.amount;
      quote.total += due.amount;
      quote.items.push_back(std::move(item));
    }
    return quote;
  }
  static std::string series_of(const std::string& agency) { return "S-" + agency; }

  CreatePayment spei(const std::vector<Due>& dues, std::string prefix = "6461801234") {
    CreatePayment create;
    create.id = id<PaymentId>();
    create.owner = "portal";
    create.quote = quote(dues);
    create.method = Method::kSpei;
    create.payer.name = "Ana Loro Ficticia";
    create.expires_at = clock.now() + std::chrono::minutes(30);
    create.clabe_prefix = std::move(prefix);
    return create;
  }
  CreatePayment card(const std::vector<Due>& dues) {
    CreatePayment create = spei(dues, "");
    create.method = Method::kCard;
    const AttemptId attempt = id<AttemptId>();
    create.charge =
        CardCharge{attempt, "cards", "EA" + attempt.text().substr(4, 20), "tok_1", "", false};
    return create;
  }
  Deposit deposit(const std::string& clabe, Money amount, std::string tracking_key = "") {
    Deposit deposit;
    deposit.id = id<DepositId>();
    if (tracking_key.empty()) tracking_key = "R" + std::to_string(++deposits_made_);
    deposit.key = {"40012", std::move(tracking_key),
                   Date{std::chrono::year(2026), std::chrono::March, std::chrono::day(2)}};
    deposit.amount = amount;
    deposit.clabe = clabe;
    deposit.gateway = "spei";
    deposit.sender = {"012180000000000015", "Ana Loro Ficticia", ""};
    deposit.received_at = clock.now();
    return deposit;
  }
  Reply ask_deposit(Deposit deposit) {
    return ask(DepositCommand{RecordDeposit{std::move(deposit)}});
  }
  // A payment that was paid by transfer.
  Payment paid(const std::vector<Due>& dues) {
    const Payment made = created(spei(dues));
    Reply reply = ask_deposit(deposit(made.clabe, made.amount));
    CHECK(reply.outcome.ok() && reply.outcome->payment);
    return *reply.outcome->payment;
  }
  Payment created(CreatePayment create) {
    Reply reply = ask(PaymentCommand{std::move(create)});
    CHECK(reply.outcome.ok());
    return *reply.outcome->payment;
  }
  RequestRefund refund(PaymentId payment, Money amount) {
    RequestRefund request;
    request.payment = payment;
    request.refund = id<RefundId>();
    request.gateway = "spei";
    request.reference = "ER" + request.refund.text().substr(4, 20);
    request.amount = amount;
    request.reason = "requested by the payer";
    request.destination = {"012180000000000015", "Ana Loro Ficticia", ""};
    return request;
  }

  // ---- What the store holds ----

  std::vector<std::int64_t> folios(const std::string& agency) {
    std::vector<std::int64_t> folios;
    for (std::int64_t folio = 1;; ++folio) {
      if (!reader().receipt_by_folio(series_of(agency), folio).ok()) return folios;
      folios.push_back(folio);
    }
  }
  Money balance(const std::string& account) {
    const auto balances = *reader().balances();
    for (const Balance& row : balances) {
      if (row.account == account) return row.debits - row.credits;
    }
    return Money{};
  }
  Money sum_of_balances() {
    Money sum;
    const auto balances = *reader().balances();
    for (const Balance& row : balances)
      sum += row.debits - row.credits;
    return sum;
  }

  TestClock clock;
  TestRandom random;
  TestSigner signer;
  TestMetrics metrics;
  PostingRules rules;
  const Bookkeeper* bookkeeper = &rules;
  DepositPolicies policies;
  StoreScript script;

 private:
  TemporaryFolder folder_;
  LaneLimits limits_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ScriptedStore> scripted_;
  std::unique_ptr<CommitLane> lane_;
  std::future<Reply> held_;
  int deposits_made_ = 0;
};

inline ErrorCode code_of(const Reply& reply) {
  CHECK(!reply.outcome.ok());
  return reply.outcome.error().code;
}

}  // namespace erario::test
