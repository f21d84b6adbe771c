#include "tests/bench/load.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <deque>
#include <random>

#include "tests/bench/stopwatch.hpp"

namespace erario::bench {
namespace {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

constexpr std::chrono::seconds kDrainMax{10};
constexpr std::size_t kBacklogMax = 1'000'000;
constexpr int kEventsMax = 256;
constexpr std::chrono::milliseconds kTenth{100};

// A request that is to be sent later.
struct Paused {
  TimePoint due;
  std::size_t slot;
  std::string request;
};

struct Slot {
  HttpConnection connection;
  bool busy = false;
  TimePoint unit_started;  // in an open loop: scheduled
  TimePoint sent;
};

class Load {
 public:
  Load(const LoadSettings& settings, Workload& workload)
      : settings_(settings), workload_(workload), random_(settings.seed) {}
  ~Load() {
    if (epoll_ >= 0) ::close(epoll_);
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  Result<LoadResult> run() {
    TRY_VOID(connect());
    for (std::string& name : workload_.steps())
      result_.steps.emplace_back(std::move(name), LatencyHistogram());
    first_ = Clock::now();
    begin_ = first_ + settings_.warm_up;
    end_ = begin_ + settings_.measured;
    if (settings_.units_per_second) {
      next_arrival_ = first_ + gap();
    } else {
      for (std::size_t slot = 0; slot < slots_.size(); ++slot)
        start(slot, first_);
    }
    while (!over())
      turn();
    finish();
    return std::move(result_);
  }

 private:
  Result<void> connect() {
    epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    CHECK(epoll_ >= 0);
    slots_.resize(settings_.connections);
    for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
      TRY_VOID(connect_one(slot));
      if (settings_.units_per_second) free_.push_back(slot);
    }
    return {};
  }

  Result<void> connect_one(std::size_t slot) {
    TRY(slots_[slot].connection, HttpConnection::open(settings_.endpoint));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = slot;
    CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, slots_[slot].connection.descriptor(), &event) == 0);
    return {};
  }

