// Work that returns: each task is run, and again a pause after it ended, until stop(). A task that
// fails is logged and runs again; it never stops the others. Runs on the executor it is given (a
// strand or a single-threaded context) and outlives what it started there.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/ports/gateway.hpp"

namespace erario {

class Scheduler {
 public:
  explicit Scheduler(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // `name` is for the log. Tasks start when they are added: before the executor runs, or on it.
  void every(std::chrono::milliseconds pause, std::string name, std::function<Task<void>()> task);
  // Thread safe.
  void stop();

 private:
  struct Recurring {
    std::string name;
    std::chrono::milliseconds pause;
    std::function<Task<void>()> task;
    boost::asio::steady_timer timer;
  };
  Task<void> repeat(std::shared_ptr<Recurring> recurring);

  boost::asio::any_io_executor executor_;
  std::vector<std::shared_ptr<Recurring>> tasks_;
  bool stopping_ = false;
};

}  // namespace erario
