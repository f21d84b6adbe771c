// Payments a second through the commit lane: an SPEI payment is created, its deposit arrives and
// pays it; receipt, entry and balances are durable before either answer. The baseline is the same
// commands through the same code, one transaction each. The two take turns, and medians of the
// rounds are compared, because the speed of disks changes within minutes.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <future>

#include "engine/runtime/commit_lane.hpp"
#include "ledger/posting_rules.hpp"
#include "tests/bench/bench_store.hpp"
#include "tests/bench/in_process.hpp"

namespace erario::bench {
namespace {

constexpr int kAgencies = 5;

struct Figures {
  double payments_per_second = 0;
  double commands_per_batch = 0;
  double cpu_micros_per_payment = 0;  // of this whole program, the generator's part included
  std::int64_t batches = 0;           // each is one sync of the log
};

class LaneBench {
 public:
  LaneBench(std::unique_ptr<Store> store, std::unique_ptr<Signer> signer,
            std::chrono::milliseconds round_time)
      : signer_(std::move(signer)), store_(std::move(store)), round_time_(round_time) {}

  // One round, by a lane of its own.
  Figures measure(int waiters, std::size_t batch_max) {
    CountingMetrics metrics;
    auto lane =
        CommitLane::start({store_.get(), &clock_, &random_, signer_.get(), &rules_, &metrics},
                          LaneLimits{.batch_max = batch_max});
    CHECK(lane.ok());
    return run(**lane, metrics, waiters);
  }

 private:
  // Every waiter has one command in flight: the deposit follows when its payment is durable, the
  // next payment when the deposit is. Waiters are callbacks, so that threads are not what is
  // measured.
  struct Waiter {
    PaymentId payment;
  };

  Figures run(CommitLane& lane, CountingMetrics& metrics, int waiters) {
    lane_ = &lane;
    paid_ = 0;
    commands_ = 0;
    const double cpu_before = cpu_micros();
    running_ = waiters;
    const auto started = std::chrono::steady_clock::now();
    until_ = started + round_time_;
    std::promise<void> ended;
    ended_ = &ended;
    std::vector<Waiter> all(static_cast<std::size_t>(waiters));
    for (Waiter& waiter : all)
      create(waiter);
    ended.get_future().wait();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    const auto batches = metrics.batches.load();
    const auto paid = static_cast<double>(paid_);
    Figures figures;
    figures.payments_per_second = paid / took.count();
    figures.commands_per_batch = static_cast<double>(commands_) / static_cast<double>(batches);
    figures.cpu_micros_per_payment = (cpu_micros() - cpu_before) / paid;
    figures.batches = batches;
    return figures;
  }

  bool ends() {
    if (std::chrono::steady_clock::now() < until_) return false;
    if (--running_ == 0) ended_->set_value();
    return true;
  }

  void create(Waiter& waiter) {
    if (ends()) return;
    CreatePayment body = payment_of(++number_);
    waiter.payment = body.id;
    submit(PaymentCommand{std::move(body)}, [this, &waiter](Reply reply) {
      CHECK(reply.outcome.ok());
      deposit(waiter, *reply.outcome->payment);
    });
  }

  void deposit(Waiter& waiter, const Payment& payment) {
    if (ends()) return;
    Deposit deposit;
    deposit.id = new_id<DepositId>(clock_, random_);
    deposit.key = {"40012", "BENCH" + std::to_string(++number_), today_};
    deposit.amount = payment.amount;
    deposit.clabe = payment.clabe;
    deposit.gateway = "stp";
    deposit.sender = {"012180000000000015", "Persona Ficticia", ""};
    deposit.received_at = clock_.now();
    submit(DepositCommand{RecordDeposit{std::move(deposit)}}, [this, &waiter](Reply reply) {
      CHECK(reply.outcome.ok() && reply.outcome->payment->state == PaymentState::kPaid);
      ++paid_;
      create(waiter);
    });
  }