  Clock::duration gap() {
    std::exponential_distribution<double> seconds(*settings_.units_per_second);
    return std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(seconds(random_)));
  }

  bool in_window(TimePoint time) const { return time >= begin_ && time < end_; }

  bool over() {
    const TimePoint now = Clock::now();
    if (!began_ && now >= begin_) {
      began_ = true;
      cpu_at_begin_ = cpu_micros();
      settings_.announce("window_begin");
    }
    const bool idle = busy_ == 0 && backlog_.empty();
    const bool done = exhausted_ && idle;
    if (!ended_ && (now >= end_ || done)) {
      ended_ = true;
      window_end_ = std::min(now, end_);
      result_.generator_cpu_micros = cpu_micros() - cpu_at_begin_;
      settings_.announce("window_end");
    }
    return done || (ended_ && (idle || now >= end_ + kDrainMax));
  }

  // One wait for answers, arrivals that fell due, or the next change of phase.
  void turn() {
    std::array<epoll_event, kEventsMax> events;
    TimePoint until = !began_ ? begin_ : !ended_ ? end_ : end_ + kDrainMax;
    if (settings_.units_per_second && !ended_ && !exhausted_)
      until = std::min(until, next_arrival_);
    if (!paused_.empty()) until = std::min(until, paused_.front().due);
    const auto wait = std::max<std::chrono::nanoseconds>(until - Clock::now(), {});
    const timespec timeout{static_cast<time_t>(wait.count() / 1'000'000'000),
                           static_cast<long>(wait.count() % 1'000'000'000)};
    const int count = ::epoll_pwait2(epoll_, events.data(), kEventsMax, &timeout, nullptr);
    for (int i = 0; i < count; ++i)
      take(events[static_cast<std::size_t>(i)].data.u64);
    if (settings_.units_per_second) start_due();
    send_paused();
  }

  // All pauses are equally long, so that the first to begin is the first to end.
  void send_paused() {
    while (!paused_.empty() && paused_.front().due <= Clock::now()) {
      const std::size_t slot = paused_.front().slot;
      request_ = std::move(paused_.front().request);
      paused_.pop_front();
      send(slot);
    }
  }

  void start_due() {
    const TimePoint now = Clock::now();
    while (next_arrival_ <= now && next_arrival_ < end_ && !exhausted_) {
      const TimePoint scheduled = next_arrival_;
      next_arrival_ += gap();
      if (!free_.empty()) {
        const std::size_t slot = free_.back();
        free_.pop_back();
        start(slot, scheduled);
      } else if (backlog_.size() < kBacklogMax) {
        backlog_.push_back(scheduled);
        result_.backlog_max =
            std::max(result_.backlog_max, static_cast<std::int64_t>(backlog_.size()));
      } else if (in_window(scheduled)) {
        ++result_.unfinished;
      }
    }
  }

  void start(std::size_t slot, TimePoint scheduled) {
    request_.clear();
    if ((settings_.units_max > 0 && started_ >= settings_.units_max) ||
        !workload_.start(slot, request_)) {
      exhausted_ = true;
      if (settings_.units_per_second) free_.push_back(slot);
      return;
    }
    ++started_;
    ++busy_;
    slots_[slot].busy = true;
    slots_[slot].unit_started = scheduled;
    send(slot);
  }

  void send(std::size_t slot) {
    slots_[slot].sent = Clock::now();
    if (!slots_[slot].connection.send(request_)) lose(slot);
  }

  void lose(std::size_t slot) {
    ++result_.connections_lost;
    if (auto again = connect_one(slot); !again.ok()) {
      // Without a service there is nothing to measure: what is left counts as failed.
      exhausted_ = true;
    }
    if (slots_[slot].busy) end_unit(slot, false);
  }

  void take(std::size_t slot) {
    HttpAnswer answer;
    const auto reading = slots_[slot].connection.read(answer);
    if (reading == HttpConnection::Reading::kMore) return;
    if (reading == HttpConnection::Reading::kClosed || !slots_[slot].busy) {
      lose(slot);
      return;
    }
    const TimePoint now = Clock::now();
    ++result_.statuses[answer.status];
    request_.clear();
    const Verdict verdict = workload_.answered(slot, answer, request_);
    if (in_window(now)) result_.steps[verdict.step].second.record(now - slots_[slot].sent);
    if (verdict.next == Verdict::Next::kSend)
      send(slot);
    else if (verdict.next == Verdict::Next::kSendLater)
      paused_.push_back({now + kPause, slot, request_});
    else
      end_unit(slot, verdict.next == Verdict::Next::kDone);
  }

  void end_unit(std::size_t slot, bool succeeded) {
    const TimePoint now = Clock::now();
    const TimePoint scheduled = slots_[slot].unit_started;
    slots_[slot].busy = false;
    --busy_;
    const bool counts = in_window(settings_.units_per_second ? scheduled : now);
    ++(succeeded ? result_.succeeded_all : result_.failed_all);
    if (counts) ++(succeeded ? result_.succeeded : result_.failed);
    if (succeeded && in_window(now)) ++result_.completed;
    if (succeeded && counts) result_.units.record(now - scheduled);
    if (succeeded && now < end_) {
      const auto tenth = static_cast<std::size_t>((now - first_) / kTenth);
      if (result_.each_tenth.size() <= tenth) result_.each_tenth.resize(tenth + 1);
      ++result_.each_tenth[tenth];
    }
    next_unit(slot, now);
  }

  void next_unit(std::size_t slot, TimePoint now) {
    if (!settings_.units_per_second) {
      if (now < end_ && !exhausted_) start(slot, now);
    } else if (!backlog_.empty() && !exhausted_) {
      const TimePoint scheduled = backlog_.front();
      backlog_.pop_front();
      start(slot, scheduled);
    } else {
      free_.push_back(slot);
    }
  }

  void finish() {
    // Nothing was left to do before the measured time began: then there was none.
    const auto window = std::max(window_end_ - begin_, Clock::duration::zero());
    result_.seconds = std::chrono::duration<double>(window).count();
    for (const TimePoint scheduled : backlog_)
      if (in_window(scheduled)) ++result_.unfinished;
    for (const Slot& slot : slots_)
      if (slot.busy && (!settings_.units_per_second || in_window(slot.unit_started)))
        ++result_.unfinished;
    result_.counts = workload_.counts();
  }

  const LoadSettings& settings_;
  Workload& workload_;
  std::mt19937_64 random_;
  int epoll_ = -1;
  std::vector<Slot> slots_;
  std::vector<std::size_t> free_;
  std::deque<TimePoint> backlog_;
  std::deque<Paused> paused_;
  std::string request_;
  LoadResult result_;

  TimePoint first_, begin_, end_, window_end_, next_arrival_;
  bool began_ = false;
  bool ended_ = false;
  bool exhausted_ = false;
  std::size_t busy_ = 0;
  std::int64_t started_ = 0;
  double cpu_at_begin_ = 0;
};

}  // namespace

Result<LoadResult> run_load(const LoadSettings& settings, Workload& workload) {
  return Load(settings, workload).run();
}

boost::json::object LoadResult::to_json() const {
  namespace json = boost::json;
  static constexpr std::chrono::milliseconds kSatisfied{100};  // Apdex, T = 100 ms
  const auto satisfied = static_cast<double>(units.count_within(kSatisfied));
  const auto tolerated = static_cast<double>(units.count_within(4 * kSatisfied)) - satisfied;
  const auto asked = static_cast<double>(succeeded + failed + unfinished);
  json::object step_latency;
  for (const auto& [name, histogram] : steps)
    step_latency[name] = histogram.summary();
  json::object by_status;
  for (const auto& [status, count] : statuses)
    by_status[std::to_string(status)] = count;
  json::object counted;
  for (const auto& [name, count] : counts)
    counted[name] = count;
  return {{"seconds", seconds},
          {"succeeded", succeeded},
          {"failed", failed},
          {"unfinished", unfinished},
          {"completed", completed},
          {"units_per_second", seconds > 0 ? static_cast<double>(completed) / seconds : 0},
          {"succeeded_all", succeeded_all},
          {"failed_all", failed_all},
          {"connections_lost", connections_lost},
          {"backlog_max", backlog_max},
          {"apdex", asked > 0 ? (satisfied + tolerated / 2) / asked : 0},
          {"generator_cpu_micros", generator_cpu_micros},
          {"latency", units.summary()},
          {"steps", std::move(step_latency)},
          {"statuses", std::move(by_status)},
          {"counts", std::move(counted)},
          {"each_tenth", json::array(each_tenth.begin(), each_tenth.end())}};
}

}  // namespace erario::bench
