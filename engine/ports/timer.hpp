// Waiting as a port: background work pauses through it, so that a simulator moves time itself.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <memory>

#include "engine/ports/gateway.hpp"

namespace erario {

// Belongs to the executor it was made for.
class Timer {
 public:
  virtual ~Timer() = default;
  // Ends after the pause or with cancel(), whichever is first. One wait at a time.
  virtual Task<void> wait(std::chrono::milliseconds pause) = 0;
  virtual void cancel() = 0;
};

class Timers {
 public:
  virtual ~Timers() = default;
  virtual std::unique_ptr<Timer> make(boost::asio::any_io_executor executor) = 0;
};

}  // namespace erario
