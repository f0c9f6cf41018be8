// One exchange from the connection it takes to the one it gives back. The usual path is one clock, one send, one or two
// receives and no allocation; everything else may take its time.
#include "net/client.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>
#include <boost/asio/this_coro.hpp>

#include "base/text.hpp"
#include "net/client_connection.hpp"
#include "net/framing.hpp"

namespace assay::net {
namespace {

using Clock = std::chrono::steady_clock;

// A connection that was in use a moment ago is not asked whether it is still open: that would cost a system call per
// exchange.
constexpr auto fresh_time = std::chrono::microseconds(100);

void fail_stopped(Answer& answer, const Origin& origin) {
  fail(answer, Outcome::cancelled, fmt::format("{}: stopped before the request", name_of(origin)));
}

}  // namespace

Client::Client(ClientContext& context) : network_(dynamic_cast<ClientNetwork&>(context)) {}

Client::~Client() = default;

void Client::close_connections() {
  std::erase_if(connections_, [](const auto& connection) { return !connection->busy; });
  for (const auto& connection : connections_) {
    connection->closing = true;
    connection->socket.close();
  }
}

Client::Connection* Client::take_idle(const Origin& origin, SteadyTime now) {
  for (std::size_t i = 0; i < connections_.size();) {
    Connection& connection = *connections_[i];
    if (connection.busy || connection.origin != origin) {
      ++i;
    } else if (now - connection.idle_since < fresh_time || connection.is_usable()) {
      connection.busy = true;
      return &connection;
    } else {
      drop(connection);
    }
  }
  return nullptr;
}

void Client::drop(Connection& connection) {
  std::erase_if(connections_, [&](const auto& one) { return one.get() == &connection; });
}

awaitable<bool> Client::open(Connection& connection, Watch& watch, Answer& answer,
                             std::optional<std::size_t> first_address) {
  const Origin& origin = connection.origin;
  if (!is_among(network_.options().hosts, origin.host)) {
    fail(answer, Outcome::not_permitted,
         fmt::format("{}: nothing was sent, because the target file does not name this host", name_of(origin)));
    co_return false;
  }
  const auto timeout = network_.options().timeout;
  const SteadyTime begun = Clock::now();
  const SteadyTime last_moment = watch.deadline;
  watch.doing = "resolving the name";
  watch.socket = nullptr;
  const std::shared_ptr<Lookup> lookup = co_await network_.resolve(origin.host, watch);
  error_code error = lookup->error;
  if (watch.end != Watch::End::none || !lookup->done) {
    fail_ended(answer, watch, origin, timeout);
    co_return false;
  }
  if (error) {
    fail(answer, Outcome::resolve_failed, fmt::format("resolve {}: {}", origin.host, base::lower(error.message())));
    co_return false;
  }
  watch.doing = "connecting";
  watch.socket = &connection.socket;
  const std::size_t count = lookup->addresses.size();
  const std::size_t first = first_address.value_or(lookup->preferred);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (first + i) % count;
    const SteadyTime now = Clock::now();
    // An address that does not answer must leave time for the others.
    watch.deadline = i + 1 < count ? now + (last_moment - now) / 2 : last_moment;
    error = co_await connection.socket.connect({lookup->addresses[index], origin.port});
    if (watch.end == Watch::End::expired && i + 1 < count && Clock::now() < last_moment) {
      watch.end = Watch::End::none;
      error = asio::error::timed_out;
      continue;
    }
    if (watch.end != Watch::End::none) {
      fail_ended(answer, watch, origin, timeout);
      co_return false;
    }
    if (!error) {
      if (!first_address) lookup->preferred = index;
      break;
    }
    if (connection.closing) break;
  }
  watch.deadline = last_moment;
  if (!error) error = connection.socket.send_at_once();
  const SteadyTime connected = Clock::now();
  answer.connect_time = connected - begun;
  if (error) {
    fail(answer, connection.closing ? Outcome::cancelled : Outcome::connect_failed,
         fmt::format("connect to {}: {}", name_of(origin), base::lower(error.message())));
    co_return false;
  }
  if (!origin.tls) co_return true;

  watch.doing = "the TLS handshake took place";
  const TlsContext* const tls = network_.tls();
  if (tls == nullptr) {
    fail(answer, Outcome::tls_failed, "set up TLS");
    co_return false;
  }
  connection.begin_tls(*tls);
  std::string problem = co_await shake_hands(connection.socket, *connection.tls);
  answer.handshake_time = Clock::now() - connected;
  answer.tls_resumed = connection.tls->resumed();
  if (problem.empty()) co_return true;
  if (watch.end != Watch::End::none) fail_ended(answer, watch, origin, timeout);
  else
    fail(answer, connection.closing ? Outcome::cancelled : Outcome::tls_failed,
         fmt::format("TLS with {}: {}", name_of(origin), problem));
  co_return false;
}

// No answer, or not the whole of it.
void Client::cut_short(const Connection& connection, const Watch& watch, ResponseFramer& framer, error_code error,
                       Answer& answer) const {
  if (watch.end != Watch::End::none) fail_ended(answer, watch, connection.origin, network_.options().timeout);
  else if (connection.closing)
    fail(answer, Outcome::cancelled, fmt::format("{}: connection closed by us", name_of(connection.origin)));
  else framer.closed(error == asio::error::eof);
}

