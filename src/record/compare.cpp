// Compares two runs by names: of rules, cases and checks.
#include "record/compare.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>

namespace assay::record {
namespace {

constexpr std::array<std::string_view, 7> kKinds = {"new-failure",      "lost-proof", "fixed",       "still-failing",
                                                    "changed-evidence", "new-rule",   "retired-rule"};

// One thing that has a verdict: a check; or a rule as a whole, where it has no checks or its own reason for what it shows.
struct Judged {
  const Rule* rule = nullptr;
  std::string check;
  Verdict verdict{};
  std::string actual;
};
using Index = std::map<std::string, Judged>;

// A case and a check may have the same name.
std::string key_of(const Rule& rule, const std::string& check) { return rule.full_id() + "\n" + check; }

bool bad(Verdict verdict) { return verdict == Verdict::fail || verdict == Verdict::warn || verdict == Verdict::waived; }
bool proves(Verdict verdict) { return verdict == Verdict::pass || verdict == Verdict::note || bad(verdict); }
bool unproven_now(Verdict verdict) {
  return verdict == Verdict::inconclusive || verdict == Verdict::blocked || verdict == Verdict::interrupted ||
         verdict == Verdict::harness_error;
}
// Worse to better: a warning that becomes a failure is new, and so is one whose waiver ended.
int grade(Verdict verdict) {
  return verdict == Verdict::fail ? 3 : verdict == Verdict::warn ? 2 : verdict == Verdict::waived ? 1 : 0;
}

Index index_of(const Run& run) {
  Index out;
  for (const auto& rule : run.rules) {
    // Checks of a rule that was blocked may never have been reached: the rule speaks for them.
    out.emplace(key_of(rule, ""), Judged{&rule, "", rule.verdict, rule.reason});
    for (const auto& check : rule.checks)
      out.emplace(key_of(rule, check.name),
                  Judged{&rule, check.name, check.verdict, check.actual.empty() ? check.reason : check.actual});
  }
  return out;
}

Change change_of(std::string_view kind, const Judged* before, const Judged* now) {
  const auto& one = now ? *now : *before;
  return {.kind = std::string(kind),
          .rule = one.rule->id,
          .case_name = one.rule->case_name,
          .check = one.check,
          .was = before ? std::string(to_string(before->verdict)) : "",
          .is = now ? std::string(to_string(now->verdict)) : "",
          .before = before ? before->actual : "",
          .now = now ? now->actual : ""};
}

std::string_view kind_of(const Judged& before, const Judged& now) {
  if (bad(now.verdict)) {
    if (grade(now.verdict) > grade(before.verdict)) return "new-failure";
    if (bad(before.verdict)) return "still-failing";
    return "";
  }
  if (bad(before.verdict) && (now.verdict == Verdict::pass || now.verdict == Verdict::note)) return "fixed";
  if (proves(before.verdict) && unproven_now(now.verdict)) return "lost-proof";
  return "";
}

// A rule that carries checks is told by them, unless it is the rule that lost its proof.
bool told_by_checks(const Judged& one) { return one.check.empty() && !one.rule->checks.empty(); }

}  // namespace

std::span<const std::string_view> change_kinds() { return kKinds; }

bool is_regression(const Change& change) { return change.kind == "new-failure" || change.kind == "lost-proof"; }

Since compare_runs(const Run& before, const Run& now) {
  Since out{before.started, before.tool_version, before.ruleset_hash, {}};
  const auto old_index = index_of(before), new_index = index_of(now);
  const auto add = [&](std::string_view kind, const Judged* was, const Judged* is) {
    out.changes.push_back(change_of(kind, was, is));
  };
  for (const auto& [name, is] : new_index) {
    const auto found = old_index.find(name);
    const bool whole = is.check.empty();
    if (found == old_index.end()) {
      // A check of a rule that is new anyway is not told; one that the old run did not reach is, when it failed.
      const auto old_rule = old_index.find(key_of(*is.rule, ""));
      if (whole) add("new-rule", nullptr, &is);
      else if (old_rule != old_index.end() && bad(is.verdict)) {
        const bool reached = proves(old_rule->second.verdict) && !old_rule->second.rule->checks.empty();
        add(reached && before.ruleset_hash != now.ruleset_hash ? "new-rule" : "new-failure", nullptr, &is);
      }
      continue;
    }
    const auto& was = found->second;
    if (whole) {
      // The checks tell the rest; and what was not run at all is no news.
      const bool lost = proves(was.verdict) && unproven_now(is.verdict);
      const bool by_checks =
          told_by_checks(is) && std::ranges::any_of(is.rule->checks, [&](const Check& check) {
            const auto old_check = old_index.find(key_of(*is.rule, check.name));
            return old_check != old_index.end() && unproven_now(check.verdict) && proves(old_check->second.verdict);
          });
      if (lost && !by_checks) add("lost-proof", &was, &is);
      else if (is.rule->checks.empty() && !lost)
        if (const auto kind = kind_of(was, is); !kind.empty()) add(kind, &was, &is);
      continue;
    }
    const auto kind = kind_of(was, is);
    if (!kind.empty()) add(kind, &was, &is);
    if (kind == "still-failing" && was.actual != is.actual) add("changed-evidence", &was, &is);
  }
  for (const auto& [name, was] : old_index)
    if (was.check.empty() && !new_index.contains(name)) add("retired-rule", &was, nullptr);
  std::vector<Change> sorted;
  for (const auto kind : kKinds)
    std::ranges::copy_if(out.changes, std::back_inserter(sorted), [&](const Change& one) { return one.kind == kind; });
  out.changes = std::move(sorted);
  return out;
}

std::string incomparable(const Run& before, const Run& now) {
  if (before.command != now.command)
    return "one records an assay " + before.command + ", the other an assay " + now.command;
  if (before.target_name != now.target_name)
    return "the target of one is \"" + before.target_name + "\", of the other \"" + now.target_name + "\"";
  // The bundled mock gets a new port each time.
  if (!before.target_file.empty() && !now.target_file.empty() && before.issuer != now.issuer)
    return "the issuer of one is " + before.issuer + ", of the other " + now.issuer;
  return "";
}

}  // namespace assay::record
