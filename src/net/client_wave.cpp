// The last-byte gate: every request of a wave waits on a connection of its own, complete but for one byte, until all are
// ready; then these bytes go out back to back. What remains of the network's jitter is that of one small segment.
#include <algorithm>
#include <deque>
#include <utility>

#include <boost/asio/this_coro.hpp>

#include "net/client.hpp"
#include "net/client_connection.hpp"
#include "net/framing.hpp"
#include "net/together.hpp"

namespace assay::net {
namespace {

using Clock = std::chrono::steady_clock;

// Between the last of the waiting bytes and the release: as long as it takes a server to have read and parsed them.
constexpr std::chrono::nanoseconds shortest_pause = std::chrono::milliseconds(1);
constexpr std::chrono::nanoseconds longest_pause = std::chrono::milliseconds(20);
// A timer may be late by this much; the rest of the way is waited out awake.
constexpr std::chrono::nanoseconds timer_slack = std::chrono::microseconds(300);

}  // namespace

struct Client::Racer {
  Racer(ClientNetwork& network, std::string_view text, Answer& filled, std::size_t nth)
      : watch(network, Clock::now() + network.options().timeout), request(text), answer(filled), number(nth) {}

  Watched watch;
  std::string_view request;
  Answer& answer;
  std::size_t number;
  Connection* connection = nullptr;  // null: it could not be lined up, and `answer` says why
  std::string last;                  // what is held back: the last byte, as it goes over the wire
  std::string_view unsent;
  error_code error;

  void lose(Client& client) {
    watch.socket = nullptr;
    client.drop(*std::exchange(connection, nullptr));
  }
};

// Opens a connection and sends all but the last byte.
awaitable<void> Client::line_up(Racer& racer) {
  Answer& answer = racer.answer;
  Connection& connection = *racer.connection;
  // Copies spread over all addresses of the host: they may be several servers with one database.
  if (!co_await open(connection, racer.watch, answer, racer.number)) {
    racer.lose(*this);
    answer.done = Clock::now();
    co_return;
  }
  racer.watch.socket = &connection.socket;
  racer.watch.doing = "sending the request";
  const std::string_view held_back = racer.request.substr(racer.request.size() - 1);
  std::string_view rest = racer.request.substr(0, racer.request.size() - 1);
  if (connection.tls) rest = connection.tls->encrypt(rest);
  racer.error = write_now(connection.socket, rest);
  if (!racer.error && !rest.empty()) racer.error = co_await write_rest(connection.socket, rest);
  if (connection.tls) {
    connection.tls->clear_output();
    racer.last = connection.tls->encrypt(held_back);  // a record of its own
    connection.tls->clear_output();
  } else {
    racer.last = held_back;
  }
  racer.unsent = racer.last;
  if (racer.watch.end == Watch::End::none) racer.watch.deadline = SteadyTime::max();  // until it is let go
}

// Reads the answer of one that was let go.
awaitable<void> Client::finish(Racer& racer) {
  if (racer.connection == nullptr) co_return;
  Answer& answer = racer.answer;
  Connection& connection = *racer.connection;
  const ClientOptions& options = network_.options();
  if (!racer.error && !racer.unsent.empty()) racer.error = co_await write_rest(connection.socket, racer.unsent);
  racer.watch.doing = "waiting for a response";
  ResponseFramer framer(answer, racer.request.starts_with("HEAD "), {options.max_head, options.max_body});
  auto step = ResponseFramer::Step::more;
  error_code error;
  // A server that stopped reading may have answered before: a failed write does not keep us from looking.
  while (step != ResponseFramer::Step::done && connection.socket.is_open()) {
    const std::span<char> room = framer.room();
    const ReadResult result = co_await read_some(connection.socket, connection.tls.get(), room);
    error = result.error;
    answer.done = Clock::now();
    if (error) break;
    if (!framer.any_byte()) {
      answer.first_byte = answer.done;
      racer.watch.doing = "reading the response";
    }
    step = framer.received(result.size);
  }
  if (step == ResponseFramer::Step::more) {
    if (racer.watch.end != Watch::End::none) fail_ended(answer, racer.watch, connection.origin, options.timeout);
    else if (connection.closing)
      fail(answer, Outcome::cancelled, name_of(connection.origin) + ": connection closed by us");
    else framer.closed(error == asio::error::eof);
  }
  if (answer.outcome == Outcome::malformed || answer.outcome == Outcome::closed ||
      answer.outcome == Outcome::truncated || answer.outcome == Outcome::too_large)
    answer.detail.insert(0, name_of(connection.origin) + ": ");
  if (answer.outcome == Outcome::closed && connection.tls && !connection.tls->error().empty())
    fail(answer, Outcome::tls_failed,
         fmt::format("TLS with {}: {}", name_of(connection.origin), connection.tls->error()));
  answer.keep_alive = false;  // the next wave wants new connections again
  racer.lose(*this);
}

awaitable<void> Client::wave(const Origin& origin, std::span<const std::string> requests, const WavePlan& plan,
                             std::span<Answer> answers, WaveTiming& timing) {
  if (!plan.hold_last_byte) co_return co_await Transport::wave(origin, requests, plan, answers, timing);
  const Readiness::Punctual punctual(network_.io().get_executor());
  timing.released.assign(requests.size(), SteadyTime{});
  for (Answer& answer : answers) answer.clear();
  if (network_.stopped()) {
    for (Answer& answer : answers) fail(answer, Outcome::cancelled, name_of(origin) + ": stopped before the request");
    co_return;
  }
  std::deque<Racer> racers;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    racers.emplace_back(network_, requests[i], answers[i], i);
    racers.back().connection = connections_.emplace_back(std::make_unique<Connection>(origin, network_)).get();
  }
  co_await together(racers.size(), [&](std::size_t i) { return line_up(racers[i]); });

  std::vector<Racer*> ready;
  auto pause = shortest_pause;
  for (Racer& racer : racers) {
    if (racer.connection == nullptr) continue;
    ready.push_back(&racer);
    pause = std::clamp(2 * racer.answer.connect_time, pause, longest_pause);
  }
  std::ranges::sort(ready, {},
                    [&](const Racer* racer) { return std::pair(plan.offset(racer->number), racer->number); });
  Timer timer(co_await asio::this_coro::executor, pause);
  co_await timer.async_wait(as_result);
  const SteadyTime start = Clock::now();
  for (Racer* racer : ready) {
    const SteadyTime due = start + (plan.offset(racer->number) - plan.offset(ready.front()->number));
    if (due - Clock::now() > 2 * timer_slack) {
      timer.expires_at(due - timer_slack);
      co_await timer.async_wait(as_result);
    }
    SteadyTime now = Clock::now();
    while (now < due) now = Clock::now();
    racer->answer.started = now;
    if (!racer->error) racer->error = write_now(racer->connection->socket, racer->unsent);
    if (!racer->error) timing.released[racer->number] = Clock::now();
  }
  const SteadyTime until = Clock::now() + network_.options().timeout;
  for (Racer* racer : ready) racer->watch.deadline = until;
  co_await together(racers.size(), [&](std::size_t i) { return finish(racers[i]); });
}

}  // namespace assay::net
