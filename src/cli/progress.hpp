// Progress on stderr: one line that is rewritten on a terminal, one line per finished rule elsewhere.
#pragma once
#include <chrono>
#include <string>

#include "cli/options.hpp"
#include "engine/check_run.hpp"

namespace assay::cli {

class TerminalProgress final : public engine::Progress {
 public:
  explicit TerminalProgress(const Options& options);
  ~TerminalProgress() override { clear(); }

  void say(const std::string& text);  // "preflight", "12/49 code/expiry"
  void clear();
  void rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) override;
  void rule_finished(const record::Rule& rule, const std::vector<record::Exchange>& exchanges) override;

 private:
  bool rewrite_ = false, lines_ = false, shown_ = false;
  int width_ = 80;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace assay::cli
