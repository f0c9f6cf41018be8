// What can be said about a run before anything is sent.
#include "engine/forecast.hpp"

#include <gtest/gtest.h>

#include "support/checking.hpp"

namespace assay::engine {
namespace {

rules::Target bare_target() {
  rules::Target out;
  out.issuer = "http://as.test";
  out.scope = "read";
  out.clients["web"] = {"web", base::Secret("s"), rules::ClientAuth::basic, false, {"http://127.0.0.1:4999/cb"}};
  return out;
}

Prospect fate_of(const std::string& id, const rules::Target* target, bool slow = false,
                 const std::string& profile = "oauth2", const rules::Preset* preset = nullptr) {
  const auto& library = support::library();
  for (const auto& prospect : forecast(library, library.profiles.at(profile), preset, {}, target, slow))
    if (prospect.rule->id == id) return prospect;
  ADD_FAILURE() << id << " is not there";
  return {};
}

TEST(Forecast, TheMockRunsEverythingThatIsSelected) {
  const auto& library = support::library();
  const auto all = forecast(library, library.profiles.at("all"), nullptr, {}, nullptr, false);
  EXPECT_EQ(all.size(), library.rules.size());
  // But what only a load run can judge.
  for (const auto& prospect : all)
    EXPECT_EQ(prospect.fate == Fate::runs, prospect.rule->invariant.empty()) << prospect.rule->full_id();
}

TEST(Forecast, SaysWhetherProfileOrPresetLeavesItOut) {
  const auto& library = support::library();
  const auto& smoke = library.presets.at("smoke");
  EXPECT_EQ(fate_of("pkce/verifier-wrong", nullptr, false, "rfc6749").fate, Fate::not_in_profile);
  EXPECT_EQ(fate_of("code/bound-client", nullptr, false, "rfc6749", &smoke).fate, Fate::not_in_preset);
  EXPECT_EQ(fate_of("code/single-use", nullptr, false, "rfc6749", &smoke).fate, Fate::runs);
  // By name, it runs in any case.
  for (const auto& prospect : forecast(library, library.profiles.at("rfc6749"), &smoke,
                                       {"pkce/verifier-wrong", "code/bound-*"}, nullptr, false))
    EXPECT_EQ(prospect.fate, prospect.rule->id.starts_with("code/") ? Fate::not_in_preset : Fate::runs);
}

TEST(Forecast, WaitingNeedsToBeAllowed) {
  const auto target = bare_target();
  EXPECT_EQ(fate_of("code/expiry", &target).fate, Fate::waits);
  EXPECT_EQ(fate_of("code/expiry", &target, true).fate, Fate::runs);
}

TEST(Forecast, WhatTheTargetFileLacksIsNamed) {
  const auto target = bare_target();
  const auto second = fate_of("code/bound-client", &target);
  EXPECT_EQ(second.fate, Fate::lacks);
  EXPECT_NE(second.reason.find("\"second\""), std::string::npos) << second.reason;
  auto narrow = target;
  narrow.grants = {"authorization_code"};
  EXPECT_EQ(fate_of("refresh/invalid", &narrow).fate, Fate::lacks);
}

TEST(Forecast, OnlyDiscoveryTellsWhichEndpointsThereAre) {
  auto target = bare_target();
  const auto open = fate_of("code/reuse-revokes-access", &target);
  EXPECT_EQ(open.fate, Fate::depends);
  EXPECT_EQ(open.reason, "oracle.access-token");
  target.discovery = "";
  EXPECT_EQ(fate_of("code/reuse-revokes-access", &target).fate, Fate::lacks);
  target.endpoints.introspection = "http://as.test/introspect";
  EXPECT_EQ(fate_of("code/reuse-revokes-access", &target).fate, Fate::runs);
}

}  // namespace
}  // namespace assay::engine
