// Edge-triggered: the system tells once of what has come since. Whether a socket can be read is therefore remembered, until a read
// found less than there was room for (epoll(7), question 9).
#include "net/socket.hpp"

#include <array>
#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/system/system_error.hpp>

namespace assay::net {
namespace {

// Then other handlers have their turn: with a few microseconds for each socket, they are late by a tenth of a millisecond.
constexpr int most_in_a_row = 16;
// How often they have it while sockets keep the thread busy, where there is slack.
constexpr auto between_others = std::chrono::milliseconds(1);

error_code last_error() { return {errno, asio::error::get_system_category()}; }

}  // namespace

Readiness::Readiness(asio::execution_context& context)
    : service(context), set_(static_cast<asio::io_context&>(context).get_executor()) {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw boost::system::system_error(last_error(), "epoll");
  set_.assign(set);
}

Readiness::~Readiness() = default;

void Readiness::shutdown() {
  first_called_ = last_called_ = nullptr;
  while (open_ != nullptr) {
    Socket& socket = *open_;
    // Destroying a handler destroys a coroutine, and with it perhaps this socket, or others.
    if (socket.reader_) socket.reader_.destroy();
    else if (socket.writer_) socket.writer_.destroy();
    else unlink(socket);
  }
}

error_code Readiness::add(Socket& socket) {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &socket;
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, socket.descriptor_, &event) != 0) return last_error();
  socket.next_ = open_;
  if (open_ != nullptr) open_->previous_ = &socket;
  open_ = &socket;
  return {};
}

// Closing alone would not do: a child process that was just forked may hold a copy of the descriptor.
void Readiness::remove(Socket& socket) {
  epoll_event unused{};
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, socket.descriptor_, &unused);
  unlink(socket);
  if (!socket.is_called_) return;
  socket.is_called_ = false;
  Socket* before = nullptr;
  Socket** link = &first_called_;
  for (; *link != &socket; link = &(*link)->next_called_) before = *link;
  *link = socket.next_called_;
  if (last_called_ == &socket) last_called_ = before;
}

void Readiness::unlink(Socket& socket) {
  if (open_ != &socket && socket.previous_ == nullptr) return;
  (socket.previous_ != nullptr ? socket.previous_->next_ : open_) = socket.next_;
  if (socket.next_ != nullptr) socket.next_->previous_ = socket.previous_;
  socket.previous_ = socket.next_ = nullptr;
}

void Readiness::call(Socket& socket) {
  socket.is_called_ = true;
  socket.next_called_ = nullptr;
  (last_called_ != nullptr ? last_called_->next_called_ : first_called_) = &socket;
  last_called_ = &socket;
}

void Readiness::post(Continuation& waiting, error_code error) {
  has_posted_ = true;
  waiting.post(executor(), error);
}

void Readiness::begin_wait() {
  ++waiting_;
  if (!watching_ && !in_turn_) watch();
}

void Readiness::end_wait() {
  if (--waiting_ > 0 || !watching_) return;
  error_code ignored;
  set_.cancel(ignored);
}

void Readiness::watch() {
  watching_ = true;
  set_.async_wait(Set::wait_read, [this](error_code error) {
    watching_ = false;
    if (!error) take_turn();
    else if (waiting_ > 0) watch();
  });
}

// Resumes sockets as long as there are any that are ready, or, with slack, as long as anybody waits for one.
void Readiness::take_turn() {
  if (in_turn_) return;  // poll() below has called it
  in_turn_ = true;
  const struct AtTheEnd {  // also when somebody throws
    ~AtTheEnd() {
      self->in_turn_ = false;
      if (self->first_called_ != nullptr) asio::post(self->executor(), [self = self] { self->take_turn(); });
      else if (self->waiting_ > 0 && !self->watching_) self->watch();
    }
    Readiness* self;
  } at_the_end{this};
  asio::io_context& io = executor().context();
  const auto may_sleep = [&] { return timer_slack_.count() > 0 && punctual_ == 0 && !io.stopped(); };
  for (;;) {
    int in_a_row = 0;
    do {
      in_a_row += resume_called();
      if (waiting_ == 0) return;
    } while (in_a_row < most_in_a_row && (first_called_ != nullptr || (!may_sleep() && listen({}))));
    if (!may_sleep()) return;
    let_others_run(io);
    if (waiting_ == 0 || !may_sleep()) return;  // by what ran
    if (first_called_ == nullptr && !listen(timer_slack_)) return;
  }
}

