#include "engine/throttle.hpp"

#include <algorithm>
#include <charconv>

#include "base/http_date.hpp"
#include "base/text.hpp"

namespace assay::engine {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr unsigned kAttempts = 3;           // repetitions of one request
constexpr nanoseconds kLongestPause = 30s;  // at a time, whatever the server asks for
constexpr nanoseconds kPatience = 2min;     // in one run

}  // namespace

std::optional<nanoseconds> asked_pause(const net::Answer& answer, unsigned attempt,
                                       std::chrono::system_clock::time_point now) {
  if (!answer.ok() || (answer.status != 429 && answer.status != 503)) return std::nullopt;
  const auto field = answer.header("Retry-After");
  if (!field) {
    if (answer.status == 503) return std::nullopt;  // broken rather than busy
    return nanoseconds(1s) * (1 << std::min(attempt, kAttempts));
  }
  const auto text = base::trim(*field);
  unsigned seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error == std::errc{} && end == text.data() + text.size())
    return std::min<nanoseconds>(kLongestPause, std::chrono::seconds(seconds));
  if (error == std::errc::result_out_of_range) return kLongestPause;
  if (const auto date = base::parse_http_date(text))
    return std::clamp<nanoseconds>(*date - now, nanoseconds{}, kLongestPause);
  return nanoseconds(1s);
}

net::awaitable<void> Throttle::pass() {
  for (auto now = time_.now(); now < until_; now = time_.now()) {
    const auto before = until_;
    co_await time_.wait(until_ - now);
    if (until_ == before && time_.now() < until_) co_return;  // interrupted
  }
}

bool Throttle::slows_down(const net::Answer& answer, unsigned attempt) {
  const auto now = time_.now();
  const auto pause = asked_pause(answer, attempt, now);
  if (!pause) return false;
  if (++times_ == 1 && on_first) on_first();
  if (attempt >= kAttempts) return false;
  // What others already wait for is not waited for twice.
  const auto until = now + std::chrono::duration_cast<std::chrono::system_clock::duration>(*pause);
  const auto longer = until > std::max(until_, now) ? until - std::max(until_, now) : nanoseconds{};
  if (waited_ + longer > kPatience) return false;
  waited_ += longer;
  until_ = std::max(until_, until);
  return true;
}

net::awaitable<void> PoliteTransport::exchange(const net::Origin& origin, std::string_view request,
                                               net::Answer& answer) {
  for (unsigned attempt = 0;; ++attempt) {
    co_await throttle_.pass();
    co_await inner_->exchange(origin, request, answer);
    if (!throttle_.slows_down(answer, attempt)) co_return;
  }
}

net::awaitable<void> PoliteTransport::wave(const net::Origin& origin, std::span<const std::string> requests,
                                           const net::WavePlan& plan, std::span<net::Answer> answers,
                                           net::WaveTiming& timing) {
  co_await throttle_.pass();
  co_await inner_->wave(origin, requests, plan, answers, timing);
  for (const auto& answer : answers) throttle_.slows_down(answer, 0);
}

}  // namespace assay::engine
