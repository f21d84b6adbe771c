#include "engine/runtime/submit.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

namespace erario {

namespace asio = boost::asio;

Task<Reply> submit(CommitLane& lane, Command command) {
  // The lane answers on its own thread; the answer is posted to the coroutine's executor, whose
  // context is kept alive meanwhile. The handler travels along, so that the coroutine is resumed
  // and destroyed on its own executor only.
  auto start = [&lane](auto handler, Command queued) {
    auto executor = asio::get_associated_executor(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto work = asio::make_work_guard(executor);
    lane.submit(std::move(queued), [shared, executor, work](Reply reply) mutable {
      auto answer = std::make_shared<Reply>(std::move(reply));
      auto resume = [handler = std::move(shared), answer = std::move(answer)] {
        (*handler)(std::move(*answer));
      };
      asio::post(executor, std::move(resume));
      work.reset();
    });
  };
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Reply)>(
      start, asio::use_awaitable, std::move(command));
}

}  // namespace erario
