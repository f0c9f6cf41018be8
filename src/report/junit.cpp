// JUnit XML as Jenkins, GitLab and Surefire read it: a suite per topic, a case per rule. What proves nothing is an error,
// never a skip, because a skip reads as green.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "base/text.hpp"
#include "report/console.hpp"
#include "report/xml.hpp"

namespace assay::report {
namespace {

using record::Verdict;

struct Numbers {
  std::size_t tests = 0, failures = 0, errors = 0, skipped = 0;
  double seconds = 0;
};

// Surefire's schema knows at most three decimals.
std::string seconds(double value) { return fmt::format("{:.3f}", value); }

class Writer {
 public:
  Writer(const record::Run& run, const record::Redactor& redactor, const JunitStyle& style)
      : run_(run), redactor_(redactor), style_(style) {}

  std::string document() {
    std::string suites;
    Numbers all;
    for (const auto& topic : topics(run_)) suites += suite(topic.name, cases(topic), all);
    if (run_.load) suites += suite("load", load_cases(*run_.load), all);
    return fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\" {}>\n{}</testsuites>\n",
                       attributes(all), suites);
  }

 private:
  std::string text(std::string_view raw, std::size_t limit = 400) const {
    return xml_escaped(shown(redactor_, raw, limit));
  }

  static std::string attributes(const Numbers& n) {
    return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\"", n.tests, n.failures,
                       n.errors, n.skipped, seconds(n.seconds));
  }

