#include "engine/verdicts.hpp"

#include <algorithm>

namespace assay::engine {
namespace {

using record::Level;
using record::Verdict;
using State = CheckOutcome::State;

Level level_of(std::string_view keyword) {
  return record::parse_level(rules::level_of_keyword(keyword)).value_or(Level::may);
}

Verdict broken_verdict(Level level) {
  return level == Level::must ? Verdict::fail : level == Level::should ? Verdict::warn : Verdict::note;
}

// Whether a check is about the error code of a refusal.
bool about_wording(const rules::Check& check) {
  return std::ranges::any_of(check.that.expectations, [](const auto& part) {
    return std::ranges::any_of(part.second,
                               [](const rules::Condition& c) { return c.kind == rules::Condition::Kind::oauth_error; });
  });
}

std::string actual_text(const rules::Rule& rule, const rules::Check& check, const CheckOutcome& outcome,
                        const Session& session) {
  using Kind = rules::That::Kind;
  switch (check.that.kind) {
    case Kind::live: return outcome.live ? "still accepted" : "no longer accepted";
    case Kind::refreshable: return outcome.live ? "it still works" : "it no longer works";
    case Kind::distinct: return outcome.state == State::broken ? "two are the same" : "they differ";
    case Kind::same: return outcome.state == State::broken ? "they differ" : "they are the same";
    case Kind::sample:
    case Kind::count:
    case Kind::every: return outcome.finding;
    case Kind::expectations: break;
  }
  std::string out;
  const Judge judge(session.results());
  for (const auto& [slot, expectation] : check.that.expectations) {
    const auto* step = rule.step_at(slot);
    if (!step) continue;
    const auto& result = session.result(*step);
    const bool holds = judge.holds(expectation, result, step->verb) == Truth::yes;
    if (outcome.state == State::broken && holds) continue;
    if (!out.empty()) out += "; ";
    if (check.that.expectations.size() > 1) out += step->name + ": ";
    out += holds ? describe_answer(result, step->verb) : describe_mismatch(expectation, result, step->verb);
    // Whether a signature holds is as much up to the keys.
    if (!holds)
      for (const auto& condition : expectation)
        if (condition.kind == rules::Condition::Kind::signed_by)
          out += "; the keys: " +
                 describe_answer(session.results()[static_cast<std::size_t>(condition.keys)], rules::Verb::jwks);
  }
  return out;
}

}  // namespace

Verdict verdict_of(const Capability& capability) {
  switch (capability.state) {
    case Capability::State::not_configured: return Verdict::blocked;
    case Capability::State::left_out: return Verdict::not_judged;
    default: return Verdict::not_applicable;
  }
}

void Verdicts::judge(const rules::Rule& rule, Session& session, record::Rule& out) const {
  if (const auto* step = session.blocked_at()) {
    const auto& result = session.result(*step);
    out.verdict = Verdict::blocked;
    out.reason = "could not arrange it: " + rules::describe(*step) + ": " + describe_answer(result, step->verb);
    if (step->expect) out.reason += " (needed: " + rules::describe(*step->expect) + ")";
    if (says_nothing(result, step->verb) && result.state == StepState::ran && !(step->verb == rules::Verb::authorize))
      out.verdict = Verdict::inconclusive;
    return;
  }
  for (std::size_t i = 0; i < rule.checks.size(); ++i) out.checks.push_back(judge_check(rule, i, session));
  if (const auto* step = session.control_failed_at())
    for (std::size_t i = 0; i < out.checks.size(); ++i) {
      // Something handed out is handed out; but how a refusal is worded says as little as the refusal itself.
      auto& check = out.checks[i];
      const bool wording =
          about_wording(rule.checks[i]) && (check.verdict == Verdict::fail || check.verdict == Verdict::warn);
      if (check.verdict == Verdict::pass || wording) {
        check.verdict = Verdict::inconclusive;
        check.reason = "the server refuses the correct request too (" + rules::describe(*step) + ": " +
                       describe_answer(session.result(*step), step->verb) + "), so this refusal proves nothing";
      }
    }
  // What was only observed does not make a rule that holds look like anything else.
  std::optional<Verdict> worst;
  for (const auto& check : out.checks)
    if (check.level != Level::observe) worst = worst ? record::worse(*worst, check.verdict) : check.verdict;
  out.verdict = worst.value_or(Verdict::note);
  for (const auto& check : out.checks)
    if (check.verdict == out.verdict && out.reason.empty()) out.reason = check.reason;
}

record::Check Verdicts::judge_check(const rules::Rule& rule, std::size_t index, Session& session) const {
  const auto& check = rule.checks[index];
  const auto& outcome = session.checks()[index];
  record::Check out;
  out.name = check.name;
  out.clause = check.clause;
  out.advice = check.advice;
  if (check.clause.empty()) {
    out.level = Level::observe;
    out.requirement = check.question;
  } else {
    const auto& clause = library_.clauses.at(check.clause);
    out.level = level_of(profile_.keyword(rule.id, check.name, clause.keyword));
    out.reference = clause.reference();
    out.requirement = clause.text;
    out.url = clause.url.empty() || clause.section.empty() || !clause.url.contains("rfc-editor.org")
                  ? clause.url
                  : clause.url + "#section-" + clause.section;
  }
  out.expected = rules::describe(rule, check.that);
  if (!profile_.judges(rule.id, check.name)) {
    out.verdict = Verdict::not_judged;
    out.reason = "not part of profile " + profile_.id;
    return out;
  }
  out.evidence = outcome.evidence;
  switch (outcome.state) {
    case State::held:
      out.verdict = out.level == Level::observe ? Verdict::note : Verdict::pass;
      out.actual = actual_text(rule, check, outcome, session);
      break;
    case State::broken:
      if (check.that.kind == rules::That::Kind::expectations) {
        // What the token endpoint said before belongs to the story: the first redemption beside the second.
        std::vector<int> before;
        for (const auto& step : rule.arrange)
          if (step.verb == rules::Verb::token)
            before.insert(before.end(), session.result(step).exchanges.begin(), session.result(step).exchanges.end());
        out.evidence.insert(out.evidence.begin(), before.begin(), before.end());
        std::ranges::sort(out.evidence);
        out.evidence.erase(std::ranges::unique(out.evidence).begin(), out.evidence.end());
      }
      out.verdict = out.level == Level::observe ? Verdict::note : broken_verdict(out.level);
      out.actual = actual_text(rule, check, outcome, session);
      break;
    case State::unknown:
      out.verdict = out.level == Level::observe ? Verdict::note : Verdict::inconclusive;
      out.actual = outcome.reason;
      out.reason = outcome.reason;
      break;
    case State::follows:
      out.verdict = Verdict::not_judged;
      out.reason = "depends on " + rule.checks[static_cast<std::size_t>(check.after)].name + ", which did not hold";
      break;
    case State::lacks: {
      const auto missing = capabilities_.missing(check.needs);
      // A check that our configuration cannot judge leaves the rest of its rule alone.
      out.verdict = missing.state == Capability::State::not_claimed ? Verdict::not_applicable : Verdict::not_judged;
      out.reason = missing.reason;
      break;
    }
  }
  return out;
}

}  // namespace assay::engine
