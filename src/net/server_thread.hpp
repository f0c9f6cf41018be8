// One thread of the server: its io_context, its listener, its connections and the sweep over their deadlines. Threads
// share nothing but the handler and a count of connections. Internal to src/net.
#pragma once
#include <atomic>
#include <ctime>
#include <memory>
#include <optional>
#include <string>

#include "net/server.hpp"
#include "net/socket.hpp"
#include "net/tls.hpp"

namespace assay::net {

// What all threads of one server see.
struct ServerShared {
  ServerOptions options;
  Handler handler;
  std::optional<TlsContext> tls;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> held{0};  // bytes in their buffers, small ones aside
};

class ServerThread {
 public:
  explicit ServerThread(std::shared_ptr<ServerShared> shared);
  ~ServerThread();
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;

  // Binds to options.address and `port`; afterwards port() is the one it got.
  error_code listen(const asio::ip::address& address, std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void run();                                  // until stopped and every connection is gone
  void stop(std::chrono::milliseconds grace);  // from any thread; returns at once

 private:
  struct Session;
  friend struct Session;

  awaitable<void> accept();
  awaitable<void> sweep();
  awaitable<void> serve(std::unique_ptr<Session> session);
  awaitable<bool> answer_requests(Session& session);
  void call_handler();
  void note_time();
  template <class Rank>
  bool close_one(Rank rank);
  bool make_room();
  awaitable<void> linger(Session& session);

  std::shared_ptr<ServerShared> shared_;
  Session* sessions_ = nullptr;  // intrusive list
  ServerRequest request_;        // reused from call to call of the handler
  ServerResponse response_;
  std::chrono::steady_clock::time_point now_{};  // as of the last sweep: exact enough for deadlines of seconds
  std::time_t second_ = 0;
  std::string date_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point close_all_at_{};
  std::uint16_t port_ = 0;
  // Last, so that it goes first: what it still holds are sessions.
  // Descriptors are touched by this thread alone, only posting comes from others.
  asio::io_context io_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  asio::basic_socket_acceptor<Tcp, Executor> acceptor_{io_.get_executor()};
  Timer sweep_timer_{io_.get_executor()};
};

}  // namespace assay::net
