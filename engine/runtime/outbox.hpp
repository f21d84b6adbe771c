// The outbox: makes the gateway calls that committed decisions owe, and brings every answer back as
// a command. A call is made at least once; our reference, stored before, makes repeating it safe. A
// time-out is unknown, never failed: it is resolved by asking the gateway with growing pauses for a
// day, and then left to a person (job state dead, a metric and a reconciliation break).
//
// Runs on the given executor (a strand or a single-threaded context); not thread safe but for
// wake().
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <set>

#include "engine/ports/clock.hpp"
#include "engine/ports/gateway.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/store.hpp"
#include "engine/runtime/commit_lane.hpp"

namespace erario {

inline constexpr int kOutboxCallsMax = 64;  // in flight at once
// Pauses of 2, 4, 8 … 1,200 s: this many tries reach past 24 hours.
inline constexpr int kOutboxTriesMax = 80;
// A gateway that was asked this often and never heard of our reference does not have it.
inline constexpr int kNotFoundTries = 3;
// Payload of a query that a webhook asked for: made once, others keep polling.
inline constexpr std::string_view kAskOnce = "once";

struct OutboxDependencies {
  Reader* reader = nullptr;
  CommitLane* lane = nullptr;
  const GatewaySet* gateways = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Metrics* metrics = nullptr;
};

class Outbox {
 public:
  Outbox(OutboxDependencies dependencies, boost::asio::any_io_executor executor);

  // Works until stop().
  Task<void> run();
  // Looks for due jobs now. Thread safe.
  void wake();
  void stop();

 private:
  Task<void> work(Job job);
  Task<void> submit_charge(Job job);
  Task<void> query_charge(Job job);
  Task<void> submit_refund(Job job);
  Task<void> query_refund(Job job);
  Task<void> record_charge(Job job, Payment payment, AttemptId attempt, GatewayResult result);
  Task<void> record_refund(Job job, GatewayResult result);
  Task<void> finish(Job job, JobState state, std::string why);
  Task<void> try_later(Job job, std::string why);
  void measure(const Job& job, const GatewayResult& result, Instant started);

  OutboxDependencies with_;
  boost::asio::any_io_executor executor_;
  boost::asio::steady_timer timer_;
  std::set<JobId> in_flight_;
  bool stopping_ = false;
};

// The order a refund or a deposit's return sends to its gateway.
struct RefundSubject {
  Refund refund;
  RefundOrder order;
};
// `subject` is a payment or deposit id text. Fails with kNotFound.
Result<RefundSubject> find_refund(Reader& reader, const std::string& subject,
                                  const std::string& target);

}  // namespace erario
