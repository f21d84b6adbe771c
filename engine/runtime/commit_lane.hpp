// The commit lane: the one thread that makes decisions durable. It takes whatever queued during the
// last commit (no timer, at most kLaneBatchMax), loads the aggregates once, decides each command in
// order in memory, writes one transaction and only then completes the waiters. A business rejection
// never reaches SQL. Every waiter is completed exactly once, whatever fails: with its reply when
// the batch is durable, with kStoreUnavailable when it is not. submit() and healthy() are thread
// safe; everything else belongs to the lane's own thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "engine/payment/command.hpp"
#include "engine/payment/deposit_policy.hpp"
#include "engine/ports/clock.hpp"
#include "engine/ports/ledger.hpp"
#include "engine/ports/metrics.hpp"
#include "engine/ports/store.hpp"
#include "engine/runtime/log_limit.hpp"

namespace erario {

inline constexpr std::size_t kLaneBatchMax = 512;
inline constexpr std::size_t kLaneQueueMax = 8192;

struct LaneLimits {
  std::size_t batch_max = kLaneBatchMax;
  std::size_t queue_max = kLaneQueueMax;
  // How often, and how far apart, an in-doubt commit is asked about before the lane stops for good.
  int in_doubt_questions_max = 30;
  std::chrono::milliseconds in_doubt_pause{1000};
};

// A finished reconciliation: rows to keep and settlements to post, one for each new bank claim.
struct RecordRun {
  RunRows rows;
  struct Settlement {
    ClaimKey claim;  // posted only when this claim is new
    SettlementMatched event;
  };
  std::vector<Settlement> settlements;
};
// Only keeps Command::inbound (a webhook whose meaning is learnt by asking the gateway).
struct KeepInbound {};
// Only writes Command::job_updates, Command::new_jobs and Command::delivery_updates.
struct UpdateJobs {};

using CommandBody = std::variant<PaymentCommand, DepositCommand, DisputeCommand, RecordRun,
                                 KeepInbound, UpdateJobs>;

// What a decided command left behind; a copy made on the lane, safe to read anywhere.
struct CommandOutcome {
  std::optional<Payment> payment;
  std::optional<Deposit> deposit;
  std::optional<Dispute> dispute;
  std::vector<Event> events;
  bool duplicate = false;  // RecordDeposit: this deposit was recorded before, nothing changed
};

struct Answer {
  int status = 200;
  std::string body;
};

struct Command {
  CommandId id;
  CommandBody body;
  // With a key the first answer is stored in the same transaction and replayed byte for byte; the
  // same key with another request digest is refused with kIdempotencyKeyReused. A rejected command
  // stores nothing and does not burn its key.
  struct Idempotency {
    IdempotencyKey key;
    Sha256 request{};
  };
  std::optional<Idempotency> idempotency;
  // Renders the answer to store. Pure; runs on the lane's thread. Required with idempotency. When
  // it throws, the command is refused with kStoreUnavailable and leaves no trace.
  std::function<Answer(const CommandOutcome&)> render;
  std::optional<Inbound> inbound;  // raw bytes kept in the same transaction
  std::vector<Job> job_updates;
  std::vector<Job> new_jobs;
  std::vector<WebhookDelivery> delivery_updates;
};

struct Reply {
  Result<CommandOutcome> outcome;
  std::optional<Answer> answer;  // rendered or replayed
  bool replayed = false;
};

// Everything the lane uses; all of it outlives the lane.
struct LaneDependencies {
  Store* store = nullptr;
  Clock* clock = nullptr;
  Random* random = nullptr;
  Signer* signer = nullptr;
  const Bookkeeper* bookkeeper = nullptr;
  Metrics* metrics = nullptr;
  const DepositPolicies* deposit_policies = nullptr;  // null: what does not pay is held
};

// Whose thread the lane is. A simulator steps it in its own, so that a run follows from its seed.
enum class LaneThread : std::uint8_t { kOwn, kCaller };

// The word of the metrics: "committed", "in_doubt", …
std::string_view to_text(CommitStatus status);

class CommitLane {
 public:
  using Done = std::function<void(Reply)>;

  // Starts the lane's own thread, if it is to have one. Fails with kStoreUnavailable.
  static Result<std::unique_ptr<CommitLane>> start(LaneDependencies dependencies,
                                                   LaneLimits limits = {},
                                                   LaneThread thread = LaneThread::kOwn);
  // Commits what is queued, then ends. A stepped lane leaves it, as a crash would.
  ~CommitLane();
  CommitLane(const CommitLane&) = delete;
  CommitLane& operator=(const CommitLane&) = delete;

  // `done` runs once, on the lane's thread (it must only hand over). A full queue completes at once
  // on the caller's thread with kQueueFull; a broken store with kStoreUnavailable.
  void submit(Command command, Done done);

  // Decides and commits one batch of what is queued; false when nothing was. Requires kCaller.
  bool step();

  // Run after every batch that left new jobs due, or deliveries: wake the outbox and the notifier.
  // Set before traffic starts.
  void on_new_jobs(std::function<void()> wake) { wake_outbox_ = std::move(wake); }
  void on_deliveries(std::function<void()> wake) { wake_notifier_ = std::move(wake); }

  // Runs on the lane before jobs are committed, and so before anybody can see them; whether they
  // are is not said. Set before traffic starts.
  void on_jobs_owed(std::function<void(std::span<const Job>)> tell) {
    tell_owed_ = std::move(tell);
  }

  // False once an fsync failed: readiness turns red and the process should be replaced.
  bool healthy() const;

 private:
  struct Waiting {
    Command command;
    Done done;
  };
  CommitLane(LaneDependencies dependencies, LaneLimits limits, std::unique_ptr<LaneStore> store);
  void run();
  // Sleeps until there is something; empty: the lane is stopping.
  std::vector<Waiting> wait_for_batch();
  std::vector<Waiting> take_queued();  // requires the lock
  void work_off(std::vector<Waiting> batch);
  std::size_t queued();
  // One reply for each waiting command; fewer when the rest was not recorded.
  std::vector<Reply> decide_and_commit(std::span<const Waiting> waiting);
  std::vector<Reply> replay_one_by_one(std::span<const Waiting> batch);
  // One transaction. On kCommitted there is one reply for each waiting command.
  CommitStatus commit_batch(std::span<const Waiting> waiting, std::vector<Reply>& replies);
  // Leaves no changes when there is nothing to write.
  CommitStatus decide_batch(std::span<const Waiting> waiting, std::vector<Reply>& replies,
                            std::optional<Changes>& changes);
  CommitStatus write(const Changes& changes);
  CommitStatus resolve_doubt(CommandId batch);
  void complete(std::span<Waiting> batch, std::vector<Reply> replies);
  void wake_for(const Changes& changes);
  void stop_for_good();

  LaneDependencies dependencies_;
  LaneLimits limits_;
  std::unique_ptr<LaneStore> store_;
  std::function<void()> wake_outbox_;
  std::function<void(std::span<const Job>)> tell_owed_;
  std::function<void()> wake_notifier_;
  LogLimit load_failures_;
  mutable std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Waiting> queue_;
  bool stopping_ = false;
  bool broken_ = false;
  std::thread thread_;
};

}  // namespace erario