// The connection is of no more use: says whose it was, and what the system said.
void Client::explain_failure(const Connection& connection, error_code error, Answer& answer) {
  answer.keep_alive = false;
  if (answer.outcome == Outcome::closed && connection.tls && !connection.tls->error().empty())
    return fail(answer, Outcome::tls_failed,
                fmt::format("TLS with {}: {}", name_of(connection.origin), connection.tls->error()));
  if (answer.outcome != Outcome::malformed && answer.outcome != Outcome::closed &&
      answer.outcome != Outcome::truncated && answer.outcome != Outcome::too_large)
    return;
  answer.detail.insert(0, name_of(connection.origin) + ": ");
  if (error && error != asio::error::eof) answer.detail += fmt::format(" ({})", base::lower(error.message()));
}

awaitable<void> Client::exchange(const Origin& origin, std::string_view request, Answer& answer) {
  answer.clear();
  const ClientOptions& options = network_.options();
  if (network_.stopped()) {
    fail_stopped(answer, origin);
    co_return;
  }
  const bool head_request = request.starts_with("HEAD ");
  const bool repeatable = head_request || request.starts_with("GET ");
  answer.started = Clock::now();
  Watched watch(network_, answer.started + options.timeout);
  for (bool retrying = false;; retrying = true) {
    Connection* connection = retrying ? nullptr : take_idle(origin, answer.started);
    const bool reused = connection != nullptr;
    if (!reused) {
      connection = connections_.emplace_back(std::make_unique<Connection>(origin, network_)).get();
      if (!co_await open(*connection, watch, answer)) {
        drop(*connection);
        answer.done = Clock::now();
        co_return;
      }
      answer.started = Clock::now();
    }
    answer.reused_connection = reused;
    watch.socket = &connection->socket;

    watch.doing = "sending the request";
    std::string_view rest = connection->tls ? connection->tls->encrypt(request) : request;
    const std::size_t wire_size = rest.size();
    error_code error = write_now(connection->socket, rest);
    const bool nothing_sent = error && rest.size() == wire_size;
    if (!error && !rest.empty()) error = co_await write_rest(connection->socket, rest);
    if (connection->tls) connection->tls->clear_output();

    watch.doing = "waiting for a response";
    ResponseFramer framer(answer, head_request, {options.max_head, options.max_body});
    auto step = ResponseFramer::Step::more;
    answer.done = answer.started;
    // Even a server that stopped reading may have answered before: a failed write does not keep us from looking.
    while (!nothing_sent) {
      const std::span<char> room = framer.room();
      ReadResult result = read_now(connection->socket, connection->tls.get(), room);
      if (result.error == asio::error::would_block) {
        std::tie(result.error) = co_await connection->socket.async_wait(Socket::Side::read, as_result);
        if (!result.error) result = read_now(connection->socket, connection->tls.get(), room);
        if (result.error == asio::error::would_block)
          result = co_await read_some(connection->socket, connection->tls.get(), room);
      }
      error = result.error;
      answer.done = Clock::now();
      if (error) break;
      if (!framer.any_byte()) {
        answer.first_byte = answer.done;
        watch.doing = "reading the response";
      }
      step = framer.received(result.size);
      if (step == ResponseFramer::Step::done) break;
    }

    if (step == ResponseFramer::Step::more) {
      cut_short(*connection, watch, framer, error, answer);
      // RFC 9112 section 9.3.1: a reused connection may have been closed while the request was on its way. Asking
      // again is safe when nothing was sent, and when the method is safe (RFC 9110 section 9.2.2).
      if (answer.outcome == Outcome::closed && reused && (nothing_sent || repeatable)) {
        drop(*connection);
        answer.clear();
        continue;
      }
    } else if (answer.keep_alive && watch.end == Watch::End::none && !connection->closing) {
      connection->busy = false;
      connection->idle_since = answer.done;
      co_return;
    }
    explain_failure(*connection, error, answer);
    drop(*connection);
    co_return;
  }
}

// Linked while it lasts; on the stack of the one who waits.
struct RealTime::Wait {
  Wait(RealTime& owner, const Executor& executor, std::chrono::nanoseconds duration)
      : time(owner), timer(executor, duration), next(owner.first_) {
    if (next != nullptr) next->previous = this;
    time.first_ = this;
  }
  ~Wait() {
    (previous != nullptr ? previous->next : time.first_) = next;
    if (next != nullptr) next->previous = previous;
  }
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  RealTime& time;
  Timer timer;
  Wait* next;
  Wait* previous = nullptr;
};

awaitable<void> RealTime::wait(std::chrono::nanoseconds duration) {
  if (interrupted_) co_return;
  Wait wait(*this, co_await asio::this_coro::executor, duration);
  co_await wait.timer.async_wait(as_result);
}

void RealTime::interrupt() {
  interrupted_ = true;
  for (Wait* wait = first_; wait != nullptr; wait = wait->next) wait->timer.cancel();
}

}  // namespace assay::net
