// assay wait-for: until a server answers, instead of a loop around curl. Sends GET requests and nothing else.
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "base/text.hpp"
#include "base/url.hpp"
#include "cli/setup.hpp"
#include "engine/bound_target.hpp"
#include "net/client.hpp"
#include "net/main_loop.hpp"

namespace assay::cli {
namespace {

constexpr std::chrono::milliseconds kPause{250}, kOneAnswer{5000};

// What keeps it from being ready, or "".
std::string lacking(const net::Answer& answer) {
  if (!answer.ok()) return std::string(to_string(answer.outcome)) + (answer.detail.empty() ? "" : ": " + answer.detail);
  return answer.status >= 500 ? "it answers with status " + std::to_string(answer.status) : "";
}

}  // namespace

int wait_for(const Options& options) {
  const auto url = base::parse_url(options.id);
  if (!url)
    return report_stop({kUsage, "\"" + base::printable(options.id, 200) +
                                    "\" is not an http or https URL; write it with its scheme: http://127.0.0.1:8080"});
  const auto limit = base::parse_duration(options.duration.empty() ? "60s" : options.duration);
  if (!limit || *limit <= std::chrono::nanoseconds{} || *limit > std::chrono::hours(24))
    return report_stop(
        {kUsage, "--for \"" + base::printable(options.duration, 60) + "\" is not a duration up to a day: 30s, 2m"});
  boost::asio::io_context io(1);
  net::ClientOptions client_options;
  client_options.verify_certificate = !options.any_certificate;
  client_options.ca_file = options.ca_file;
  client_options.timeout = std::min(kOneAnswer, std::max(std::chrono::duration_cast<std::chrono::milliseconds>(*limit),
                                                         std::chrono::milliseconds(1)));
  auto context = net::ClientContext::create(io, client_options);
  if (!context) return report_stop({kUsage, context.error().doing});
  const std::string request = "GET " + url->target() + " HTTP/1.1\r\nHost: " + url->authority() +
                              "\r\nUser-Agent: assay\r\nAccept: */*\r\nConnection: close\r\n\r\n";
  const auto origin = engine::origin_of(*url);
  const auto started = std::chrono::steady_clock::now();
  bool interrupted = false, ready = false;
  int status = 0;
  std::string why;
  net::RealTime time;
  const auto task = [&]() -> net::awaitable<void> {
    net::Client client(**context);
    net::Answer answer;
    while (!interrupted) {
      co_await client.exchange(origin, request, answer);
      client.close_connections();
      if (interrupted) break;
      why = lacking(answer);
      status = answer.status;
      ready = why.empty();
      const auto left = *limit - (std::chrono::steady_clock::now() - started);
      if (ready || left <= std::chrono::nanoseconds{}) break;
      co_await time.wait(std::min<std::chrono::nanoseconds>(kPause, left));
    }
    (*context)->stop();
  };
  net::run_to_end(io, task(), [&] {
    interrupted = true;
    (*context)->stop();
    time.interrupt();
  });
  if (interrupted) return kInterrupted;
  const auto took = base::format_duration(std::chrono::steady_clock::now() - started);
  const auto shown = base::printable(url->origin() + url->path, 300);
  if (ready) {
    if (!options.quiet) std::printf("%s answers with status %d after %s\n", shown.c_str(), status, took.c_str());
    return kPassed;
  }
  return report_stop({kBlocked, shown + " is not ready after " + took + ": " + base::printable(why, 300)});
}

}  // namespace assay::cli
