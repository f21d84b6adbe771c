// Work that takes long and waits for nobody, like matching a day's movements, runs aside: whoever
// shares the executor of the awaiting coroutine goes on meanwhile.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "engine/ports/gateway.hpp"

namespace erario {

namespace detail {

// What co_spawn hands over must be default constructible.
template <class Work>
Task<std::optional<std::invoke_result_t<Work>>> run_boxed(Work work) {
  co_return work();
}

}  // namespace detail

// What `work()` gives, done on `where`; the awaiting coroutine resumes on its own executor. Both
// outlive the work.
template <class Work>
Task<std::invoke_result_t<Work>> aside(boost::asio::any_io_executor where, Work work) {
  auto value = co_await boost::asio::co_spawn(where, detail::run_boxed(std::move(work)),
                                              boost::asio::use_awaitable);
  co_return *std::move(value);
}

}  // namespace erario
