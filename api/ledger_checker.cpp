#include "api/ledger_checker.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "ledger/audit.hpp"

namespace erario::api {
namespace {

constexpr std::chrono::milliseconds kPauseMin{60'000};
constexpr int kRestPerWork = 20;
constexpr int kNice = 10;

// A source that can be left in the middle: it fails as soon as stopping is asked for.
class Interruptible final : public AuditSource {
 public:
  Interruptible(AuditSource& source, const std::stop_token& stopping)
      : source_(source), stopping_(stopping) {}

  Result<void> each_event(const Visitor<AuditedEvent>& visit) override {
    return source_.each_event(unless_stopping<AuditedEvent>(visit));
  }
  Result<void> each_entry(const Visitor<AuditedEntry>& visit) override {
    return source_.each_entry(unless_stopping<AuditedEntry>(visit));
  }
  Result<void> each_receipt(const Visitor<AuditedReceipt>& visit) override {
    return source_.each_receipt(unless_stopping<AuditedReceipt>(visit));
  }
  Result<void> each_payment(const Visitor<AuditedPayment>& visit) override {
    return source_.each_payment(unless_stopping<AuditedPayment>(visit));
  }
  Result<std::vector<Balance>> balances() override { return source_.balances(); }

 private:
  template <class Row>
  Visitor<Row> unless_stopping(const Visitor<Row>& visit) {
    return [this, &visit](const Row& row) -> Result<void> {
      if (stopping_.stop_requested()) {
        return Error{ErrorCode::kStoreUnavailable, "the check was stopped"};
      }
      return visit(row);
    };
  }

  AuditSource& source_;
  const std::stop_token& stopping_;
};

}  // namespace

std::chrono::milliseconds pause_after_check(std::chrono::milliseconds took) {
  return std::max(kPauseMin, kRestPerWork * took);
}

LedgerChecker::LedgerChecker(OpenSource open, const Clock& clock, Metrics& metrics)
    : open_(std::move(open)), clock_(clock), metrics_(metrics) {}

LedgerChecker::~LedgerChecker() {
  stop();
}

void LedgerChecker::start() {
  thread_ = std::jthread([this](const std::stop_token& stopping) { run(stopping); });
}

void LedgerChecker::stop() {
  thread_ = std::jthread();  // asks it to stop and waits
}

void LedgerChecker::run(const std::stop_token& stopping) {
  // On Linux the priority of a thread. Refused, the check competes like any other work.
  static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice));
  std::mutex mutex;
  std::condition_variable_any stopped;
  while (!stopping.stop_requested()) {
    const auto started = std::chrono::steady_clock::now();
    try {
      check(stopping);
    } catch (const std::exception& failure) {
      spdlog::error("ledger check: {}", failure.what());
    }
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - started);
    std::unique_lock lock(mutex);
    stopped.wait_for(lock, stopping, pause_after_check(took), [] { return false; });
  }
}

void LedgerChecker::check(const std::stop_token& stopping) {
  const auto failed = [this](const Error& error) {
    spdlog::error("ledger check: {}", error.detail);
    metrics_.gauge("erario_ledger_check_ok", {}, 0);
  };
  auto source = open_();
  if (!source.ok()) return failed(source.error());
  Interruptible interruptible(**source, stopping);
  const auto report = audit(interruptible);
  if (stopping.stop_requested()) return;
  if (!report.ok()) return failed(report.error());
  metrics_.gauge("erario_ledger_check_ok", {}, report->clean() ? 1 : 0);
  metrics_.gauge("erario_ledger_check_entries", {}, static_cast<double>(report->entries));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(clock_.now());
  metrics_.gauge("erario_ledger_check_timestamp_seconds", {},
                 static_cast<double>(seconds.time_since_epoch().count()));
  if (!report->clean())
    spdlog::critical("ledger check: the ledger breaks a rule; run ledger verify");
}

}  // namespace erario::api
