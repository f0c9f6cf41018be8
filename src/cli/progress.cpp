#include "cli/progress.hpp"

#include <unistd.h>

#include <cstdio>

#include "cli/setup.hpp"

namespace assay::cli {

TerminalProgress::TerminalProgress(const Options& options) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  rewrite_ = terminal && !options.quiet;
  lines_ = !terminal && !options.quiet;
  width_ = terminal_style(options, STDERR_FILENO).width;
}

void TerminalProgress::say(const std::string& text) {
  if (!rewrite_) return;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < std::chrono::milliseconds(50)) return;  // a fast run must not flicker
  last_ = now;
  shown_ = true;
  std::fprintf(stderr, "\r\x1b[K%.*s", width_ - 1, text.c_str());
  std::fflush(stderr);
}

void TerminalProgress::clear() {
  if (shown_) std::fprintf(stderr, "\r\x1b[K");
  shown_ = false;
}

void TerminalProgress::rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) {
  say(std::to_string(done + 1) + "/" + std::to_string(total) + "  " + rule.full_id());
}

void TerminalProgress::rule_finished(const record::Rule& rule, const std::vector<record::Exchange>&) {
  if (lines_) std::fprintf(stderr, "%s\n", report::plain_line(rule).c_str());
}

}  // namespace assay::cli