  void submit(CommandBody body, CommitLane::Done done) {
    Command command;
    command.id = new_id<CommandId>(clock_, random_);
    const std::string id = command.id.text();
    command.idempotency = Command::Idempotency{{"portal", id}, sha256(id)};
    command.render = [id](const CommandOutcome&) { return Answer{201, id}; };
    command.body = std::move(body);
    ++commands_;
    lane_->submit(std::move(command), std::move(done));
  }

  CreatePayment payment_of(std::int64_t number) {
    CreatePayment create;
    create.id = new_id<PaymentId>(clock_, random_);
    create.owner = "portal";
    create.method = Method::kSpei;
    create.payer.name = "Persona Ficticia";
    create.clabe_prefix = "6461801";
    create.expires_at = clock_.now() + std::chrono::hours(24);
    Quote& quote = create.quote;
    quote.id = new_id<QuoteId>(clock_, random_);
    quote.catalogue_version = "cat_0000000000000000";
    quote.on = today_;
    quote.issued_at = clock_.now();
    quote.expires_at = clock_.now() + std::chrono::hours(1);
    QuoteItem item;
    item.agency = "agency" + std::to_string(number % kAgencies);
    item.service = item.agency + ".tramite";
    item.homoclave = "FICT-00-001";
    item.title = "Expedición de copia certificada ficticia";
    item.agency_name = "Secretaría Ficticia de Asuntos Varios";
    item.receipt_series = item.agency;
    QuoteLine line;
    line.fee = item.agency + ".derecho";
    line.description = "Derecho por expedición";
    line.citation = "Ley Federal de Derechos, art. 20, fr. III (DOF 2025-11-07)";
    line.rule = "fixed/1";
    line.figures = {{"cuota", "901.00"}};
    line.amount = Money::from_pesos(901);
    item.lines = {line};
    item.allocations = {{item.agency, line.fee, "034001132", "00276660000000", line.amount}};
    item.total = line.amount;
    quote.total = item.total;
    quote.items = {std::move(item)};
    quote.digest = "hmac-sha256:" + std::string(64, '0');
    return create;
  }

  SystemClock clock_;
  SystemRandom random_;
  PostingRules rules_;
  std::unique_ptr<Signer> signer_;
  Date today_ = to_mexico_city(clock_.now()).date;
  std::unique_ptr<Store> store_;
  std::chrono::milliseconds round_time_;

  CommitLane* lane_ = nullptr;
  std::atomic<std::int64_t> number_{0};
  std::atomic<std::int64_t> paid_{0};
  std::atomic<std::int64_t> commands_{0};
  std::atomic<int> running_{0};
  std::chrono::steady_clock::time_point until_;
  std::promise<void>* ended_ = nullptr;
};

Figures median(std::vector<Figures> rounds) {
  std::sort(rounds.begin(), rounds.end(), [](const Figures& one, const Figures& other) {
    return one.payments_per_second < other.payments_per_second;
  });
  return rounds[rounds.size() / 2];
}

boost::json::object to_json(const Figures& figures) {
  return {{"payments_per_second", figures.payments_per_second},
          {"commands_per_batch", figures.commands_per_batch},
          {"cpu_micros_per_payment", figures.cpu_micros_per_payment},
          {"batches", figures.batches}};
}

}  // namespace

Result<boost::json::object> measure_lane(const LaneOptions& options) {
  TRY(const ScratchFolder folder, ScratchFolder::make(options.folder));
  TRY(auto store, open_empty_store(folder, options.url));
  TRY(auto signer, make_signer(folder));
  LaneBench bench(std::move(store), std::move(signer),
                  std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000)));
  boost::json::array rows;
  for (const int waiters : options.waiters) {
    std::vector<Figures> single;
    std::vector<Figures> batched;
    for (int round = 0; round < options.rounds; ++round) {
      single.push_back(bench.measure(waiters, 1));
      batched.push_back(bench.measure(waiters, kLaneBatchMax));
    }
    rows.push_back(boost::json::object{{"waiters", waiters},
                                       {"one_each", to_json(median(single))},
                                       {"batched", to_json(median(batched))}});
  }
  return boost::json::object{{"lane", std::move(rows)}};
}

}  // namespace erario::bench
