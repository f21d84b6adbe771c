#include "engine/runtime/timer.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace erario {

namespace asio = boost::asio;

namespace {

class SteadyTimer final : public Timer {
 public:
  explicit SteadyTimer(const asio::any_io_executor& executor) : timer_(executor) {}
  Task<void> wait(std::chrono::milliseconds pause) override {
    timer_.expires_after(pause);
    boost::system::error_code cancelled;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  void cancel() override { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

}  // namespace

std::unique_ptr<Timer> SystemTimers::make(asio::any_io_executor executor) {
  return std::make_unique<SteadyTimer>(executor);
}

std::unique_ptr<Timer> make_timer(Timers* timers, asio::any_io_executor executor) {
  if (timers != nullptr) return timers->make(std::move(executor));
  return SystemTimers().make(std::move(executor));
}

}  // namespace erario
