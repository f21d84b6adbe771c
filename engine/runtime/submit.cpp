#include "engine/runtime/submit.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace erario {

namespace asio = boost::asio;

Task<Reply> submit(CommitLane& lane, Command command) {
  // The lane answers on its own thread; the answer is posted to the coroutine's executor, whose
  // context is kept alive meanwhile.
  auto start = [&lane](auto handler, Command queued) {
    auto executor = asio::get_associated_executor(handler);
    auto shared = std::make_shared<decltype(handler)>(std::move(handler));
    auto work = asio::make_work_guard(executor);
    lane.submit(std::move(queued), [shared, executor, work](Reply reply) {
      auto resume = [shared, answer = std::make_shared<Reply>(std::move(reply))]() mutable {
        (*shared)(std::move(*answer));
      };
      asio::post(executor, std::move(resume));
    });
  };
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Reply)>(
      start, asio::use_awaitable, std::move(command));
}

}  // namespace erario
