// Payments a second through the commit lane in process, on the embedded store in the folder named
// by the first argument (default: the current one): an SPEI payment is created, its deposit arrives
// and pays it; receipt, entry and balances are durable before either answer. The baseline is the
// same commands through the same code, one transaction each. The two take turns, and medians of the
// rounds are compared, because the speed of disks changes within minutes.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/runtime/commit_lane.hpp"
#include "engine/runtime/system.hpp"
#include "ledger/posting_rules.hpp"
#include "ledger/store/open.hpp"

namespace erario::bench {
namespace {

constexpr int kRounds = 3;
constexpr std::chrono::milliseconds kRoundTime{600};
constexpr int kAgencies = 5;

class CountingMetrics final : public Metrics {
 public:
  void count(std::string_view name, MetricLabels, double) override {
    if (name == "erario_lane_batches_total") batches += 1;
  }
  void gauge(std::string_view, MetricLabels, double) override {}
  void observe(std::string_view, MetricLabels, double) override {}
  std::atomic<std::int64_t> batches{0};
};

// A new Ed25519 key in a file, as an installation has it.
void write_key(const std::string& path) {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  std::FILE* file = std::fopen(path.c_str(), "wb");
  CHECK(key != nullptr && file != nullptr);
  CHECK(PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  std::fclose(file);
  EVP_PKEY_free(key);
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
}

double cpu_micros() {
  rusage usage{};
  CHECK(::getrusage(RUSAGE_SELF, &usage) == 0);
  const auto micros = [](const timeval& time) {
    return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec);
  };
  return micros(usage.ru_utime) + micros(usage.ru_stime);
}

struct Figures {
  double payments_per_second = 0;
  double commands_per_batch = 0;
  double cpu_micros_per_payment = 0;  // of this whole program, the generator's part included
  std::int64_t batches = 0;           // each is one sync of the log
};

class Bench {
 public:
  explicit Bench(const std::filesystem::path& folder) {
    write_key((folder / "key.pem").string());
    auto signer = load_signer((folder / "key.pem").string());
    CHECK(signer.ok());
    signer_ = *std::move(signer);
    const std::string url = "sqlite:" + (folder / "bench.db").string();
    CHECK(migrate(url).ok());
    auto store = open_store(url, OpenMode::kReadWrite);
    CHECK(store.ok());
    store_ = *std::move(store);
  }

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
    until_ = started + kRoundTime;
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

int run(const std::filesystem::path& parent, const std::vector<int>& shapes) {
  std::string pattern = (parent / "lane_bench-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    std::fprintf(stderr, "%s: no folder can be made there\n", parent.c_str());
    return 1;
  }
  Bench bench(pattern);
  std::printf("SPEI payments a second, created and paid, all durable (median of %d rounds)\n",
              kRounds);
  std::printf("%8s | %9s %6s %6s | %9s %6s %6s %10s | %6s\n", "waiters", "one each", "syncs",
              "cpu us", "batched", "syncs", "cpu us", "per batch", "ratio");
  for (const int waiters : shapes) {
    std::vector<Figures> single;
    std::vector<Figures> batched;
    for (int round = 0; round < kRounds; ++round) {
      single.push_back(bench.measure(waiters, 1));
      batched.push_back(bench.measure(waiters, kLaneBatchMax));
    }
    const Figures one = median(single);
    const Figures many = median(batched);
    std::printf("%8d | %9.0f %6lld %6.0f | %9.0f %6lld %6.0f %10.1f | %5.1fx\n", waiters,
                one.payments_per_second, static_cast<long long>(one.batches),
                one.cpu_micros_per_payment, many.payments_per_second,
                static_cast<long long>(many.batches), many.cpu_micros_per_payment,
                many.commands_per_batch, many.payments_per_second / one.payments_per_second);
    std::fflush(stdout);
  }
  std::filesystem::remove_all(pattern);
  return 0;
}

}  // namespace
}  // namespace erario::bench

// lane_bench [folder [waiters…]]
int main(int argc, char** argv) {
  std::vector<int> shapes;
  for (int i = 2; i < argc; ++i)
    shapes.push_back(std::max(1, std::atoi(argv[i])));
  if (shapes.empty()) shapes = {1, 16, 64, 256};
  return erario::bench::run(argc > 1 ? argv[1] : ".", shapes);
}
