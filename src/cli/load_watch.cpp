#include "cli/load_watch.hpp"

#include <unistd.h>

#include <cstdio>

namespace assay::cli {

std::optional<Stop> unusable_metrics(const Options& options) {
  if (options.metrics.empty()) return std::nullopt;
  const auto address = load::parse_address(options.metrics);
  if (!address) return Stop{kUsage, "--metrics " + address.error()};
  return std::nullopt;
}

LoadWatch::LoadWatch(const Options& options, const record::Run& run, const std::string& plan,
                     const record::Redactor& redactor)
    : clean_([&redactor](const std::string& text) { return redactor.redact(text); }),
      style_(terminal_style(options, STDERR_FILENO)), lines_(clean_, style_.utf8),
      metrics_({{"plan", plan}, {"target", run.target_name}, {"version", run.tool_version}, {"profile", run.profile}},
               clean_),
      live_(isatty(STDERR_FILENO) != 0 && !options.quiet) {}

std::expected<std::unique_ptr<LoadWatch>, Stop> LoadWatch::start(const Options& options, const record::Run& run,
                                                                 const std::string& plan,
                                                                 const record::Redactor& redactor) {
  std::unique_ptr<LoadWatch> out(new LoadWatch(options, run, plan, redactor));
  if (options.metrics.empty()) return out;
  const auto address = load::parse_address(options.metrics);
  if (!address) return std::unexpected(Stop{kUsage, "--metrics " + address.error()});
  auto endpoint = load::MetricsEndpoint::start(address->first, address->second);
  if (!endpoint) return std::unexpected(Stop{kUsage, "--metrics " + options.metrics + ": " + endpoint.error().doing});
  out->endpoint_ = std::move(*endpoint);
  out->endpoint_->publish(out->metrics_.text());
  std::fprintf(stderr, "metrics at %s\n", out->endpoint_->url().c_str());
  return out;
}

void LoadWatch::show(const load::Snapshot& snapshot) {
  if (endpoint_) {
    metrics_.add(snapshot);
    endpoint_->publish(metrics_.text());
  }
  if (!live_) return;
  const auto lines = lines_.lines(snapshot, style_.width - 1);
  std::string out = shown_ > 0 ? "\x1b[" + std::to_string(shown_) + "A" : "";
  for (const auto& line : lines) out += "\r\x1b[K" + line + "\n";
  // What the last time needed more lines for.
  if (shown_ > lines.size()) out += "\x1b[J";
  shown_ = lines.size();
  std::fputs(out.c_str(), stderr);
  std::fflush(stderr);
}

void LoadWatch::say(const std::string& text) {
  if (!live_) return;
  clear();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void LoadWatch::clear() {
  if (shown_ > 0) std::fprintf(stderr, "\x1b[%zuA\r\x1b[J", shown_);
  std::fflush(stderr);
  shown_ = 0;
}

}  // namespace assay::cli
