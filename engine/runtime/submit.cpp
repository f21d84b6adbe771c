#include "engine/runtime/submit.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <optional>

namespace erario {

namespace asio = boost::asio;

namespace {

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

}  // namespace erario
