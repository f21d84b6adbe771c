#include "engine/runtime/scheduler.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace erario {

namespace asio = boost::asio;

void Scheduler::every(std::chrono::milliseconds pause, std::string name,
                      std::function<Task<void>()> task) {
  auto recurring = std::make_shared<Recurring>(
      Recurring{std::move(name), pause, std::move(task), asio::steady_timer(executor_)});
  tasks_.push_back(recurring);
  asio::co_spawn(executor_, repeat(std::move(recurring)), asio::detached);
}

void Scheduler::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    for (const auto& recurring : tasks_)
      recurring->timer.cancel();
  });
}

Task<void> Scheduler::repeat(std::shared_ptr<Recurring> recurring) {
  while (!stopping_) {
    try {
      co_await recurring->task();
    } catch (const std::exception& failure) {
      spdlog::error("{}: {}", recurring->name, failure.what());
    }
    if (stopping_) break;
    recurring->timer.expires_after(recurring->pause);
    boost::system::error_code cancelled;
    co_await recurring->timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}

}  // namespace erario
