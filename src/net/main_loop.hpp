// Runs one coroutine to its end, with SIGINT and SIGTERM turned into a call instead of a death.
#pragma once
#include <functional>

#include "net/awaitable.hpp"

namespace assay::net {

// Runs `task` on `io` until it ends; what it throws is thrown here. `on_signal` is called on this thread for each SIGINT or
// SIGTERM. The third one ends the process at once with 130: a user who insists is obeyed.
void run_to_end(boost::asio::io_context& io, awaitable<void> task, std::function<void()> on_signal);

}  // namespace assay::net
