#include "cli/check_journal.hpp"

#include <algorithm>

#include "record/waivers.hpp"

namespace assay::cli {

using Clock = std::chrono::steady_clock;

record::Rule unasked(const rules::Rule& rule, record::Verdict verdict, std::string reason) {
  record::Rule out;
  out.id = rule.id;
  out.case_name = rule.case_name;
  out.title = rule.title;
  out.path = rule.path;
  out.verdict = verdict;
  out.reason = std::move(reason);
  return out;
}

CheckJournal::CheckJournal(const std::string& path, const record::Run& run, const record::Redactor& redactor,
                           std::function<void(record::Run&)> conclude, engine::Progress& next)
    : journal_(path), run_(run), redactor_(redactor), conclude_(std::move(conclude)), next_(next) {}

void CheckJournal::rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) {
  next_.rule_started(done, total, rule);
}

// The others that run meanwhile are not kept waiting: text is made of it when there is time.
void CheckJournal::rule_finished(const record::Rule& rule, const std::vector<record::Exchange>& exchanges) {
  next_.rule_finished(rule, exchanges);
  if (journal_.on()) ended_.emplace_back(rule, exchanges);
}

net::awaitable<void> CheckJournal::keep(const std::vector<const rules::Rule*>& rules) {
  if (!journal_.on()) co_return;
  bool begun = false, news = true;
  while (!over_) {
    co_await time_.wait(std::max<std::chrono::nanoseconds>(journal_.until_due(), std::chrono::milliseconds(1)));
    if (!begun && !over_) {
      begun = true;
      document_.emplace(static_cast<int>(run_.exchanges.size()));
      for (const auto* rule : rules)
        add(unasked(*rule, record::Verdict::interrupted, "the run ended before this rule did"), {});
    }
    // A few at a time: others have to answer their servers meanwhile.
    while (!ended_.empty() && !over_) {
      const auto some = Clock::now() + std::chrono::milliseconds(2);
      std::size_t taken = 0;
      while (taken < ended_.size() && Clock::now() < some) {
        auto& [rule, exchanges] = ended_[taken++];
        add(std::move(rule), std::move(exchanges));
      }
      ended_.erase(ended_.begin(), ended_.begin() + static_cast<std::ptrdiff_t>(taken));
      news = true;
      co_await time_.wait(std::chrono::microseconds(1));
    }
    if (over_ || !news || !journal_.due()) continue;
    write();
    news = false;
  }
}

void CheckJournal::end() {
  over_ = true;
  time_.interrupt();
}

void CheckJournal::add(record::Rule rule, std::vector<record::Exchange> exchanges) {
  // Waivers are applied to the outlines once more, together, for what they say of themselves.
  record::Rule outline;
  outline.id = rule.id;
  outline.case_name = rule.case_name;
  outline.verdict = rule.verdict;
  outline.race = rule.race;
  outline.flaky = rule.flaky;
  for (const auto& check : rule.checks) {
    auto& one = outline.checks.emplace_back();
    one.name = check.name;
    one.verdict = check.verdict;
  }
  outlines_[rule.full_id()] = std::move(outline);
  record::Run one;
  one.started = run_.started;
  one.waivers = run_.waivers;
  one.rules.push_back(std::move(rule));
  record::apply_waivers(one);
  document_->add(std::move(one.rules.front()), std::move(exchanges), redactor_);
}

void CheckJournal::write() {
  const auto began = Clock::now();
  auto now = run_;  // without rules yet
  now.finished = false;
  now.took = began - started_;
  for (const auto& [id, outline] : outlines_) now.rules.push_back(outline);
  conclude_(now);
  journal_.write(document_->document(now, redactor_), began);
}

}  // namespace assay::cli
