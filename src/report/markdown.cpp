// Markdown as GitHub and GitLab render it. What a server sent stands in code elements, where nothing is a mention, a link or
// markup; and the whole stays below 60 KB, because a longer comment is refused and a longer summary is lost entirely.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/findings.hpp"
#include "report/markdown_text.hpp"
#include "report/reports.hpp"

namespace assay::report {
namespace {

using record::Verdict;

constexpr std::size_t kLimit = 60'000;  // bytes
constexpr std::size_t kReserve = 400;   // for the note that something is left out
constexpr std::size_t kRowsShown = 50;  // of the table of failures

std::string_view sign(Verdict verdict) {
  switch (verdict) {
    case Verdict::fail: return "❌";
    case Verdict::warn: return "⚠️";
    case Verdict::waived: return "🔕";
    default: return "❔";
  }
}

class Summary {
 public:
  Summary(const record::Run& run, const record::Redactor& redactor) : run_(run), md_(redactor) {}

  std::string document() {
    head();
    table();
    details();
    left_over();
    if (run_.load) load(*run_.load);
    if (left_out_ > 0)
      out_ += fmt::format(
          "\n*{} left out here, because a summary has to stay short: the HTML report and run.json hold all.*\n",
          base::plural(left_out_, "part") + (left_out_ == 1 ? " is" : " are"));
    return std::move(out_);
  }

 private:
  // A part that goes in whole or not at all.
  void add(const std::string& part) {
    if (out_.size() + part.size() + kReserve > kLimit) ++left_out_;
    else out_ += part;
  }

  void head() {
    const bool good = run_.result == "PASS";
    add(fmt::format("### {} {}: {}\n\n",
                    good                    ? "✅"
                    : run_.result == "FAIL" ? "❌"
                                            : "❔",
                    md_.text(run_.result), md_.text(verdict_sentence(run_))));
    std::vector<std::string> parts;
    for (const auto& [verdict, count] : counts()) parts.push_back(counted(verdict, count));
    if (!parts.empty()) add(fmt::format("{}\n\n", fmt::join(parts, " · ")));
    if (run_.since)
      add(fmt::format("Since {}: {}\n\n", day_and_time(run_.since->started).substr(0, 10),
                      md_.text(change_counts(*run_.since))));
    add(fmt::format("Target {} · profile {}{} · assay {} · {:.1f} s\n\n", md_.code(target_words(run_), 200),
                    md_.code(run_.profile), run_.preset.empty() ? "" : ", preset " + md_.code(run_.preset),
                    md_.text(run_.tool_version), std::chrono::duration<double>(run_.took).count()));
  }

  std::vector<std::pair<Verdict, std::size_t>> counts() const {
    const auto all = record::count_rules(run_);
    std::vector<std::pair<Verdict, std::size_t>> out;
    for (const auto verdict : told_order())
      if (const auto found = all.find(verdict); found != all.end()) out.emplace_back(*found);
    return out;
  }

  void table() {
    if (std::ranges::all_of(findings_, [](const Finding& one) { return one.verdict == Verdict::waived; })) return;
    add("| | Rule | Check | Clause | Actual |\n| --- | --- | --- | --- | --- |\n");
    std::size_t rows = 0;
    for (const auto& one : findings_) {
      if (one.verdict == Verdict::waived) continue;
      if (rows++ >= kRowsShown) continue;
      const auto clause = fmt::format("{} {}", to_string(one.level), md_.text(one.reference, 120));
      add(fmt::format("| {} | {} | {} | {} | {} |\n", sign(one.verdict),
                      md_.code(one.id + (one.case_name.empty() ? "" : "#" + one.case_name), 120),
                      md_.code(one.check, 120), md_.link(clause, one.url), md_.code(one.actual, 200)));
    }
    if (rows > kRowsShown) add(fmt::format("\nand {} more\n", rows - kRowsShown));
    add("\n");
  }

