// The life of a server's connections. A response is appended to the connection's output; everything that is ready is
// sent in one write, directly, and waits only when the socket does not take it.
#include "net/server_thread.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

#include "net/request_framing.hpp"
#include "net/response_text.hpp"
#include "net/tls_socket.hpp"

namespace assay::net {
namespace {

constexpr std::size_t flush_size = 64 * 1024;   // pipelined answers wait for each other up to this
constexpr std::size_t small_buffer = 4 * 1024;  // every connection may have that much
constexpr auto sweep_interval = std::chrono::milliseconds(100);
constexpr auto stopping_interval = std::chrono::milliseconds(5);
constexpr auto linger_time = std::chrono::seconds(1);

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

}  // namespace

struct ServerThread::Session {
  explicit Session(ServerThread& owner)
      : thread(owner), socket(owner.io_.get_executor()),
        framer(owner.shared_->options.max_head, owner.shared_->options.max_body),
        deadline(owner.now_ + owner.shared_->options.idle_timeout), next(owner.sessions_) {
    if (next != nullptr) next->previous = this;
    owner.sessions_ = this;
    if (owner.shared_->tls) tls = std::make_unique<TlsSession>(*owner.shared_->tls);
  }
  ~Session() {
    (previous != nullptr ? previous->next : thread.sessions_) = next;
    if (next != nullptr) next->previous = previous;
    thread.shared_->connections.fetch_sub(1, std::memory_order_relaxed);
    thread.shared_->held.fetch_sub(held, std::memory_order_relaxed);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void abort() {
    aborted = true;
    socket.close();
    if (delay) delay->cancel();
  }
  // Says that nothing more comes, on both levels.
  void end_sending() {
    if (!socket.is_open()) return;
    if (tls) {
      tls->say_goodbye();
      std::string_view rest = tls->output();
      write_now(socket, rest);
      tls->clear_output();
    }
    socket.end_sending();
  }
  // Sends what is ready without waiting; true when all of it is gone.
  bool flush_now() {
    unsent = tls ? tls->encrypt(out) : std::string_view(out);
    write_error = write_now(socket, unsent);
    if (write_error || !unsent.empty()) return false;
    forget_output();
    return true;
  }
  awaitable<bool> flush_rest() {
    note_held();
    if (!write_error) write_error = co_await write_rest(socket, unsent);
    forget_output();
    co_return !write_error;
  }
  awaitable<bool> flush() { co_return flush_now() || co_await flush_rest(); }
  // To be called before waiting for the peer. Whoever announces or leaves unread the most goes first when all hold too much.
  void note_held() {
    const std::size_t size = framer.capacity() + out.capacity();
    const std::size_t counted = size > small_buffer ? size : 0;
    if (counted == held) return;
    std::atomic<std::size_t>& all = thread.shared_->held;
    all.fetch_add(counted - held, std::memory_order_relaxed);
    held = counted;
    while (all.load(std::memory_order_relaxed) > thread.shared_->options.max_held &&
           thread.close_one([](const Session& session) { return session.held; })) {
    }
  }
  void forget_output() {
    if (tls) tls->clear_output();
    out.clear();
    if (out.capacity() > 2 * flush_size) out.shrink_to_fit();
  }

  ServerThread& thread;
  Socket socket;
  std::unique_ptr<TlsSession> tls;
  RequestFramer framer;
  std::string out;          // responses not yet sent
  std::string_view unsent;  // of out, or of what TLS made of it
  error_code write_error;
  std::optional<Timer> delay;
  std::chrono::steady_clock::time_point deadline;
  bool busy = false;  // between a complete request and its answer
  bool aborted = false;
  std::size_t held = 0;  // as counted in ServerShared
  Session* previous = nullptr;
  Session* next;
};

ServerThread::ServerThread(std::shared_ptr<ServerShared> shared) : shared_(std::move(shared)) {
  asio::use_service<Readiness>(io_);  // it may throw, which a coroutine should not
  note_time();
}

ServerThread::~ServerThread() = default;

error_code ServerThread::listen(const asio::ip::address& address, std::uint16_t port) {
  error_code error;
  const Tcp::endpoint endpoint(address, port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(4096, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (error) return error;
  port_ = acceptor_.local_endpoint(error).port();
  asio::co_spawn(io_, accept(), asio::detached);
  asio::co_spawn(io_, sweep(), asio::detached);
  return error;
}

void ServerThread::run() { io_.run(); }

void ServerThread::stop(std::chrono::milliseconds grace) {
  asio::post(io_, [this, grace] {
    if (stopping_) return;
    stopping_ = true;
    note_time();
    close_all_at_ = now_ + grace;
    error_code ignored;
    acceptor_.close(ignored);
    for (Session* session = sessions_; session != nullptr; session = session->next)
      if (!session->busy && session->framer.idle()) session->abort();
    sweep_timer_.cancel();
  });
}

void ServerThread::note_time() {
  now_ = std::chrono::steady_clock::now();
  if (const std::time_t second = std::time(nullptr); second != second_) {
    second_ = second;
    date_ = http_date(second);
  }
}

// Closes the connection of the highest rank, of those that wait for their client, and of equals the oldest; false if there is
// none above zero.
template <class Rank>
bool ServerThread::close_one(Rank rank) {
  Session* found = nullptr;
  for (Session* session = sessions_; session != nullptr; session = session->next)
    if (!session->busy && !session->aborted && rank(*session) >= (found != nullptr ? rank(*found) : 1)) found = session;
  if (found == nullptr) return false;
  // Its buffers go when its coroutine ends, which is soon: they no longer count.
  shared_->held.fetch_sub(std::exchange(found->held, 0), std::memory_order_relaxed);
  found->abort();
  return true;
}

// A flood of connections must not keep others out: whoever has been silent longest goes.
bool ServerThread::make_room() {
  return close_one([this](const Session& session) {
    return std::max<std::int64_t>((now_ + shared_->options.idle_timeout - session.deadline).count(), 0) + 1;
  });
}

awaitable<void> ServerThread::accept() {
  while (acceptor_.is_open()) {
    if (const auto [closed] = co_await acceptor_.async_wait(asio::socket_base::wait_read, as_result); closed) break;
    const bool refused =
        stopping_ ||
        (shared_->connections.load(std::memory_order_relaxed) >= shared_->options.max_connections && !make_room());
    shared_->connections.fetch_add(1, std::memory_order_relaxed);
    auto session = std::make_unique<Session>(*this);
    if (const error_code error = session->socket.accept(acceptor_.native_handle())) {
      session.reset();
      if (error == asio::error::would_block || error == asio::error::connection_aborted) continue;
      if (error == asio::error::no_descriptors && make_room()) continue;
      // Out of descriptors that others have: wait for some to come back instead of spinning.
      Timer pause(io_.get_executor(), sweep_interval);
      co_await pause.async_wait(as_result);
    } else if (!refused) {
      session->socket.send_at_once();
      asio::co_spawn(io_, serve(std::move(session)), asio::detached);
    }
  }
}

awaitable<void> ServerThread::sweep() {
  while (!stopping_ || sessions_ != nullptr) {
    sweep_timer_.expires_after(stopping_ ? stopping_interval : sweep_interval);
    co_await sweep_timer_.async_wait(as_result);
    note_time();
    const bool close_all = stopping_ && now_ >= close_all_at_;
    for (Session* session = sessions_; session != nullptr; session = session->next)
      if (close_all || session->deadline <= now_) session->abort();
  }
}

void ServerThread::call_handler() {
  response_.clear();
  try {
    shared_->handler(request_, response_);
  } catch (...) {
    response_.clear();
    response_.status = 500;
  }
}

// Answers every complete request in the buffer; false when the connection is over.
awaitable<bool> ServerThread::answer_requests(Session& session) {
  RequestFramer& framer = session.framer;
  for (;;) {
    const RequestFramer::Step step = framer.next(request_);
    if (step == RequestFramer::Step::need_more) {
      if (framer.take_expectation()) session.out += "HTTP/1.1 100 Continue\r\n\r\n";
      co_return session.out.empty() || session.flush_now() || co_await session.flush_rest();
    }
    session.deadline = now_ + shared_->options.idle_timeout;
    if (step == RequestFramer::Step::refuse) {
      response_.clear();
      response_.status = framer.refusal();
      append_response(session.out, response_, {.date = date_, .close = true});
      if (co_await session.flush()) co_await linger(session);
      co_return false;
    }
    session.busy = true;
    call_handler();
    const WireFault fault = response_.fault;
    std::optional<ServerResponse> kept;
    if (response_.delay.count() > 0 || fault == WireFault::close_without_answer) {
      // response_ belongs to all connections of the thread; and what was answered before must not wait for this one.
      kept = std::move(response_);
      if (!session.out.empty() && !co_await session.flush()) co_return false;
      session.deadline = std::chrono::steady_clock::now() + kept->delay + shared_->options.idle_timeout;
      session.delay.emplace(io_.get_executor(), kept->delay);
      const auto [error] = co_await session.delay->async_wait(as_result);
      if (error || fault == WireFault::close_without_answer) co_return false;
    }
    const bool close = !framer.keep_alive() || stopping_ || fault != WireFault::none;
    append_response(session.out, kept ? *kept : response_,
                    {.date = date_,
                     .close = close,
                     .keep_alive_10 = framer.version() == 10,
                     .head_only = framer.is_head(),
                     .half_body = fault == WireFault::truncate_body});
    session.busy = false;
    if (close || session.out.size() >= flush_size) {
      const bool sent = co_await session.flush();
      if (close && sent && !framer.idle()) co_await linger(session);
      if (close || !sent) co_return false;
    }
  }
}

awaitable<void> ServerThread::serve(std::unique_ptr<Session> session) {
  if (session->tls && !(co_await shake_hands(session->socket, *session->tls)).empty()) co_return;
  for (;;) {
    const std::span<char> room = session->framer.room();
    session->note_held();
    const ReadResult result = co_await read_some(session->socket, session->tls.get(), room);
    if (result.error) break;
    session->framer.received(result.size);
    if (!co_await answer_requests(*session)) break;
    if (stopping_ && session->framer.idle()) break;
  }
  session->end_sending();
}

// Closing with unread bytes in the socket resets the connection and may destroy the answer on its way (RFC 9112 section
// 9.6): read them first, for a bounded time.
awaitable<void> ServerThread::linger(Session& session) {
  session.end_sending();
  session.deadline = now_ + linger_time;
  char dropped[4096];
  for (;;) {
    const ReadResult result = co_await read_some(session.socket, nullptr, dropped);
    if (result.error) co_return;
  }
}

}  // namespace assay::net
