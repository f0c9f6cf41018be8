// What a load run was to show beside its times: invariants, races beside the journeys, objectives, the search for the limit.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/console.hpp"

namespace assay::report {
namespace {

using record::Verdict;

// A line under a title that stands on the first one only.
class Titled {
 public:
  Titled(Console& console, std::string_view title) : console_(console), title_(title) {}
  ~Titled() {
    if (used_) console_.line();
  }
  void line(const std::string& glyph, std::string_view text) {
    const auto head = fmt::format("{:<11}", used_ ? "" : title_);
    console_.wrapped(glyph.empty() ? head : head + glyph + " ", glyph.empty() ? 11 : 13, text);
    used_ = true;
  }
  void more(std::string_view text) { console_.wrapped(std::string(13, ' '), 13, text); }

 private:
  Console& console_;
  std::string title_;
  bool used_ = false;
};

}  // namespace

void load_beside(Console& console, const record::Load& load) {
  Titled page(console, "Beside");
  for (const auto& one : load.journeys) {
    if (!one.beside) continue;
    const bool broken = (one.race && one.race->violations > 0) || one.failed > 0;
    std::string words = one.rule + ": ";
    if (one.race) words += race_words(*one.race, console.style().utf8);
    else
      words += fmt::format("{} done, {} failed{}", grouped(one.done), grouped(one.failed),
                           one.inconclusive > 0 ? fmt::format(", {} say nothing", grouped(one.inconclusive)) : "");
    page.line(console.glyph(broken         ? Verdict::fail
                            : one.done > 0 ? Verdict::pass
                                           : Verdict::inconclusive),
              console.text(words));
    if (one.race)
      if (const auto outcomes = race_outcomes(*one.race); !outcomes.empty()) page.more(console.text(outcomes));
  }
}

void load_invariants(Console& console, const record::Load& load) {
  Titled page(console, "Invariants");
  // What was broken first; what held, together.
  std::vector<std::string> held;
  for (const auto& one : load.invariants) {
    const auto verdict = verdict_of(one);
    if (verdict == Verdict::pass || verdict == Verdict::not_judged) continue;
    page.line(console.glyph(verdict),
              console.text(fmt::format("{}#{} {}", one.id, one.check, invariant_words(one)), 600));
    if (!one.title.empty()) page.more(console.text(one.title + (one.reference.empty() ? "" : ", " + one.reference)));
    if (!one.advice.empty()) page.more(console.text(one.advice, 600));
    if (!one.evidence.empty()) {
      std::string ids;
      for (const auto id : one.evidence) ids += fmt::format("{}#{}", ids.empty() ? "evidence " : ", ", id);
      page.more(ids);
    }
  }
  for (const auto& one : load.invariants)
    if (verdict_of(one) == Verdict::pass) held.push_back(console.text(one.check + " " + invariant_words(one)));
  if (!held.empty()) page.line(console.glyph(Verdict::pass), console.joined(held));
  // What says nothing is many, mostly for one and the same reason.
  std::vector<std::pair<std::string_view, std::string>> silent;
  for (const auto& one : load.invariants) {
    if (verdict_of(one) != Verdict::not_judged) continue;
    const auto same = std::ranges::find(silent, one.not_judged, [](const auto& pair) { return pair.first; });
    if (same == silent.end()) silent.emplace_back(one.not_judged, one.check);
    else same->second += ", " + one.check;
  }
  for (const auto& [reason, checks] : silent)
    page.line(console.glyph(Verdict::not_judged),
              console.text(fmt::format("not judged, {}: {}", reason, checks), 2000));
}

void load_objectives(Console& console, const record::Load& load) {
  Titled page(console, "Objectives");
  for (const auto& one : load.objectives) page.line(console.glyph(verdict_of(one)), console.text(objective_words(one)));
}

void load_limit(Console& console, const record::Load& load) {
  if (!load.limit) return;
  console.wrapped(fmt::format("{:<11}", "Limit"), 11, console.text(limit_sentence(*load.limit)));
  if (load.limit->curve.empty()) return console.line();
  auto curve = load.limit->curve;
  std::ranges::sort(curve, {}, &record::LimitPoint::rate);
  console.line(fmt::format("             {:>10}{:>10}{:>9}{:>9}{:>9}", "asked/s", "done/s", "p50", "p99", "failed"));
  for (const auto& point : curve) {
    const auto right = [](const std::string& text, std::size_t width) {
      return std::string(width - std::min(width, display_width(text)), ' ') + text;
    };
    console.line(fmt::format("           {} {:>10}{:>10}{}{}{:>9}",
                             console.glyph(point.met ? Verdict::pass : Verdict::fail),
                             fmt::format("{:.6g}", point.rate), fmt::format("{:.6g}", point.achieved),
                             right(point.done ? console.time(point.p50_ns) : "-", 9),
                             right(point.done ? console.time(point.p99_ns) : "-", 9), grouped(point.failed)));
  }
  console.line();
}

}  // namespace assay::report
