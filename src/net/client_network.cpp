// The sweep runs while exchanges are under way and one interval longer, so that it costs no timer per exchange and
// still lets io_context::run() return.
#include "net/client_network.hpp"

#include <algorithm>

namespace assay::net {
namespace {

constexpr auto sweep_interval = std::chrono::milliseconds(25);

}  // namespace

void Watch::abort(End why) {
  if (end != End::none) return;
  end = why;
  if (socket != nullptr) socket->close();
  if (timer != nullptr) timer->cancel();
}

struct ClientNetwork::Sweep {
  explicit Sweep(asio::io_context& io) : timer(io.get_executor()) {}

  // The handler may outlive the network, when the io_context is run after it: it holds the sweep weakly.
  static void arm(const std::shared_ptr<Sweep>& self) {
    self->armed = true;
    self->timer.expires_after(sweep_interval);
    self->timer.async_wait([weak = std::weak_ptr<Sweep>(self)](error_code error) {
      const std::shared_ptr<Sweep> sweep = weak.lock();
      if (!sweep) return;
      sweep->armed = false;
      if (error || sweep->stopped) return;
      const SteadyTime now = std::chrono::steady_clock::now();
      for (Watch* watch = sweep->first; watch != nullptr; watch = watch->next)
        if (watch->deadline <= now) watch->abort(Watch::End::expired);
      if (sweep->first != nullptr) arm(sweep);
    });
  }

  Timer timer;
  Watch* first = nullptr;
  bool armed = false;
  bool stopped = false;
};

ClientNetwork::ClientNetwork(asio::io_context& io, const ClientOptions& options)
    : io_(io), options_(options), resolver_(io.get_executor()), sweep_(std::make_shared<Sweep>(io)) {
  // Made here, because it may throw, which a coroutine should not.
  asio::use_service<Readiness>(io).set_timer_slack(options.timer_slack);
}

ClientNetwork::~ClientNetwork() { sweep_->timer.cancel(); }

bool ClientNetwork::stopped() const { return sweep_->stopped; }

void ClientNetwork::stop() {
  sweep_->stopped = true;
  sweep_->timer.cancel();
  resolver_.cancel();
  for (Watch* watch = sweep_->first; watch != nullptr; watch = watch->next) watch->abort(Watch::End::cancelled);
}

void ClientNetwork::add(Watch& watch) {
  watch.next = sweep_->first;
  if (watch.next != nullptr) watch.next->previous = &watch;
  sweep_->first = &watch;
  if (!sweep_->armed) Sweep::arm(sweep_);
}

void ClientNetwork::remove(Watch& watch) {
  (watch.previous != nullptr ? watch.previous->next : sweep_->first) = watch.next;
  if (watch.next != nullptr) watch.next->previous = watch.previous;
}

const TlsContext* ClientNetwork::tls() {
  if (!options_.tls)
    if (auto made = prepare_tls(options_)) options_.tls = std::move(*made);
  return options_.tls.get();
}

TlsResumption* ClientNetwork::resumption(const Origin& origin) {
  return options_.resume_tls ? &resumptions_[{origin.host, origin.port}] : nullptr;
}

awaitable<std::shared_ptr<Lookup>> ClientNetwork::resolve(const std::string& host, Watch& watch) {
  if (const auto known = lookups_.find(host); known != lookups_.end() && known->second->done) {
    if (!known->second->error) co_return known->second;
    lookups_.erase(known);
  }
  std::shared_ptr<Lookup>& entry = lookups_[host];
  if (!entry) {
    entry = std::make_shared<Lookup>();
    error_code not_numeric;
    const auto address = asio::ip::make_address(host, not_numeric);
    if (!not_numeric) {
      entry->addresses.push_back(address);
      entry->done = true;
      co_return entry;
    }
    resolver_.async_resolve(host, "", [lookup = entry](error_code error, const Tcp::resolver::results_type& results) {
      lookup->error = error;
      for (const auto& result : results)
        if (std::ranges::find(lookup->addresses, result.endpoint().address()) == lookup->addresses.end())
          lookup->addresses.push_back(result.endpoint().address());
      if (!error && lookup->addresses.empty()) lookup->error = asio::error::host_not_found;
      lookup->done = true;
      for (Timer* timer : lookup->waiting) timer->cancel();
    });
  }
  // The system's resolver cannot be interrupted, so the wait for it can: a timer that never expires.
  const std::shared_ptr<Lookup> lookup = entry;
  Timer timer(io_.get_executor(), SteadyTime::max());
  lookup->waiting.push_back(&timer);
  watch.timer = &timer;
  co_await timer.async_wait(as_result);
  watch.timer = nullptr;
  std::erase(lookup->waiting, &timer);
  if (lookup->done && lookup->error)  // ask again next time
    if (const auto known = lookups_.find(host); known != lookups_.end() && known->second == lookup)
      lookups_.erase(known);
  co_return lookup;
}

std::expected<std::shared_ptr<const TlsContext>, base::Failure> prepare_tls(const ClientOptions& options) {
  auto made = TlsContext::client(options.ca_file, options.verify_certificate);
  if (!made) return std::unexpected(std::move(made.error()));
  return std::make_shared<const TlsContext>(std::move(*made));
}

// A file that was named is read at once, to say what is wrong with it; the system's certificates when they are needed.
std::expected<std::unique_ptr<ClientContext>, base::Failure> ClientContext::create(asio::io_context& io,
                                                                                   const ClientOptions& options) {
  auto network = std::make_unique<ClientNetwork>(io, options);
  if (!options.tls && !options.ca_file.empty()) {
    auto made = prepare_tls(options);
    if (!made) return std::unexpected(std::move(made.error()));
    network->use(std::move(*made));
  }
  return network;
}

}  // namespace assay::net
