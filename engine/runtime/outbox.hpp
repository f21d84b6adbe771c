// The outbox: makes the gateway calls that committed decisions owe, and brings every answer back as
// a command. A call is made at least once; our reference, stored before, makes repeating it safe. A
// time-out is unknown, never failed: it is resolved by asking the gateway with growing pauses for a
// day, and then left to a person (job state dead, a metric and a reconciliation break). Every
// attempt or order has at most one call in flight, and none is made while its answer could not be
// recorded.
//
// Runs on the given executor (a strand or a single-threaded context) and outlives what it started
// there; not thread safe but for wake() and stop().
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/clock.hpp"
#include "engine/ports/gateway.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/store.hpp"
#include "engine/ports/timer.hpp"
#include "engine/runtime/call_gate.hpp"
#include "engine/runtime/commit_lane.hpp"
#include "engine/runtime/log_limit.hpp"
#include "engine/runtime/router.hpp"
#include "engine/runtime/unmade_calls.hpp"

namespace erario {

inline constexpr int kOutboxCallsMax = 64;  // in flight at once
inline constexpr std::chrono::milliseconds kOutboxPollPause{500};
// Pauses of 2, 4, 8 … 1,200 s and some jitter: this many tries reach past 24 hours.
inline constexpr int kOutboxTriesMax = 80;
// A gateway that answered this often that it never heard of our reference does not have it.
inline constexpr int kNotFoundTries = 3;
// An open dispute is asked about once a day, should its webhooks get lost: this many days.
inline constexpr std::chrono::hours kDisputePause{24};
inline constexpr int kDisputeTriesMax = 200;
// Charges whose webhooks share one question while the gateway is away; more ask each for itself.
inline constexpr std::size_t kAskedAgainMax = 10'000;

struct OutboxDependencies {
  Reader* reader = nullptr;
  CommitLane* lane = nullptr;
  const GatewaySet* gateways = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Metrics* metrics = nullptr;
  Timers* timers = nullptr;  // null: the machine's
  Router* router = nullptr;  // null: nothing goes to another gateway
};

class Outbox {
 public:
  Outbox(OutboxDependencies dependencies, boost::asio::any_io_executor executor);

  // Works until stop() and until the calls in flight then have ended.
  Task<void> run();
  // Looks for due jobs now. Thread safe.
  void wake();
  // Makes no new calls. Thread safe.
  void stop();

 private:
  void start_due_jobs();
  // Starts what is due and finds room. Gateways that refused are added to `full`; whether there was
  // more than could be looked at.
  bool start_due_jobs(std::vector<std::string>& full);
  // Null: the gateway is not configured, or nothing bounds it.
  CallGate* gate_of(const std::string& gateway);
  // Whether the call must wait, and then for what is told.
  bool must_wait(const Job& job, std::vector<std::string>& full);
  void tell_gateways();
  Task<void> work(Job job);
  Task<void> call(Job job);
  Task<void> submit_charge(Job job);
  Task<void> query_charge(Job job);
  Task<void> submit_refund(Job job);
  Task<void> query_refund(Job job);
  Task<void> confirm_deposit(Job job);
  Task<void> query_dispute(Job job);
  Task<void> settle_hold(Job job);  // captures or releases what a card holds
  Task<void> end_hold(Job job);
  // Commits where the job stands now, with what its call came to and the job that follows it.
  Task<void> record(Job job, CommandBody news, std::vector<Job> follow_ups);
  Task<void> keep(Job job);
  // Whether another webhook's query about the same attempt goes on asking, and asks for this one.
  bool asked_by_another(const Job& job);
  // Due again after a pause; dead when there were too many.
  void postpone(Job& job, std::string why);
  // Due again after a pause, and as soon as the payer's time is over. Until then nobody failed.
  void wait_for_payer(Job& job, Instant until);
  // The next call about the same attempt or order; tries go on counting.
  Job follow_up(const Job& job, JobKind kind);
  // Counts and times the call; what of its answer nobody can read is told and kept.
  void measure(const Job& job, GatewayResult& result, Instant started);
  void keep_unread(const Job& job, const std::string& reason, const Unread& unread);

  OutboxDependencies with_;
  boost::asio::any_io_executor executor_;
  std::unique_ptr<Timer> timer_;
  std::map<std::string, JobId> in_flight_;  // by target: attempt or refund id text
  std::map<std::string, Inbound> unread_;   // by target: kept with what the call came to
  std::map<std::string, LogLimit, std::less<>> unread_log_;  // by gateway
  std::map<std::string, JobId> asked_again_;  // by target: the webhook's query that goes on asking
  std::map<std::string, CallGate, std::less<>> gates_;  // by gateway; as many as are configured
  std::chrono::milliseconds pause_{};                   // until the next look
  bool more_due_ = false;                               // the last look left due jobs behind
  // Shared with the lane, which outlives us.
  std::shared_ptr<UnmadeCalls> unmade_ = std::make_shared<UnmadeCalls>();
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
