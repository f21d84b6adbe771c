// Work that returns: each task is run, and again a pause after it ended, until stop(). A task that
// fails is logged and runs again; it never stops the others. Runs on the executor it is given (a
// strand or a single-threaded context) and outlives what it started there.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/gateway.hpp"
#include "engine/ports/timer.hpp"

namespace erario {

class Scheduler {
 public:
  // `timers` null: the machine's.
  explicit Scheduler(boost::asio::any_io_executor executor, Timers* timers = nullptr)
      : executor_(std::move(executor)), timers_(timers) {}

  // `name` is for the log. Tasks start when they are added: before the executor runs, or on it.
  void every(std::chrono::milliseconds pause, std::string name, std::function<Task<void>()> task);
  // Thread safe.
  void stop();

 private:
  struct Recurring {
    std::string name;
    std::chrono::milliseconds pause;
    std::function<Task<void>()> task;
    std::unique_ptr<Timer> timer;
  };
  Task<void> repeat(std::shared_ptr<Recurring> recurring);

  boost::asio::any_io_executor executor_;
  Timers* timers_;
  std::vector<std::shared_ptr<Recurring>> tasks_;
  bool stopping_ = false;
};

}  // namespace erario
