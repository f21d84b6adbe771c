#include "engine/runtime/submit.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

#include "engine/runtime/timer.hpp"

namespace erario {

namespace asio = boost::asio;

namespace {

constexpr int kTriesMax = 20;
constexpr std::chrono::milliseconds kPause{500};

// A coroutine that waits for the lane. Keeps the coroutine's context alive meanwhile.
template <class Handler>
struct Waiting {
  explicit Waiting(Handler resumes)
      : handler(std::move(resumes)), work(asio::get_associated_executor(handler)) {}
  Handler handler;
  asio::executor_work_guard<asio::associated_executor_t<Handler>> work;
  std::optional<Reply> reply;
};

}  // namespace

Task<Reply> submit(CommitLane& lane, Command command) {
  // The lane answers on its own thread; the answer is posted to the coroutine's executor. The
  // handler travels along, so that the coroutine is resumed and destroyed on its own executor only.
  auto start = [&lane, &command](auto handler) {
    auto waiting = std::make_shared<Waiting<decltype(handler)>>(std::move(handler));
    lane.submit(std::move(command), [waiting = std::move(waiting)](Reply reply) mutable {
      waiting->reply = std::move(reply);
      const auto executor = waiting->work.get_executor();
      asio::post(executor, [waiting = std::move(waiting)] {
        std::move(waiting->handler)(*std::move(waiting->reply));
      });
    });
  };
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Reply)>(
      start, asio::use_awaitable);
}

bool is_passing(const Error& error) {
  return error.code == ErrorCode::kStoreUnavailable || error.code == ErrorCode::kQueueFull;
}

Task<Reply> submit_persistently(CommitLane& lane, Command command, Persistence how) {
  const auto timer = make_timer(how.timers, co_await asio::this_coro::executor);
  for (int tries = 1;; ++tries) {
    Command copy = command;
    Reply reply = co_await submit(lane, std::move(copy));
    if (reply.outcome.ok()) co_return reply;
    spdlog::warn("{}: {}", how.who, reply.outcome.error().detail);
    const bool again = is_passing(reply.outcome.error()) && lane.healthy() && tries < kTriesMax;
    if (!again || (how.stopping && how.stopping())) co_return reply;
    co_await timer->wait(kPause);
  }
}

}  // namespace erario
