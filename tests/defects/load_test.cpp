// Proof that invariants can fail: a short load run against the healthy mock breaks none; with a defect that only load shows, it
// breaks exactly those that name it. Nothing here asserts how long anything takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "load/load_run.hpp"
#include "support/checking.hpp"

namespace assay {
namespace {

using namespace std::chrono_literals;

struct Setting {
  std::vector<std::pair<std::string, double>> beside = {{"code/single-use", 0.2}};
  mock::AccessTokenFormat access_tokens = mock::AccessTokenFormat::opaque;
  std::chrono::seconds lifetime{3600};
  // Of numbered users. None for defects: whoever signs in for the first time under load is learned wrong, and more than one check
  // breaks.
  unsigned pool = 0;
};

// What a defect needs beyond the ordinary.
Setting setting_for(const std::string& defect) {
  Setting out;
  if (defect == "code-check-then-mark") out.beside = {{"race/code-redeem", 0.05}};
  if (defect == "expiry-ignored-under-load") {
    out.beside = {{"token/expiry-seconds", 0.02}};
    out.lifetime = 1s;
  }
  if (defect == "revocation-late-under-load") out.beside = {{"revoke/immediate", 0.02}};
  if (defect == "jti-twice-under-load") out.access_tokens = mock::AccessTokenFormat::es256;
  return out;
}

const rules::Rule& rule(const std::string& id) {
  for (const auto& one : support::library().rules)
    if (one.full_id() == id) return one;
  throw std::runtime_error("no rule " + id);
}

std::vector<const rules::Rule*> invariants() {
  std::vector<const rules::Rule*> out;
  for (const auto& one : support::library().rules)
    if (!one.invariant.empty()) out.push_back(&one);
  return out;
}

record::Load run(const std::vector<std::string>& defects, const Setting& setting) {
  mock::ProviderOptions options;
  options.threads = 1;
  options.user_pool = setting.pool;
  options.defects = defects;
  options.access_tokens = setting.access_tokens;
  options.access_token_lifetime = setting.lifetime;
  options.race_gap = 5ms;
  options.load_onset = 300;
  auto provider = mock::Provider::start(options);
  if (!provider) throw std::runtime_error(provider.error().doing);
  const std::string issuer = (*provider)->issuer();
  auto target = support::mock_target(**provider);
  target.endpoints.authorization = issuer + "/authorize";
  target.endpoints.token = issuer + "/token";
  target.endpoints.introspection = issuer + "/introspect";
  target.endpoints.revocation = issuer + "/revoke";
  target.endpoints.userinfo = issuer + "/userinfo";
  target.endpoints.jwks = issuer + "/jwks";
  target.clock_skew = 100ms;
  if (setting.pool > 0)
    target.user_pool = rules::TargetUserPool{"user-{n}", base::Secret("pool-password"), 1, setting.pool};
  const engine::BoundTarget bound(target, std::nullopt, issuer + "/.well-known/openid-configuration");

  rules::LoadPlan plan;
  plan.id = "defects";
  plan.journeys = {{"oidc/nonce-echo#usual", 2}, {"refresh/success", 2}, {"client-credentials/success", 1}};
  for (const auto& [id, share] : setting.beside) plan.beside.push_back({id, share});
  plan.stages = {{800, 800, 1s}};
  plan.duration = 1s;
  plan.drain = 20s;
  std::vector<load::PlannedRule> rules;
  const auto add = [&](const std::string& id) {
    rules.push_back({&rule(id), std::vector<bool>(rule(id).checks.size(), false)});
  };
  for (const auto& one : plan.journeys) add(one.rule);
  for (const auto& one : plan.beside) add(one.rule);
  load::LoadOptions load_options;
  load_options.workers = 2;
  load_options.invariants = invariants();
  load_options.documents_every = 20ms;
  const std::atomic<bool> never{false};
  return load::run_load(plan, rules, bound, load_options, never, [](const load::Snapshot&) {}).load;
}

std::set<std::string> broken(const record::Load& load) {
  std::set<std::string> out;
  for (const auto& one : load.invariants)
    if (one.broken > 0) out.insert(one.id + "#" + one.check);
  return out;
}

std::string told(const record::Load& load) {
  std::string out;
  for (const auto& one : load.invariants)
    if (one.broken > 0) out += one.id + "#" + one.check + ": " + one.finding + "\n";
  for (const auto& [kind, count] : load.errors) out += kind + ": " + std::to_string(count) + "\n";
  return out;
}

std::map<std::string, std::set<std::string>> expected_by_defect() {
  std::map<std::string, std::set<std::string>> out;
  for (const auto* one : invariants())
    for (const auto& proof : one->proven_by)
      for (const auto& check : proof.fails) out[proof.defect].insert(one->id + "#" + check);
  return out;
}

std::vector<std::string> defect_names() {
  std::vector<std::string> out;
  for (const auto& [name, checks] : expected_by_defect()) out.push_back(name);
  return out;
}

TEST(LoadDefects, AHealthyServerBreaksNoInvariant) {
  const auto load = run({}, {.beside = {{"code/single-use", 0.2}, {"revoke/immediate", 0.02}}, .pool = 30});
  EXPECT_THAT(broken(load), testing::IsEmpty()) << told(load);
  EXPECT_EQ(load.failed, 0u) << told(load);
  // What this plan has no part in, or what never happened.
  const std::set<std::string> silent = {"load/token-unique#jti-differs", "load/backpressure#says-busy",
                                        "load/expiry-exact#expired-tokens-dead"};
  EXPECT_FALSE(load.invariants.empty());
  for (const auto& one : load.invariants) {
    const auto name = one.id + "#" + one.check;
    EXPECT_EQ(one.not_judged.empty(), !silent.contains(name)) << name << ": " << one.not_judged;
    if (!silent.contains(name)) EXPECT_GT(one.held, 0u) << name;
  }
}

class LoadDefect : public testing::TestWithParam<std::string> {};

TEST_P(LoadDefect, BreaksExactlyItsInvariants) {
  const auto load = run({GetParam()}, setting_for(GetParam()));
  EXPECT_EQ(broken(load), expected_by_defect().at(GetParam())) << told(load);
}

INSTANTIATE_TEST_SUITE_P(LoadDefects, LoadDefect, testing::ValuesIn(defect_names()), [](const auto& info) {
  std::string name = info.param;
  for (char& c : name)
    if (c == '-') c = '_';
  return name;
});

}  // namespace
}  // namespace assay
