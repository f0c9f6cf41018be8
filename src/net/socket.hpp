// The socket that client and server share, and the completion token of this folder. Internal to src/net.
//
// Asio's own sockets try to read before they wait. After a request there is never anything to read yet, which costs a system call per
// exchange, and waiting without that attempt costs one as well. These are watched by an epoll set of their own, edge-triggered: a
// socket is read when the system has said that there is something, and not asked again after a read that took all of it.
#pragma once
#include <chrono>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>

#include "net/awaitable.hpp"

namespace assay::net {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

// Asio calls complete with (error, result); nothing throws on the path of a request. Deferred: awaited without a coroutine of
// their own.
inline constexpr auto as_result = asio::as_tuple(asio::deferred);

// The handler of one wait, kept in place.
class Continuation {
 public:
  Continuation() = default;
  ~Continuation() {
    if (*this) destroy();
  }
  Continuation(const Continuation&) = delete;
  Continuation& operator=(const Continuation&) = delete;

  explicit operator bool() const { return act_ != nullptr; }
  template <class Handler>
  void hold(Handler&& handler) {
    using Held = std::decay_t<Handler>;
    static_assert(sizeof(Held) <= sizeof(room_) && alignof(Held) <= alignof(std::max_align_t));
    ::new (static_cast<void*>(room_)) Held(std::forward<Handler>(handler));
    act_ = [](void* room, Act what, error_code error, const Executor* executor) {
      Held& held = *std::launder(static_cast<Held*>(room));
      Held moved(std::move(held));  // what it resumes may wait again, in the same place
      held.~Held();
      if (what == Act::resume) std::move(moved)(error);
      if (what == Act::post)
        asio::post(*executor, [later = std::move(moved), error]() mutable { std::move(later)(error); });
    };
  }
  // Each of them empties it.
  void resume() { act(Act::resume, {}, nullptr); }
  void post(const Executor& executor, error_code error) { act(Act::post, error, &executor); }
  void destroy() { act(Act::destroy, {}, nullptr); }

 private:
  enum class Act : std::uint8_t { resume, post, destroy };
  void act(Act what, error_code error, const Executor* executor) {
    std::exchange(act_, nullptr)(room_, what, error, executor);
  }

  alignas(std::max_align_t) std::byte room_[48];
  void (*act_)(void* room, Act what, error_code error, const Executor* executor) = nullptr;
};

class Socket;

// The epoll set of one io_context, whose run() returns when nobody waits for a socket any more. Resumes who waits from a handler of
// that io_context, many in one turn, and lets its other handlers run in between.
class Readiness final : public asio::execution_context::service {
 public:
  inline static asio::execution_context::id id;

  explicit Readiness(asio::execution_context& context);  // throws system_error: no descriptors
  ~Readiness() override;

  // How late timers, and what others post, may be while somebody waits for a socket. With some slack nothing but sockets is waited
  // for, which takes one system call; leaving that to the io_context, whose timers are exact, takes three.
  void set_timer_slack(std::chrono::milliseconds slack) { timer_slack_ = slack; }
  // As long as it lives, timers are exact all the same.
  class Punctual {
   public:
    explicit Punctual(const Executor& executor) : readiness_(asio::use_service<Readiness>(executor.context())) {
      ++readiness_.punctual_;
    }
    ~Punctual() { --readiness_.punctual_; }
    Punctual(const Punctual&) = delete;
    Punctual& operator=(const Punctual&) = delete;

   private:
    Readiness& readiness_;
  };

 private:
  friend class Socket;

  void shutdown() override;
  Executor executor() { return set_.get_executor(); }
  error_code add(Socket& socket);
  void remove(Socket& socket);
  void unlink(Socket& socket);
  void call(Socket& socket);
  void post(Continuation& waiting, error_code error);
  void begin_wait();
  void end_wait();
  void watch();
  void take_turn();
  void let_others_run(asio::io_context& io);
  bool listen(std::chrono::milliseconds longest);
  int resume_called();

