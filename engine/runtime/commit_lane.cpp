#include "engine/runtime/commit_lane.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <iterator>

#include "engine/runtime/batch.hpp"

namespace erario {
namespace {

Reply refusal(ErrorCode code, std::string detail) {
  return Reply{Error{code, std::move(detail)}, std::nullopt, false};
}
Reply unavailable() {
  return refusal(ErrorCode::kStoreUnavailable,
                 "the store cannot commit now; send the same request again, with the same "
                 "Idempotency-Key: it is done once");
}

}  // namespace

std::string_view to_text(CommitStatus status) {
  switch (status) {
    case CommitStatus::kCommitted: return "committed";
    case CommitStatus::kConflict: return "conflict";
    case CommitStatus::kInDoubt: return "in_doubt";
    case CommitStatus::kFailed: return "failed";
    case CommitStatus::kBroken: return "broken";
  }
  CHECK(false);
}

Result<std::unique_ptr<CommitLane>> CommitLane::start(LaneDependencies dependencies,
                                                      LaneLimits limits, LaneThread thread) {
  CHECK(limits.batch_max >= 1);
  TRY(auto store, dependencies.store->open_lane());
  std::unique_ptr<CommitLane> lane(new CommitLane(dependencies, limits, std::move(store)));
  if (thread == LaneThread::kOwn) lane->thread_ = std::thread([at = lane.get()] { at->run(); });
  return lane;
}

CommitLane::CommitLane(LaneDependencies dependencies, LaneLimits limits,
                       std::unique_ptr<LaneStore> store)
    : dependencies_(dependencies), limits_(limits), store_(std::move(store)) {
  dependencies_.metrics->gauge("erario_lane_healthy", {}, 1);
}

CommitLane::~CommitLane() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void CommitLane::submit(Command command, Done done) {
  CHECK(!command.idempotency || command.render);
  std::optional<Reply> refused;
  {
    const std::lock_guard lock(mutex_);
    if (broken_ || stopping_) {
      refused = unavailable();
    } else if (queue_.size() >= limits_.queue_max) {
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

std::size_t CommitLane::queued() {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::vector<CommitLane::Waiting> CommitLane::wait_for_batch() {
  std::unique_lock lock(mutex_);
  queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  return take_queued();
}

std::vector<CommitLane::Waiting> CommitLane::take_queued() {
  const std::size_t size = std::min(queue_.size(), limits_.batch_max);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(size);
  std::vector<Waiting> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

void CommitLane::run() {
  for (;;) {
    std::vector<Waiting> batch = wait_for_batch();
    if (batch.empty()) return;  // stopping, and nothing is left
    work_off(std::move(batch));
  }
}

bool CommitLane::step() {
  CHECK(!thread_.joinable());
  std::vector<Waiting> batch;
  {
    const std::lock_guard lock(mutex_);
    batch = take_queued();
  }
  if (batch.empty()) return false;
  work_off(std::move(batch));
  return true;
}

void CommitLane::work_off(std::vector<Waiting> batch) {
  std::vector<Reply> replies;
  try {
    replies = decide_and_commit(batch);
  } catch (const std::exception& failure) {
    // Not even rolling back worked: nobody knows what the store holds.
    spdlog::critical("commit lane: {}", failure.what());
    stop_for_good();
  }
  complete(batch, std::move(replies));
}

std::vector<Reply> CommitLane::decide_and_commit(std::span<const Waiting> waiting) {
  std::vector<Reply> replies;
  if (!healthy()) return replies;
  const CommitStatus status = commit_batch(waiting, replies);
  if (status == CommitStatus::kConflict) return replay_one_by_one(waiting);
  // Rejections go too: they were decided on what was not recorded.
  if (status != CommitStatus::kCommitted) replies.clear();
  return replies;
}

std::vector<Reply> CommitLane::replay_one_by_one(std::span<const Waiting> batch) {
  std::vector<Reply> replies;
  for (const Waiting& waiting : batch) {
    if (!healthy()) break;
    std::vector<Reply> single;
    const CommitStatus status = commit_batch(std::span(&waiting, 1), single);
    replies.push_back(status == CommitStatus::kCommitted ? std::move(single.front())
                                                         : unavailable());
  }
  return replies;
}

CommitStatus CommitLane::commit_batch(std::span<const Waiting> waiting,
                                      std::vector<Reply>& replies) {
  const auto started = std::chrono::steady_clock::now();
  std::optional<Changes> changes;
  CommitStatus status = CommitStatus::kCommitted;
  try {
    status = decide_batch(waiting, replies, changes);
  } catch (const std::exception& failure) {
    // One command that cannot be decided must not take its neighbours along: as after a conflict
    // they are replayed one by one, and it alone is refused.
    spdlog::error("commit lane: a batch of {}: {}", waiting.size(), failure.what());
    store_->rollback();
    return CommitStatus::kConflict;
  }
  CommitStatus written = status;
  if (changes) {
    written = write(*changes);
    status = written == CommitStatus::kInDoubt ? resolve_doubt(changes->batch) : written;
  }
  if (status == CommitStatus::kBroken) stop_for_good();
  // What is durable stays decided, whatever fails from here on.
  try {
    Metrics& metrics = *dependencies_.metrics;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    metrics.observe("erario_lane_batch_size", {}, static_cast<double>(waiting.size()));
    metrics.observe("erario_lane_commit_seconds", {}, took.count());
    metrics.gauge("erario_lane_queue_depth", {}, static_cast<double>(queued()));
    if (changes) metrics.count("erario_lane_batches_total", {{"status", to_text(written)}});
    if (status == CommitStatus::kCommitted && changes) wake_for(*changes);
  } catch (const std::exception& failure) {
    spdlog::error("commit lane: {}", failure.what());
  }
  return status;
}

void CommitLane::wake_for(const Changes& changes) {
  if (!changes.new_jobs.empty() && wake_outbox_) wake_outbox_();
  if (!changes.new_deliveries.empty() && wake_notifier_) wake_notifier_();
}

CommitStatus CommitLane::decide_batch(std::span<const Waiting> waiting, std::vector<Reply>& replies,
                                      std::optional<Changes>& changes) {
  std::vector<const Command*> commands;
  for (const Waiting& one : waiting)
    commands.push_back(&one.command);
  Batch batch(dependencies_, dependencies_.clock->now(), std::move(commands));
  const auto load_failed = [this](const Error& error) {
    if (const auto held_back = load_failures_.admit(std::chrono::steady_clock::now())) {
      spdlog::error("commit lane: {}{}", error.detail, held_back_text(*held_back));
    }
    store_->rollback();
    return error.code == ErrorCode::kIo ? CommitStatus::kBroken : CommitStatus::kFailed;
  };
  auto loaded = store_->begin(batch.keys());
  if (!loaded.ok()) return load_failed(loaded.error());
  batch.take(std::move(*loaded));
  if (const LoadKeys more = batch.more_keys(); !more.counters.empty() || !more.parts.empty()) {
    auto rest = store_->load(more);
    if (!rest.ok()) return load_failed(rest.error());
    batch.take_more(more, std::move(*rest));
  }
  replies = batch.decide();
  if (batch.changed()) {
    changes = std::move(batch).changes();
  } else {
    store_->rollback();
  }
  return CommitStatus::kCommitted;
}

CommitStatus CommitLane::write(const Changes& changes) {
  try {
    if (tell_owed_ && !changes.new_jobs.empty()) tell_owed_(changes.new_jobs);
    return store_->commit(changes);
  } catch (const std::exception& failure) {
    // A driver that throws has not said whether it committed.
    spdlog::error("commit lane: {}", failure.what());
    store_->rollback();
    return CommitStatus::kInDoubt;
  }
}

CommitStatus CommitLane::resolve_doubt(CommandId batch) {
  for (int question = 0; question < limits_.in_doubt_questions_max; ++question) {
    if (question > 0) std::this_thread::sleep_for(limits_.in_doubt_pause);
    const auto committed = store_->was_committed(batch);
    if (committed.ok()) return *committed ? CommitStatus::kCommitted : CommitStatus::kFailed;
  }
  return CommitStatus::kBroken;
}

void CommitLane::complete(std::span<Waiting> batch, std::vector<Reply> replies) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    Reply reply = i < replies.size() ? std::move(replies[i]) : unavailable();
    const std::string_view result = !reply.outcome.ok() ? "rejected"
                                    : reply.replayed    ? "replayed"
                                                        : "committed";
    try {
      batch[i].done(std::move(reply));
      dependencies_.metrics->count("erario_lane_commands_total", {{"result", result}});
    } catch (const std::exception& failure) {
      spdlog::error("commit lane: a waiter did not take its reply: {}", failure.what());
    }
  }
}

void CommitLane::stop_for_good() {
  spdlog::critical(
      "commit lane: the store cannot say what is durable; no more commits by this process");
  dependencies_.metrics->gauge("erario_lane_healthy", {}, 0);
  const std::lock_guard lock(mutex_);
  broken_ = true;
}

}  // namespace erario
