// What the parts of the rule compiler share while one case of one rule is compiled: the steps seen so far, the names that
// templates may use.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rules/reader.hpp"
#include "rules/rule.hpp"

namespace assay::rules {

struct CompileContext {
  Document& document;
  std::map<std::string, int> slots;  // step name -> slot
  std::vector<Step> known;           // by slot: verb, client, pkce of the steps so far
  std::optional<int> self;           // slot of the step being compiled

  // Reads "${...}" in `text`. Unknown names are reported at `node`.
  Template parse_template(const Node& node, std::string_view text) const;
  // The template of a string member; numbers and booleans become their text.
  Template read_template(const Node& node) const;
  // A name for a step; nullopt when it cannot be one.
  std::optional<std::string> read_name(const Node& node) const;
  // If `value` is exactly one field of an earlier step, that step.
  const Step* origin_of(const Template& value) const;
};

Template field_of(int slot, Field field);
Template target_setting(std::string name);

// compile_expectation.cpp
Expectation compile_expectation(const CompileContext& context, const Node& node, Verb verb);
// compile_step.cpp
std::optional<Step> compile_step(CompileContext& context, const Node& node, bool may_expect);
// compile_sample.cpp: { "sample": "${step.field}", ... }. Marks the field as wanted in its step of `rule`.
That compile_sample(const CompileContext& context, const Node& node, Rule& rule);
// compile_race.cpp: steps and checks that are about waves. A race is compiled by way of the step that it copies.
std::optional<Step> compile_race(CompileContext& context, const Node& node, bool may_expect);
That compile_wave_that(const CompileContext& context, const Node& node);
void compile_trials(const Node& root, Rule& out);
// invariant.cpp: rules that hold for every answer of a load run; and one of their checks, whose name is read.
void compile_invariant(const Node& root, Rule& out);
void compile_invariant_check(const Node& node, const Rule& rule, Check& check);
// compile_check.cpp
void compile_checks(CompileContext& context, const Node& rule, Rule& out);

// Roles that a target file gives clients to.
inline constexpr std::string_view kTargetRoles[] = {"web", "spa", "second", "service", "native", "spa2", "odd"};
// Roles that a step may name: also whichever client has exactly one redirect URI.
inline constexpr std::string_view kRoles[] = {"web", "spa", "second", "service", "native", "spa2", "odd", "single"};

}  // namespace assay::rules