  using Set = asio::posix::basic_stream_descriptor<Executor>;
  Set set_;
  std::chrono::milliseconds timer_slack_{0};
  int punctual_ = 0;
  std::chrono::steady_clock::time_point others_ran_;  // the handlers of the io_context, as far as they were due
  bool has_posted_ = false;                           // since then
  std::size_t waiting_ = 0;                           // handlers that sockets hold
  bool watching_ = false;                             // a handler waits for set_
  bool in_turn_ = false;
  Socket* open_ = nullptr;          // the first of all
  Socket* first_called_ = nullptr;  // of those that are ready and whose handler has not been resumed yet
  Socket* last_called_ = nullptr;
};

// One TCP connection, non-blocking. Stays where it is made; at most one wait per side at a time.
class Socket {
 public:
  enum class Side : std::uint8_t { read, write };

  explicit Socket(const Executor& executor) : readiness_(asio::use_service<Readiness>(executor.context())) {}
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Takes a connection that waits at a listening, non-blocking socket; would_block: there is none.
  error_code accept(int listener);
  // operation_aborted: closed meanwhile.
  awaitable<error_code> connect(const Tcp::endpoint& endpoint);
  bool is_open() const { return descriptor_ >= 0; }
  // Who waits is told so, later: operation_aborted.
  void close();
  void end_sending();
  error_code send_at_once();  // TCP_NODELAY

  // What is there now; would_block, mostly without asking the system, when nothing is. eof: the peer said so.
  std::size_t read_some(std::span<char> room, error_code& error);
  std::size_t write_some(std::string_view bytes, error_code& error);
  // The next read asks the system, whatever was heard of it.
  void look_again() { readable_ = true; }
  // Whether there is nothing to read, not even the end.
  bool is_silent() const;

  // Completes with an error_code when a read or write may find the socket ready.
  template <class Token>
  auto async_wait(Side side, Token&& token) {
    return asio::async_initiate<Token, void(error_code)>(
        [](auto handler, Socket* self, Side what) { self->wait(what, std::move(handler)); }, token, this, side);
  }

 private:
  friend class Readiness;

  template <class Handler>
  void wait(Side side, Handler handler) {
    Continuation& waiting = side == Side::read ? reader_ : writer_;
    waiting.hold(std::move(handler));
    if (!is_open()) return readiness_.post(waiting, asio::error::bad_descriptor);
    if (side == Side::read ? readable_ : writable_) return readiness_.post(waiting, {});
    readiness_.begin_wait();
  }
  error_code adopt(int descriptor);
  void heard(unsigned events);
  void let_go(Continuation& waiting);

  Readiness& readiness_;
  int descriptor_ = -1;
  bool readable_ = false;  // as far as is known
  bool writable_ = false;
  bool ended_ = false;  // nothing comes after what there is to read
  bool is_called_ = false;
  Continuation reader_;
  Continuation writer_;
  Socket* previous_ = nullptr;  // of all that are open
  Socket* next_ = nullptr;
  Socket* next_called_ = nullptr;
};

// Sends without waiting and drops what was sent from `bytes`; would_block is no error.
inline error_code write_now(Socket& socket, std::string_view& bytes) {
  error_code error;
  while (!bytes.empty()) {
    bytes.remove_prefix(socket.write_some(bytes, error));
    if (error == asio::error::would_block) return {};
    if (error) return error;
  }
  return {};
}

struct ReadResult {
  error_code error;
  std::size_t size = 0;
};

// The slow path: waits until the socket has taken all of `bytes`.
inline awaitable<error_code> write_rest(Socket& socket, std::string_view bytes) {
  for (;;) {
    if (const error_code error = write_now(socket, bytes); error || bytes.empty()) co_return error;
    if (const auto [error] = co_await socket.async_wait(Socket::Side::write, as_result); error) co_return error;
  }
}

}  // namespace assay::net
