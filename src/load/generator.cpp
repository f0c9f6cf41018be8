#include "load/generator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "base/text.hpp"

namespace assay::load {
namespace {

using record::Load;

constexpr double kOthersBusy = 0.4;                                  // share of the machine
constexpr std::uint64_t kLate = 10'000'000, kTooLate = 100'000'000;  // ns, p99 of our own lateness

class Judge {
 public:
  Judge(Load& load, const Surroundings& around) : load_(load), around_(around), open_(load.model == "open") {}

  void run() {
    pacing();
    processors();
    exhaustion();
    samples();
    answers();
    setting();
  }

 private:
  void lower(const char* to, std::string reason) {
    if (load_.trust != "invalid") load_.trust = to;
    load_.trust_reasons.push_back(std::move(reason));
  }
  void doubt(std::string what, std::string remedy) { load_.doubts.push_back({std::move(what), std::move(remedy)}); }

  void pacing() {
    if (!open_) {
      doubt("a closed model: a slow answer delays the next request, so percentiles look better than users would see",
            "use --rate for latency; --users is for capacity");
      return;
    }
    const auto p99 = load_.lateness.percentile(99);
    if (p99 > kLate)
      lower(p99 > kTooLate ? "invalid" : "suspect",
            fmt::format("flows started late: p99 {}; use a lower rate or a machine with nothing else to do",
                        base::format_duration(std::chrono::nanoseconds(p99))));
    if (load_.dropped > 0)
      lower("suspect", fmt::format("{} of {} planned flows never started: all users were waiting for answers",
                                   load_.dropped, load_.planned));
  }

  void processors() {
    const auto& facts = load_.generator;
    const double most = facts.worker_cpu.empty() ? 0 : *std::ranges::max_element(facts.worker_cpu);
    if (most > 0.9 && open_)
      lower("suspect",
            fmt::format("a worker used {:.0f} % of its core; use more --workers, or another machine", most * 100));
    else if (most > 0.9)
      doubt(fmt::format("a worker used {:.0f} % of its core: the rate may be the generator's limit, not the server's",
                        most * 100),
            "use more --workers, or another machine for the generator");
    // A server on the same machine has to work, too, and what works with it; but not before anything is asked of it.
    const bool server_among_others = around_.loopback && !around_.bundled;
    if (server_among_others && around_.others_before > kOthersBusy)
      lower("suspect",
            fmt::format(
                "other processes used {:.0f} % of this machine before the load began; stop them, or use another one",
                around_.others_before * 100));
    else if (!server_among_others && facts.others_busy > kOthersBusy)
      lower("suspect", fmt::format("other processes used {:.0f} % of this machine; stop them, or use another one",
                                   facts.others_busy * 100));
    else if (open_ && facts.machine_busy > 0.95)
      lower("suspect", fmt::format("this machine was {:.0f} % busy; use a lower rate, or one with more cores",
                                   facts.machine_busy * 100));
    if (facts.machine_steal > 0.05)
      lower("suspect",
            fmt::format("the host took away {:.0f} % of the processor time (steal); use a machine of your own",
                        facts.machine_steal * 100));
  }

  void exhaustion() {
    const auto& facts = load_.generator;
    const auto used = [](unsigned most, unsigned of) { return of == 0 ? 0.0 : static_cast<double>(most) / of; };
    const double descriptors = used(facts.most_descriptors, facts.descriptor_limit);
    if (descriptors > 0.9)
      lower(descriptors > 0.99 ? "invalid" : "suspect",
            fmt::format("{} of {} file descriptors were in use; raise the limit: ulimit -n 65536",
                        facts.most_descriptors, facts.descriptor_limit));
    const double ports = used(facts.most_ports, facts.port_range);
    if (ports > 0.8)
      lower(ports > 0.99 ? "invalid" : "suspect",
            fmt::format(
                "{} of {} local ports to the target were in use or in TIME_WAIT; keep connections alive, or use more "
                "than one machine",
                facts.most_ports, facts.port_range));
  }

  // A percentile says something when some ten values lie above it.
  void samples() {
    const auto count = static_cast<double>(load_.flow_response.count());
    if (count == 0) return;
    std::vector<double> percentiles = {99, 99.9};
    for (const auto& objective : around_.objectives)
      if (objective.metric == rules::LoadObjective::Metric::percentile) percentiles.push_back(objective.percentile);
    std::ranges::sort(percentiles);
    for (const double percentile : percentiles) {
      const double above = count * (1 - percentile / 100);
      if (above >= 10 - 1e-6) continue;
      // Higher ones rest on even fewer.
      const auto whole = static_cast<std::size_t>(above + 1e-6);
      doubt(fmt::format("p{:g} rests on {} ({} flows)", percentile,
                        whole == 0 ? "fewer than one sample" : base::plural(whole, "sample"),
                        load_.flow_response.count()),
            "run longer");
      return;
    }
  }

  void answers() {
    std::uint64_t refused = 0;
    for (const auto& [kind, times] : load_.errors)
      if (kind.find("status 401") != std::string::npos || kind.find("status 429") != std::string::npos)
        refused += times;
    if (load_.done > 0 && refused * 2 > load_.done)
      doubt("most answers were 401 or 429: the times are those of refusals",
            "check the clients of the target file, or ask for a higher rate limit for this test");
    else if (load_.done > 0 && load_.failed * 2 > load_.done)
      doubt("most flows failed: the times are those of errors", "run assay check first");
  }

  void setting() {
    const auto connections = load_.generator.connections;
    if (connections > 100 && load_.requests > 0 && connections * 2 > load_.requests) {
      const double each = static_cast<double>(load_.requests) / static_cast<double>(connections);
      if (around_.tls)
        doubt(fmt::format("TLS handshakes dominate: a connection carried {:.1f} requests", each),
              around_.keep_alive ? "let the server keep connections open"
                                 : "use \"connections\": \"keep-alive\" if that is not what you measure");
      else if (around_.keep_alive)
        doubt(fmt::format("connections were not used again: one carried {:.1f} requests", each),
              "let the server keep connections open");
    }
    if (around_.loopback)
      doubt("the target is on this machine: they share its processors, and there is no network between them",
            "measure from another machine");
    const auto jump = std::chrono::abs(around_.clock_jump);
    if (jump > std::chrono::milliseconds(500))
      doubt("the clock of this machine was set during the run, by " + base::format_duration(jump),
            "expiry times may have been misjudged; run again");
  }

  Load& load_;
  const Surroundings& around_;
  bool open_;
};

}  // namespace

void judge_generator(Load& load, const Surroundings& surroundings) { Judge(load, surroundings).run(); }

}  // namespace assay::load
