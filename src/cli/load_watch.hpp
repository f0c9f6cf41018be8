// What can be seen of a load run while it goes on: a few lines on a terminal, redrawn once a second, and the metrics endpoint.
#pragma once
#include <expected>
#include <memory>

#include "cli/setup.hpp"
#include "load/live_lines.hpp"
#include "load/metrics_endpoint.hpp"
#include "load/metrics_text.hpp"
#include "load/snapshot.hpp"

namespace assay::cli {

class LoadWatch {
 public:
  // `run` tells what is running. A Stop: --metrics names an address that cannot be used.
  static std::expected<std::unique_ptr<LoadWatch>, Stop> start(const Options& options, const record::Run& run,
                                                               const std::string& plan,
                                                               const record::Redactor& redactor);
  ~LoadWatch() { clear(); }

  void show(const load::Snapshot& snapshot);
  void clear();                       // the lines on the terminal
  void say(const std::string& text);  // a line that stays, on a terminal only

 private:
  LoadWatch(const Options& options, const record::Run& run, const std::string& plan, const record::Redactor& redactor);

  load::Cleaner clean_;
  report::TerminalStyle style_;
  load::LiveLines lines_;
  load::Metrics metrics_;
  std::unique_ptr<load::MetricsEndpoint> endpoint_;
  bool live_ = false;
  std::size_t shown_ = 0;  // lines on the terminal
};

// Whether --metrics can be used, said before anything is sent.
std::optional<Stop> unusable_metrics(const Options& options);

}  // namespace assay::cli
