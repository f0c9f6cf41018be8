// Proof that the checks can fail: the healthy mock passes everything; with one defect on, exactly the checks that name it
// fail. The table of it all is reports/samples/kill-matrix.md; ASSAY_UPDATE_SAMPLES=1 rewrites it.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"
#include "support/checking.hpp"

namespace assay {
namespace {

// Not about a check: the first proves positive controls, the second that a hopeless server is soon told.
constexpr std::string_view kRefusesAll = "refuse-everything-at-token", kAcceptsAll = "accept-everything-at-token";

bool is_meta(std::string_view defect) { return defect == kRefusesAll || defect == kAcceptsAll; }

// Rules about what the healthy mock does not offer, and does not claim to; a defect offers it, and does it wrong.
const std::map<std::string_view, std::string_view> kNotOffered = {
    {"pkce/plain-checked", "the PKCE method plain: RFC 9700 section 2.1.1 advises against it"},
    {"refresh/not-implicit", "the implicit grant: RFC 9700 section 2.1.2 advises against it"},
};

// Rules with an invariant are judged by load runs, and proven by load_test.cpp.
std::map<std::string, std::set<std::string>> expected_by_defect() {
  std::map<std::string, std::set<std::string>> out;
  for (const auto& rule : support::library().rules)
    if (rule.invariant.empty())
      for (const auto& proof : rule.proven_by)
        for (const auto& check : proof.fails) out[proof.defect].insert(rule.id + "#" + check);
  return out;
}

// Those that nothing but load shows.
std::set<std::string> load_defects() {
  const auto others = expected_by_defect();
  std::set<std::string> out;
  for (const auto& rule : support::library().rules)
    if (!rule.invariant.empty())
      for (const auto& proof : rule.proven_by)
        if (!others.contains(proof.defect)) out.insert(proof.defect);
  return out;
}

std::string listed(const std::set<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "nothing" : out;
}

// Races need time: the healthy mock and the defects that have nothing to do with them get a few trials.
constexpr support::TrialLimits kFewTrials{.most = 2};

bool is_raced(const std::string& defect) {
  for (const auto& rule : support::library().rules)
    if (rule.has_tag("race"))
      for (const auto& proof : rule.proven_by)
        if (proof.defect == defect) return true;
  return false;
}

std::unique_ptr<mock::Provider> start_mock() {
  mock::ProviderOptions options;
  options.threads = 1;
  options.race_gap = std::chrono::milliseconds(5);
  auto provider = mock::Provider::start(options);
  if (!provider) throw std::runtime_error(provider.error().doing);
  return std::move(*provider);
}

// Every defect on its own, several at a time. ASSAY_DEFECTS=GLOB tries only some: for whoever writes one.
std::map<std::string, std::set<std::string>> broken_by_defect() {
  const char* glob = std::getenv("ASSAY_DEFECTS");
  std::vector<std::string> names;
  const auto left_out = load_defects();
  for (const auto& defect : mock::defects())
    if (!is_meta(defect.name) && !left_out.contains(std::string(defect.name)) &&
        (!glob || base::matches_glob(glob, defect.name)))
      names.emplace_back(defect.name);
  std::map<std::string, std::set<std::string>> out;
  std::atomic<std::size_t> next = 0;
  std::mutex writing;
  const auto work = [&] {
    for (std::size_t i = next++; i < names.size(); i = next++) {
      const auto provider = start_mock();
      if (!provider->set_defects(std::span(&names[i], 1))) throw std::logic_error(names[i]);
      auto broken = support::broken_checks(support::check_mock(
          *provider, support::every_rule(), {}, is_raced(names[i]) ? support::TrialLimits{} : kFewTrials));
      const std::lock_guard lock(writing);
      out[names[i]] = std::move(broken);
    }
  };
  // Much of it is waiting for races and logins: twice as many threads as there are two cores.
  std::vector<std::jthread> others;
  for (int i = 0; i < 3; ++i) others.emplace_back(work);
  work();
  others.clear();  // joins
  return out;
}

TEST(KillMatrix, HealthyMockPassesEverythingInEveryProfile) {
  for (const auto& [id, profile] : support::library().profiles) {
    const auto provider = start_mock();
    const auto run = support::check_mock(*provider, profile, {}, kFewTrials);
    ASSERT_FALSE(run.rules.empty());
    for (const auto& rule : run.rules)
      EXPECT_TRUE(rule.topic() == "load" ? rule.verdict == record::Verdict::not_judged
                  : kNotOffered.contains(rule.id)
                      ? rule.verdict == record::Verdict::not_applicable
                      : rule.verdict == record::Verdict::pass || rule.verdict == record::Verdict::note)
          << id << ": " << rule.full_id() << " is " << to_string(rule.verdict) << ": " << rule.reason;
    for (const auto& rule : run.rules)
      for (const auto& check : rule.checks) {
        // A check may depend on what was observed: the mock refuses unknown resources, so there is no token to look at.
        const bool good = check.verdict == record::Verdict::pass || check.level == record::Level::observe ||
                          check.verdict == record::Verdict::not_judged;
        EXPECT_TRUE(good) << id << ": " << rule.full_id() << "#" << check.name << ": " << check.actual << check.reason;
      }
  }
}

TEST(KillMatrix, EveryDefectIsKnownAndEveryCheckHasOne) {
  const auto expected = expected_by_defect();
  const auto shown_by_load = load_defects();
  std::set<std::string> defects;
  for (const auto& defect : mock::defects()) defects.emplace(defect.name);
  for (const auto& [name, checks] : expected)
    EXPECT_TRUE(defects.contains(name)) << "rules name the defect " << name << ", which the mock lacks";
  for (const auto& name : defects)
    if (!is_meta(name))
      EXPECT_TRUE(expected.contains(name) || shown_by_load.contains(name)) << "no rule notices the defect " << name;
  for (const auto& name : shown_by_load) EXPECT_TRUE(defects.contains(name)) << "the mock lacks the defect " << name;
  for (const auto& rule : support::library().rules)
    for (const auto& check : rule.checks) {
      if (check.clause.empty() || !rule.invariant.empty()) continue;
      bool proven = false;
      for (const auto& [name, checks] : expected) proven |= checks.contains(rule.id + "#" + check.name);
      EXPECT_TRUE(proven) << rule.id << "#" << check.name << " is not proven able to fail";
    }
  for (const auto& defect : mock::defects())
    if (!is_meta(defect.name))
      EXPECT_TRUE(support::library().clauses.contains(std::string(defect.clause)))
          << defect.name << ": " << defect.clause;
}

TEST(KillMatrix, EachDefectFailsExactlyItsChecks) {
  const auto expected = expected_by_defect();
  std::string table =
      "# Kill matrix\n\nEvery deliberate defect of the mock, and the checks that fail when it is on. Nothing else "
      "fails.\n\n"
      "| defect | what the mock does wrong | checks that fail |\n| --- | --- | --- |\n";
  const auto found = broken_by_defect();
  std::size_t pairs = 0;
  std::set<std::string> killed;
  for (const auto& defect : mock::defects()) {
    const std::string name(defect.name);
    if (!found.contains(name)) continue;
    const auto& broken = found.at(name);
    const auto wanted = expected.find(name);
    EXPECT_EQ(listed(broken), listed(wanted == expected.end() ? std::set<std::string>{} : wanted->second))
        << "defect " << name;
    table += "| `" + name + "` | " + std::string(defect.breaks) + " | ";
    for (const auto& check : broken) table += (check == *broken.begin() ? "`" : "<br>`") + check + "`";
    table += " |\n";
    pairs += broken.size();
    killed.insert(broken.begin(), broken.end());
  }
  table += "\n" + std::to_string(killed.size()) + " checks, " + std::to_string(found.size()) + " defects, " +
           std::to_string(pairs) + " pairs. Every check is proven able to fail; every defect is noticed.\n";
  if (std::getenv("ASSAY_DEFECTS")) return;
  const std::string path = ASSAY_SOURCE_DIR "/reports/samples/kill-matrix.md";
  if (std::getenv("ASSAY_UPDATE_SAMPLES")) {
    ASSERT_TRUE(base::write_file(path, table));
  }
  const auto committed = base::read_file(path);
  ASSERT_TRUE(committed) << "run the test with ASSAY_UPDATE_SAMPLES=1 to write " << path;
  EXPECT_EQ(*committed, table) << "run the test with ASSAY_UPDATE_SAMPLES=1 to bring " << path << " up to date";
}

// What only load shows, a check does not see: all of it at once.
TEST(KillMatrix, LoadDefectsAreQuietInACheck) {
  const auto names = load_defects();
  const auto provider = start_mock();
  const std::vector<std::string> list(names.begin(), names.end());
  ASSERT_TRUE(provider->set_defects(list));
  EXPECT_EQ(listed(support::broken_checks(support::check_mock(*provider, support::every_rule(), {}, kFewTrials))),
            "nothing");
}

// A server that refuses everything must not pass a single rule that expects a refusal of the token endpoint.
TEST(KillMatrix, RefusingEverythingProvesNothing) {
  const auto provider = start_mock();
  const std::string names[] = {std::string(kRefusesAll)};
  ASSERT_TRUE(provider->set_defects(names));
  const auto run = support::check_mock(*provider, support::every_rule(), {}, kFewTrials);
  std::set<std::string> asking;  // rules that send anything to the token endpoint
  for (const auto& rule : support::library().rules)
    for (const auto* steps : {&rule.arrange, &rule.act, &rule.control})
      for (const auto& step : *steps)
        if (step.verb == rules::Verb::token) asking.insert(rule.full_id());
  for (const auto& rule : run.rules) {
    const bool about_tokens = asking.contains(rule.full_id()) && rule.topic() != "authz" &&
                              rule.topic() != "redirect" && rule.id != "pkce/required-public";
    if (!about_tokens) continue;
    EXPECT_NE(rule.verdict, record::Verdict::pass) << rule.full_id() << " passes although nothing works";
  }
}

// A server that accepts everything: whoever expects a refusal there must say so.
TEST(KillMatrix, AcceptingEverythingFailsWhatExpectsRefusals) {
  const auto provider = start_mock();
  const std::string names[] = {std::string(kAcceptsAll)};
  ASSERT_TRUE(provider->set_defects(names));
  const auto run = support::check_mock(*provider, support::every_rule());
  for (const char* id : {"code/single-use", "code/unknown", "client/wrong-secret", "pkce/verifier-wrong",
                         "refresh/invalid", "token/grant-unknown"})
    for (const auto& rule : run.rules)
      if (rule.id == id) EXPECT_EQ(rule.verdict, record::Verdict::fail) << rule.full_id() << ": " << rule.reason;
}

}  // namespace
}  // namespace assay
