#include "engine/runtime/scheduler.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include "engine/runtime/timer.hpp"

namespace erario {

namespace asio = boost::asio;

void Scheduler::every(std::chrono::milliseconds pause, std::string name,
                      std::function<Task<void>()> task) {
  auto recurring = std::make_shared<Recurring>(
      Recurring{std::move(name), pause, std::move(task), make_timer(timers_, executor_)});
  tasks_.push_back(recurring);
  asio::co_spawn(executor_, repeat(std::move(recurring)), asio::detached);
}

void Scheduler::stop() {
  asio::post(executor_, [this] {
    stopping_ = true;
    for (const auto& recurring : tasks_)
      recurring->timer->cancel();
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
    co_await recurring->timer->wait(recurring->pause);
  }
}

}  // namespace erario
