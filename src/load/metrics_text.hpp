// A load run as Prometheus reads it: text format 0.0.4, names and units after its conventions (base units, _total, _seconds).
// Made of snapshots only. Pure.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "load/snapshot.hpp"

namespace assay::load {

// Text of any origin, fit to leave: redacted.
using Cleaner = std::function<std::string(const std::string&)>;

class Metrics {
 public:
  // Labels of assay_run_info, such as {"plan", "soak"}.
  Metrics(std::map<std::string, std::string> about, Cleaner clean)
      : about_(std::move(about)), clean_(std::move(clean)) {}

  void add(const Snapshot& snapshot);
  std::string text() const;

 private:
  std::map<std::string, std::string> about_;
  Cleaner clean_;
  Snapshot now_;
  Interval sum_;  // of all snapshots
};

// Within the quotes of a label: backslash, quotation mark and line end escaped, other control characters made visible.
std::string label_value(std::string_view text);

}  // namespace assay::load
