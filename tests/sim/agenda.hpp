// Work to be done later, on a few threads of its own: deliveries to a receiver with bounded
// retries, and timed changes. Jobs may run at once and out of order, as real webhooks do. Thread
// safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/sim/http.hpp"
#include "tests/sim/router.hpp"

namespace erario::sim {

class Agenda {
 public:
  using Job = std::function<void()>;

  explicit Agenda(int threads);
  ~Agenda();  // drops what is not due and waits for what runs
  Agenda(const Agenda&) = delete;
  Agenda& operator=(const Agenda&) = delete;

  void after(int delay_ms, Job job);
  const std::atomic<bool>& stopping() const { return stopping_; }

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<std::chrono::steady_clock::time_point, Job> jobs_;
  std::atomic<bool> stopping_{false};
  std::vector<std::jthread> threads_;
};

struct Receiver {
  std::string url;
  std::string user;
  std::string password;
  std::string certificate_authority;
  int attempts_max = 30;
  int retry_ms = 200;  // doubled each time, at most 5 s
  // What else is told in the head, made of the whole body; not set: nothing.
  std::function<Pairs(const std::string& body)> headers;
};

// Posts bodies to a receiver until it accepts them.
class Courier {
 public:
  // True when the answer settles the matter; false: try again.
  using Accepts = std::function<bool(const OutgoingAnswer&)>;

  Courier(Agenda* agenda, FaultPlan* faults) : agenda_(agenda), faults_(faults) {}

  // `route` names the delivery for faults: "duplicate" sends twice, "timeout_before" and "http_503"
  // lose the first try, "timeout_after" and "error_after" ignore its answer, "malformed" sends half
  // the body first, "slow_drip" sends a byte at a time.
  void send(Receiver receiver, std::string body, std::string route, Accepts accepts,
            int delay_ms = 0);

 private:
  struct Parcel;
  void attempt(const std::shared_ptr<Parcel>& parcel);

  Agenda* agenda_;
  FaultPlan* faults_;
};

}  // namespace erario::sim
