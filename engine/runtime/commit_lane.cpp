#include "engine/runtime/commit_lane.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "engine/runtime/batch.hpp"

namespace erario {
namespace {

// How often an in-doubt commit is asked about before the lane gives up and stops.
constexpr int kInDoubtQuestionsMax = 30;
constexpr std::chrono::seconds kInDoubtPause{1};

Reply refusal(ErrorCode code, std::string detail) {
  return Reply{Error{code, std::move(detail)}, std::nullopt, false};
}
Reply unavailable() {
  return refusal(ErrorCode::kStoreUnavailable,
                 "the store cannot commit now; nothing was recorded, try again");
}

std::string_view to_text(CommitStatus status) {
  switch (status) {
    case CommitStatus::kCommitted:
      return "committed";
    case CommitStatus::kConflict:
      return "conflict";
    case CommitStatus::kInDoubt:
      return "in_doubt";
    case CommitStatus::kFailed:
      return "failed";
    case CommitStatus::kBroken:
      return "broken";
  }
  CHECK(false);
}

}  // namespace

Result<std::unique_ptr<CommitLane>> CommitLane::start(LaneDependencies dependencies) {
  TRY(auto store, dependencies.store->open_lane());
  return std::unique_ptr<CommitLane>(new CommitLane(dependencies, std::move(store)));
}

CommitLane::CommitLane(LaneDependencies dependencies, std::unique_ptr<LaneStore> store)
    : dependencies_(dependencies), store_(std::move(store)) {
  thread_ = std::thread([this] { run(); });
}

CommitLane::~CommitLane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  thread_.join();
}

void CommitLane::submit(Command command, Done done) {
  CHECK(!command.idempotency || command.render);
  std::optional<Reply> refused;
  {
    const std::lock_guard lock(mutex_);
    if (broken_ || stopping_) {
      refused = unavailable();
    } else if (queue_.size() >= kLaneQueueMax) {
      refused = refusal(ErrorCode::kQueueFull, "too many requests are waiting; try again");
    } else {
      queue_.push_back({std::move(command), std::move(done)});
    }
  }
  if (refused) {
    dependencies_.metrics->count("erario_lane_commands_total", {{"result", "refused"}});
    done(std::move(*refused));
    return;
  }
  queued_.notify_one();
}

bool CommitLane::healthy() const {
  const std::lock_guard lock(mutex_);
  return !broken_;
}

std::vector<CommitLane::Waiting> CommitLane::take_queued() {
  std::unique_lock lock(mutex_);
  queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  const std::size_t size = std::min(queue_.size(), kLaneBatchMax);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(size);
  std::vector<Waiting> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  dependencies_.metrics->gauge("erario_lane_queue_depth", {}, static_cast<double>(queue_.size()));
  return batch;
}

void CommitLane::run() {
  for (;;) {
    std::vector<Waiting> batch = take_queued();
    if (batch.empty()) return;  // stopping, and nothing is left
    dependencies_.metrics->observe("erario_lane_batch_size", {}, static_cast<double>(batch.size()));
    std::vector<Reply> replies;
    const CommitStatus status = healthy() ? commit_batch(batch, replies) : CommitStatus::kBroken;
    if (status == CommitStatus::kConflict) {
      replay_one_by_one(batch, replies);
    } else if (status != CommitStatus::kCommitted) {
      replies.clear();
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      Reply reply = i < replies.size() ? std::move(replies[i]) : unavailable();
      const std::string_view result = !reply.outcome.ok() ? "rejected"
                                      : reply.replayed    ? "replayed"
                                                          : "committed";
      dependencies_.metrics->count("erario_lane_commands_total", {{"result", result}});
      batch[i].done(std::move(reply));
    }
  }
}

void CommitLane::replay_one_by_one(std::span<const Waiting> batch, std::vector<Reply>& replies) {
  replies.clear();
  for (const Waiting& waiting : batch) {
    std::vector<Reply> single;
    const auto status = commit_batch(std::span(&waiting, 1), single);
    replies.push_back(status == CommitStatus::kCommitted ? std::move(single.front())
                                                         : unavailable());
  }
}

CommitStatus CommitLane::commit_batch(std::span<const Waiting> waiting,
                                      std::vector<Reply>& replies) {
  std::vector<const Command*> commands;
  for (const Waiting& one : waiting)
    commands.push_back(&one.command);
  const auto started = std::chrono::steady_clock::now();

  Batch batch(dependencies_, dependencies_.clock->now());
  auto loaded = store_->begin(Batch::keys_of(commands));
  if (!loaded.ok()) {
    spdlog::error("commit lane: {}", loaded.error().detail);
    return CommitStatus::kFailed;
  }
  batch.take(std::move(*loaded));
  if (const LoadKeys more = batch.counters_to_load(); !more.counters.empty()) {
    auto counters = store_->load(more);
    if (!counters.ok()) {
      store_->rollback();
      return CommitStatus::kFailed;
    }
    batch.take_counters(std::move(counters->counters));
  }
  for (const Command* command : commands)
    replies.push_back(batch.decide(*command));
  if (!batch.changed()) {
    store_->rollback();
    return CommitStatus::kCommitted;
  }
  const Changes changes = batch.changes(commands.front()->id);
  CommitStatus status = store_->commit(changes);
  dependencies_.metrics->count("erario_lane_batches_total", {{"status", to_text(status)}});
  if (status == CommitStatus::kInDoubt) status = resolve_doubt(changes.batch);
  if (status == CommitStatus::kBroken) stop_for_good();
  const auto took = std::chrono::steady_clock::now() - started;
  dependencies_.metrics->observe("erario_lane_commit_seconds", {},
                                 std::chrono::duration<double>(took).count());
  if (status == CommitStatus::kCommitted && !changes.new_jobs.empty() && wake_outbox_) {
    wake_outbox_();
  }
  return status;
}

CommitStatus CommitLane::resolve_doubt(CommandId batch) {
  for (int question = 0; question < kInDoubtQuestionsMax; ++question) {
    const auto committed = store_->was_committed(batch);
    if (committed.ok()) return *committed ? CommitStatus::kCommitted : CommitStatus::kFailed;
    std::this_thread::sleep_for(kInDoubtPause);
  }
  return CommitStatus::kBroken;
}

void CommitLane::stop_for_good() {
  spdlog::critical(
      "commit lane: the store cannot say what is durable; no more commits by this process");
  const std::lock_guard lock(mutex_);
  broken_ = true;
}

}  // namespace erario
