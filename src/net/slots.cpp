#include "net/slots.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <exception>

#include "net/answer.hpp"
#include "net/socket.hpp"

namespace assay::net {

awaitable<void> run_side_by_side(std::vector<std::function<awaitable<void>()>> work) {
  const Executor executor = co_await asio::this_coro::executor;
  Timer all_ended(executor, SteadyTime::max());
  std::size_t left = work.size();
  std::exception_ptr thrown;
  for (auto& one : work)
    asio::co_spawn(executor, one(), [&](std::exception_ptr failure) {
      if (failure && !thrown) thrown = failure;
      if (--left == 0) all_ended.cancel();
    });
  while (left > 0) co_await all_ended.async_wait(as_result);
  if (thrown) std::rethrow_exception(thrown);
}

struct Slots::Waiting {
  explicit Waiting(const Executor& executor) : timer(executor, SteadyTime::max()) {}
  Timer timer;
  bool ready = false;
};

awaitable<void> Slots::take(bool urgent) {
  if (taken_ < limit_ && (urgent || waiting_.empty())) {
    ++taken_;
    co_return;
  }
  Waiting self(co_await asio::this_coro::executor);
  if (urgent) waiting_.push_front(&self);
  else waiting_.push_back(&self);
  while (!self.ready) co_await self.timer.async_wait(as_result);
}

void Slots::give() {
  --taken_;
  wake();
}

void Slots::set_limit(unsigned limit) {
  limit_ = limit;
  wake();
}

// The slot is taken on behalf of the one that is woken, so that nobody can come between.
void Slots::wake() {
  while (taken_ < limit_ && !waiting_.empty()) {
    ++taken_;
    waiting_.front()->ready = true;
    waiting_.front()->timer.cancel();
    waiting_.pop_front();
  }
}

}  // namespace assay::net
