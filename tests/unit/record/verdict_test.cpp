// Verdicts: their words, their order, and how rules with cases are counted.
#include "record/verdict.hpp"

#include <gtest/gtest.h>

#include "record/run.hpp"

namespace assay::record {
namespace {

using enum Verdict;

TEST(Verdict, WordsAndBack) {
  for (int i = 0; i <= static_cast<int>(fail); ++i)
    EXPECT_EQ(parse_verdict(to_string(static_cast<Verdict>(i))), static_cast<Verdict>(i));
  for (int i = 0; i <= static_cast<int>(Level::observe); ++i)
    EXPECT_EQ(parse_level(to_string(static_cast<Level>(i))), static_cast<Level>(i));
  EXPECT_EQ(to_string(not_applicable), "not-applicable");
  EXPECT_EQ(to_string(harness_error), "harness-error");
  EXPECT_FALSE(parse_verdict("PASS"));
  EXPECT_FALSE(parse_level(""));
}

TEST(Verdict, TheWorseOneWins) {
  EXPECT_EQ(worse(pass, fail), fail);
  EXPECT_EQ(worse(fail, blocked), fail);
  EXPECT_EQ(worse(warn, blocked), blocked);
  EXPECT_EQ(worse(waived, pass), waived);
}

TEST(Verdict, WhatSaysNothingYields) {
  EXPECT_EQ(worse(not_applicable, pass), pass);
  EXPECT_EQ(worse(pass, not_judged), pass);
  EXPECT_EQ(worse(not_judged, note), note);
  EXPECT_EQ(worse(not_applicable, not_judged), not_judged);
  EXPECT_EQ(worse(not_applicable, not_applicable), not_applicable);
}

TEST(CountRules, ARuleWithCasesCountsOnceWithItsWorst) {
  record::Run run;
  const auto add = [&](const char* id, const char* case_name, Verdict verdict) {
    Rule rule;
    rule.id = id;
    rule.case_name = case_name;
    rule.verdict = verdict;
    run.rules.push_back(rule);
  };
  add("a/b", "1", pass);
  add("a/b", "2", fail);
  add("a/b", "3", not_applicable);
  add("a/c", "", pass);
  add("a/d", "", not_applicable);
  const auto counts = count_rules(run);
  EXPECT_EQ(counts.size(), 3u);
  EXPECT_EQ(counts.at(fail), 1u);
  EXPECT_EQ(counts.at(pass), 1u);
  EXPECT_EQ(counts.at(not_applicable), 1u);
}

}  // namespace
}  // namespace assay::record