  std::string property(std::string_view name, std::string_view value) const {
    return fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, text(value));
  }

  // A finished suite around `body`; `numbers_` holds what was counted for it.
  std::string suite(std::string_view name, const std::string& body, Numbers& all) {
    const auto numbers = std::exchange(numbers_, {});
    all.tests += numbers.tests;
    all.failures += numbers.failures;
    all.errors += numbers.errors;
    all.skipped += numbers.skipped;
    all.seconds += numbers.seconds;
    auto stamp = day_and_time(run_.started).substr(0, 19);
    stamp[10] = 'T';
    const auto host = host_of(run_);
    return fmt::format(
        "  <testsuite name=\"{}\" {} timestamp=\"{}\" hostname=\"{}\">\n    <properties>\n{}{}{}{}{}{}    "
        "</properties>\n{}  </testsuite>\n",
        text(name), attributes(numbers), stamp, host.empty() ? "unknown" : text(host),
        property("tool", "assay " + run_.tool_version), property("profile", run_.profile),
        property("profile.frozen", run_.profile_frozen) + (run_.preset.empty() ? "" : property("preset", run_.preset)),
        property("ruleset", run_.ruleset_hash), property("target", target_words(run_)), property("issuer", run_.issuer),
        body);
  }

  std::string open_case(std::string_view topic, std::string_view name, std::string_view file, double took) {
    ++numbers_.tests;
    numbers_.seconds += took;
    return fmt::format("    <testcase classname=\"{}.{}\" name=\"{}\"{} time=\"{}\"",
                       text(run_.profile.empty() ? "assay" : run_.profile), text(topic), text(name),
                       file.empty() ? "" : fmt::format(" file=\"{}\"", text(file)), seconds(took));
  }

  std::string element(std::string_view name, std::string_view type, std::string_view message,
                      std::string_view content = {}) const {
    std::string out = fmt::format("      <{}{} message=\"{}\"", name,
                                  type.empty() ? "" : fmt::format(" type=\"{}\"", type), text(message));
    return out + (content.empty() ? "/>\n" : fmt::format(">{}</{}>\n", content, name));
  }

  // The block that the terminal shows, without colour; its text has passed the redactor already.
  std::string block(const record::Rule& rule) const {
    const TerminalStyle style{.color = false, .utf8 = true, .width = 120, .verbosity = 0};
    Console console(redactor_, style);
    failure_block(console, run_, rule);
    return xml_escaped(console.take());
  }

  std::string failure(const record::Rule& rule) {
    ++numbers_.failures;
    std::string names, level = "MUST";
    for (const auto& check : rule.checks) {
      if (check.verdict != rule.verdict) continue;
      if (names.empty()) level = to_string(check.level);
      names += fmt::format("{}{}: {}", names.empty() ? "" : "; ", check.name, check.actual);
    }
    return element("failure", level, names.empty() ? rule.title : names, block(rule));
  }

  // What a verdict rests on, where it is not the whole story: how much the trials of a race prove, that a rule passed only
  // when it was run once more. (Surefire's schema knows no properties of a case.)
  std::string remarks(const record::Rule& rule) const {
    std::string out;
    const auto add = [&](std::string_view line) { out += (out.empty() ? "" : "\n") + text(line, 4000); };
    if (rule.race) {
      add("trials: " + race_words(*rule.race));
      if (const auto outcomes = race_outcomes(*rule.race); !outcomes.empty()) add("outcomes: " + outcomes);
    }
    if (rule.flaky) add(rule.reason.starts_with("flaky") ? rule.reason : "flaky: " + rule.reason);
    return out.empty() ? out : system_out(out);
  }

  static std::string system_out(std::string_view escaped) {
    return fmt::format("      <system-out>{}</system-out>\n", escaped);
  }

  std::string outcome(const record::Rule& rule) {
    const auto reason = reason_of(rule);
    switch (rule.verdict) {
      case Verdict::pass:
      case Verdict::note: return remarks(rule);
      // The block says what the trials came to.
      case Verdict::warn: return style_.warnings_fail ? failure(rule) : system_out(block(rule));
      case Verdict::fail: return failure(rule);
      case Verdict::not_applicable:
      case Verdict::not_judged:
        ++numbers_.skipped;
        return element("skipped", "", reason.empty() ? word(rule.verdict) : reason);
      case Verdict::waived:
        ++numbers_.skipped;
        return element("skipped", "",
                       reason.starts_with("waived") ? reason : "waived" + (reason.empty() ? "" : " " + reason));
      default:
        ++numbers_.errors;
        return element("error", to_string(rule.verdict), reason.empty() ? word(rule.verdict) : reason,
                       text(reason, 4000)) +
               remarks(rule);
    }
  }

  // One of several checks, as if it were a rule of its own.
  std::string check_case(const Topic& topic, const record::Rule& rule, const record::Check& check, double took) {
    record::Rule alone = rule;
    alone.checks = {check};
    alone.verdict = check.verdict;
    alone.reason = check.reason;
    alone.race.reset();
    std::string out = open_case(topic.name, rule.full_id() + "#" + check.name, rule.path, took);
    const auto body = outcome(alone);
    return out + (body.empty() ? "/>\n" : ">\n" + body + "    </testcase>\n");
  }

  std::string cases(const Topic& topic) {
    std::string out;
    for (const auto& group : topic.rules)
      for (const auto* rule : group.cases) {
        if (style_.per_check && !rule->checks.empty()) {
          double took = std::chrono::duration<double>(rule->took).count();
          bool told = false;
          for (const auto& check : rule->checks) {
            out += check_case(topic, *rule, check, std::exchange(took, 0));
            told = told || check.verdict == rule->verdict;
          }
          if (told) continue;  // else the rule has a verdict that no check of it has: blocked, for example
        }
        out += open_case(topic.name, rule->full_id(), rule->path, std::chrono::duration<double>(rule->took).count());
        const auto body = outcome(*rule);
        out += body.empty() ? "/>\n" : ">\n" + body + "    </testcase>\n";
      }
    return out;
  }

  std::string load_case(const std::string& name, std::string_view failed, std::string_view kind,
                        std::string_view type) {
    std::string out = open_case("load", name, "", 0);
    if (failed.empty()) return out + "/>\n";
    ++(kind == "failure" ? numbers_.failures : numbers_.errors);
    return out + ">\n" + element(kind, type, failed, text(failed)) + "    </testcase>\n";
  }

  // GitLab keeps only the first of several cases of one name.
  std::string unique(const std::string& name) {
    const auto times = ++names_[name];
    return times == 1 ? name : fmt::format("{} ({})", name, times);
  }

  std::string skipped_case(const std::string& name, std::string_view why) {
    ++numbers_.skipped;
    return open_case("load", name, "", 0) + ">\n" + element("skipped", "", why) + "    </testcase>\n";
  }

  std::string objective_case(const record::Objective& one) {
    const auto name = unique("objective: " + one.text +
                             (one.window.count() > 0 ? " in each " + base::format_duration(one.window) : ""));
    if (!one.met && !one.waived.empty()) return skipped_case(name, one.waived);
    return load_case(name, one.met ? "" : objective_words(one), "failure", "objective");
  }

  std::string invariant_case(const record::Invariant& one) {
    const auto name = unique(one.id + "#" + one.check);
    const auto words = one.title + ": " + invariant_words(one);
    switch (verdict_of(one)) {
      case Verdict::fail: return load_case(name, words, "failure", to_string(one.level));
      case Verdict::warn:
        return open_case("load", name, "", 0) + ">\n      <system-out>" + text(words) +
               "</system-out>\n    </testcase>\n";
      case Verdict::waived: return skipped_case(name, one.waived);
      case Verdict::not_judged: return skipped_case(name, words);
      default: return load_case(name, "", "", "");
    }
  }

  std::string load_cases(const record::Load& load) {
    std::string broken, out;
    for (const auto& one : load.journeys)
      if (one.race && one.race->violations > 0)
        broken += fmt::format("{}{}: {}", broken.empty() ? "" : ", ", one.rule, race_words(*one.race));
    for (const auto& [name, count] : load.violations)
      broken += fmt::format("{}{} ({} times)", broken.empty() ? "" : ", ", name, count);
    out += load_case(load.journey + ": rules hold under load", broken, "failure", "MUST");
    out += load_case(load.journey + ": flows end as expected",
                     load.failed == 0 || record::tolerates_failures(load)
                         ? ""
                         : fmt::format("{} of {} flows failed", grouped(load.failed), grouped(load.done)),
                     "failure", "load");
    for (const auto& one : load.objectives) out += objective_case(one);
    for (const auto& one : load.invariants) out += invariant_case(one);
    out += load_case(load.journey + ": the run went to its end", interruption(run_), "error", "interrupted");
    out +=
        load_case(load.journey + ": the generator can be believed",
                  load.trust == "valid" ? "" : fmt::format("{}: {}", load.trust, fmt::join(load.trust_reasons, ", ")),
                  "error", load.trust == "suspect" ? "suspect" : "invalid");
    return out;
  }

  const record::Run& run_;
  const record::Redactor& redactor_;
  const JunitStyle style_;
  Numbers numbers_;
  std::map<std::string, unsigned> names_;  // of cases whose names come from a plan
};

}  // namespace

std::string junit(const record::Run& run, const record::Redactor& redactor, const JunitStyle& style) {
  return Writer(run, redactor, style).document();
}

}  // namespace assay::report