// Asking the io_context takes a system call; mostly it has nothing.
void Readiness::let_others_run(asio::io_context& io) {
  const auto now = std::chrono::steady_clock::now();
  if (!has_posted_ && now - others_ran_ < between_others) return;
  has_posted_ = false;
  others_ran_ = now;
  io.poll();
}

// True when sockets have become ready.
bool Readiness::listen(std::chrono::milliseconds longest) {
  std::array<epoll_event, 64> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(longest.count()));
  if (count <= 0) return false;
  for (const epoll_event& event : std::span(events).first(static_cast<std::size_t>(count)))
    static_cast<Socket*>(event.data.ptr)->heard(event.events);
  return true;
}

// How many there were. The first that is resumed may close others.
int Readiness::resume_called() {
  int resumed = 0;
  for (; first_called_ != nullptr && resumed < most_in_a_row; ++resumed) {
    Socket& socket = *std::exchange(first_called_, first_called_->next_called_);
    if (first_called_ == nullptr) last_called_ = nullptr;
    socket.is_called_ = false;
    const bool read = socket.reader_ && socket.readable_;
    if (socket.writer_ && socket.writable_) {
      --waiting_;
      if (!read) {
        socket.writer_.resume();
        continue;
      }
      post(socket.writer_, {});
    }
    if (!read) continue;
    --waiting_;
    socket.reader_.resume();  // the socket may be gone afterwards
  }
  return resumed;
}

error_code Socket::adopt(int descriptor) {
  descriptor_ = descriptor;
  const error_code error = readiness_.add(*this);
  if (error) {
    ::close(descriptor_);
    descriptor_ = -1;
  }
  return error;
}

error_code Socket::accept(int listener) {
  close();
  const int descriptor = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  return descriptor < 0 ? last_error() : adopt(descriptor);
}

awaitable<error_code> Socket::connect(const Tcp::endpoint& endpoint) {
  close();
  const int descriptor = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) co_return last_error();
  const bool connected = ::connect(descriptor, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0;
  error_code error = connected || errno == EINPROGRESS ? error_code() : last_error();
  if (error) {
    ::close(descriptor);
    co_return error;
  }
  if (error = adopt(descriptor); error || connected) co_return error;
  const auto [waited] = co_await async_wait(Side::write, as_result);
  if (waited) co_return waited;
  int reason = 0;
  socklen_t size = sizeof reason;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &reason, &size) != 0) co_return last_error();
  co_return error_code(reason, asio::error::get_system_category());
}

void Socket::close() {
  if (!is_open()) return;
  readiness_.remove(*this);
  ::close(std::exchange(descriptor_, -1));
  readable_ = writable_ = ended_ = false;
  if (reader_) let_go(reader_);
  if (writer_) let_go(writer_);
}

void Socket::let_go(Continuation& waiting) {
  readiness_.post(waiting, asio::error::operation_aborted);
  readiness_.end_wait();
}

void Socket::end_sending() { ::shutdown(descriptor_, SHUT_WR); }

error_code Socket::send_at_once() {
  const int on = 1;
  return ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 ? error_code() : last_error();
}

void Socket::heard(unsigned events) {
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
  if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) ended_ = true;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) writable_ = true;
  if (!is_called_ && ((reader_ && readable_) || (writer_ && writable_))) readiness_.call(*this);
}

std::size_t Socket::read_some(std::span<char> room, error_code& error) {
  if (!readable_) {
    error = is_open() ? error_code(asio::error::would_block) : error_code(asio::error::bad_descriptor);
    return 0;
  }
  for (;;) {
    const ssize_t size = ::recv(descriptor_, room.data(), room.size(), 0);
    if (size > 0) {
      error = {};
      const auto read = static_cast<std::size_t>(size);
      if (read < room.size() && !ended_) readable_ = false;
      return read;
    }
    if (size < 0 && errno == EINTR) continue;
    error = size == 0 ? error_code(asio::error::eof) : last_error();
    if (error == asio::error::would_block) readable_ = false;
    return 0;
  }
}

std::size_t Socket::write_some(std::string_view bytes, error_code& error) {
  for (;;) {
    const ssize_t size = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size >= 0) {
      error = {};
      return static_cast<std::size_t>(size);
    }
    if (errno == EINTR) continue;
    error = last_error();
    if (error == asio::error::would_block) writable_ = false;
    return 0;
  }
}

bool Socket::is_silent() const {
  char byte = 0;
  return ::recv(descriptor_, &byte, 1, MSG_PEEK) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace assay::net
