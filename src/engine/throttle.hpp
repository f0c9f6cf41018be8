// Politeness towards a server that asks for it: after 429, or 503 with Retry-After, everybody pauses and the request is sent
// again (RFC 6585 section 4, RFC 9110 section 10.2.3). Shared by all rules of a run; one thread.
#pragma once
#include <functional>
#include <memory>

#include "net/transport.hpp"

namespace assay::engine {

class Throttle {
 public:
  explicit Throttle(net::Timekeeper& time) : time_(time) {}

  // Returns when nobody has to pause.
  net::awaitable<void> pass();
  // To be told every answer. True: the server asks to slow down, the pause has begun, and the request may be repeated after
  // it; `attempt` counts its repetitions from 0. False: it does not ask, or the patience is used up.
  bool slows_down(const net::Answer& answer, unsigned attempt);
  // Called once, when the server asks for the first time.
  std::function<void()> on_first;

  unsigned times() const { return times_; }                    // that the server asked
  std::chrono::nanoseconds waited() const { return waited_; }  // because of it

 private:
  net::Timekeeper& time_;
  std::chrono::system_clock::time_point until_{};
  unsigned times_ = 0;
  std::chrono::nanoseconds waited_{};
};

// How long the answer asks to wait, `now` for dates; nullopt: it does not ask.
std::optional<std::chrono::nanoseconds> asked_pause(const net::Answer& answer, unsigned attempt,
                                                    std::chrono::system_clock::time_point now);

// Another transport that keeps to a throttle.
class PoliteTransport final : public net::Transport {
 public:
  PoliteTransport(std::unique_ptr<net::Transport> inner, Throttle& throttle)
      : inner_(std::move(inner)), throttle_(throttle) {}

  net::awaitable<void> exchange(const net::Origin& origin, std::string_view request, net::Answer& answer) override;
  // Passed on and never repeated: who sends a wave wants to see what it does.
  net::awaitable<void> wave(const net::Origin& origin, std::span<const std::string> requests, const net::WavePlan& plan,
                            std::span<net::Answer> answers, net::WaveTiming& timing) override;
  void close_connections() override { inner_->close_connections(); }

 private:
  std::unique_ptr<net::Transport> inner_;
  Throttle& throttle_;
};

}  // namespace assay::engine