  void details() {
    for (const auto& one : findings_) {
      if (one.verdict == Verdict::waived) continue;
      std::string block = fmt::format("<details><summary>{} {}: {}</summary>\n\n", sign(one.verdict),
                                      md_.code(one.name(), 200), md_.text(one.title, 200));
      const auto field = [&](std::string_view name, const std::string& said) {
        if (!said.empty()) block += fmt::format("- **{}**: {}\n", name, said);
      };
      field("Requirement", md_.text(one.requirement, 600));
      field("Expected (by the rule)", md_.code(one.expected));
      field("Actual (the server)", md_.code(one.actual));
      field("Note", md_.text(one.reason));
      field("Why", md_.text(one.story, 800));
      field("What an attacker gains", md_.text(one.threat, 400));
      field("What to do", md_.text(one.advice, 800));
      field("Evidence", evidence(one));
      if (!one.path.empty()) field("Again", md_.code("assay check" + again(one), 400));
      add(block + "\n</details>\n\n");
    }
  }

  std::string again(const Finding& one) const {
    record::Rule rule;
    rule.id = one.id;
    return again_command(run_, rule).substr(std::string_view("assay check").size());
  }

  std::string evidence(const Finding& one) const {
    std::string out;
    for (const int id : one.evidence)
      if (const auto* exchange = find_exchange(run_, id); exchange && out.size() < 600)
        out += (out.empty() ? "" : " → ") + md_.code(fmt::format("#{} {}", id, exchange_words(*exchange)), 120);
    return out;
  }

  void left_over() {
    std::string list;
    for (const auto& waiver : run_.waivers)
      list += fmt::format("- {} {}\n", waiver.state == "active" ? "🔕" : "⚠️", md_.text(waiver_words(waiver), 600));
    section("Waivers", run_.waivers.size(), list);
    list.clear();
    std::size_t open = 0;
    for (const auto& rule : run_.rules)
      if (unproven(rule.verdict)) {
        ++open;
        if (list.size() < 8000)
          list += fmt::format("- {} {}: {}\n", md_.code(rule.full_id(), 120), word(rule.verdict),
                              md_.text(reason_of(rule), 300));
      }
    section("Could not be judged", open, list);
    list.clear();
    std::size_t changes = 0;
    if (run_.since)
      for (const auto& change : run_.since->changes)
        if (change.kind != "still-failing" && ++changes < 100)
          list += fmt::format("- {}: {}{}\n", change_word(change.kind), md_.code(change.name(), 200),
                              change.now.empty() ? "" : ": " + md_.code(change.now, 200));
    section("Changes", changes, list);
  }

  void section(std::string_view title, std::size_t count, const std::string& list) {
    if (count > 0) add(fmt::format("<details><summary>{}: {}</summary>\n\n{}\n</details>\n\n", title, count, list));
  }

  void load(const record::Load& load) {
    add(fmt::format("**Load** {}: {} flows ended, {} failed, {} never started; the generator is {}\n\n",
                    md_.code(load.plan.empty() ? load.journey : load.plan, 120), grouped(load.done),
                    grouped(load.failed), grouped(load.dropped), md_.text(load.trust)));
    std::string rows =
        "| Step | per s | errors | p50 | p90 | p99 | max |\n| --- | --: | --: | --: | --: | --: | --: |\n";
    for (const auto& step : load.steps)
      rows += fmt::format("| {} | {} | {:.2f} % | {} | {} | {} | {} |\n", md_.code(step.name, 80),
                          per_second(step.done, load.measured_duration),
                          step.done + step.failed == 0 ? 0.0
                                                       : 100.0 * static_cast<double>(step.failed) /
                                                             static_cast<double>(std::max(step.done, step.failed)),
                          short_time(step.service.percentile(50)), short_time(step.service.percentile(90)),
                          short_time(step.service.percentile(99)), short_time(step.service.max()));
    add(rows + "\n");
    for (const auto& one : load.objectives)
      add(fmt::format("- {} {}\n",
                      one.met              ? "✅"
                      : one.waived.empty() ? "❌"
                                           : "🔕",
                      md_.text(objective_words(one), 300)));
    for (const auto& doubt : load.doubts)
      add(fmt::format("- doubt: {}; {}\n", md_.text(doubt.what, 300), md_.text(doubt.remedy, 300)));
  }

  const record::Run& run_;
  const MarkdownText md_;
  const std::vector<Finding> findings_ = findings(run_);
  std::string out_;
  std::size_t left_out_ = 0;
};

}  // namespace

std::string markdown(const record::Run& run, const record::Redactor& redactor) {
  return Summary(run, redactor).document();
}

}  // namespace assay::report
