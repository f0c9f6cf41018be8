// Several coroutines at the same time, owned by the one that waits for all of them. Internal to src/net.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

#include "net/socket.hpp"

namespace assay::net {

// Starts work(0) to work(count - 1) and returns when all have ended; then throws what the first of them threw.
template <class Work>
awaitable<void> together(std::size_t count, Work work) {
  const Executor executor = co_await asio::this_coro::executor;
  Timer all_ended(executor, SteadyTime::max());
  std::size_t left = count;
  std::exception_ptr thrown;
  for (std::size_t i = 0; i < count; ++i)
    asio::co_spawn(executor, work(i), [&](std::exception_ptr failure) {
      if (failure && !thrown) thrown = failure;
      if (--left == 0) all_ended.cancel();
    });
  if (left > 0) co_await all_ended.async_wait(as_result);
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace assay::net
