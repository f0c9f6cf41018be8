#include "net/main_loop.hpp"

#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>

namespace assay::net {

void run_to_end(boost::asio::io_context& io, awaitable<void> task, std::function<void()> on_signal) {
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  int count = 0;
  std::function<void(const boost::system::error_code&, int)> handle = [&](const boost::system::error_code& error, int) {
    if (error) return;
    if (++count >= 3) _exit(130);
    on_signal();
    signals.async_wait(handle);
  };
  signals.async_wait(handle);
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error) {
    thrown = error;
    signals.cancel();
  });
  io.run();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace assay::net
