// The coroutine type of everything that does I/O. One io_context(1) per thread and the concrete executor type: no
// locks, no type erasure on the path of a request.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

namespace assay::net {

using Executor = boost::asio::io_context::executor_type;

template <class T>
using awaitable = boost::asio::awaitable<T, Executor>;

}  // namespace assay::net
