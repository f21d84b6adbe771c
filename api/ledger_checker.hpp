// The running ledger check: proves the books from the log again and again and tells the metrics.
// On a thread of its own at low priority: a check takes as long as the ledger is large, and
// meanwhile payments are made and gateways are called. start() and stop() belong to one thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include "engine/ports/audit.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/metrics.hpp"

namespace erario::api {

class LedgerChecker {
 public:
  // Opens a fresh snapshot for each check; called on the checker's thread.
  using OpenSource = std::function<Result<std::unique_ptr<AuditSource>>()>;

  // All of it outlives the checker.
  LedgerChecker(OpenSource open, const Clock& clock, Metrics& metrics);
  ~LedgerChecker();
  LedgerChecker(const LedgerChecker&) = delete;
  LedgerChecker& operator=(const LedgerChecker&) = delete;

  // The first check begins now; each further one after a pause that grows with the last.
  void start();
  // Waits until a check in work has seen it, which takes one page of rows at most.
  void stop();

 private:
  void run(const std::stop_token& stopping);
  void check(const std::stop_token& stopping);

  OpenSource open_;
  const Clock& clock_;
  Metrics& metrics_;
  std::jthread thread_;
};

// How long to wait after a check that took so long: a minute, and never so short that checking
// takes more than a twentieth of what payments could use.
std::chrono::milliseconds pause_after_check(std::chrono::milliseconds took);

}  // namespace erario::api
