// Compiles checks of samples: what must hold for all values of a field that a repeated step brought.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "rules/compile_context.hpp"

namespace assay::rules {
namespace {

Step* repeated_step(Rule& rule, int slot) {
  for (auto* steps : {&rule.arrange, &rule.act})
    for (auto& step : *steps)
      if (step.slot == slot && step.repeat > 1) return &step;
  return nullptr;
}

void compile_question(const Node& node, That& out) {
  int questions = 0;
  if (const auto unique = node.member("unique")) {
    ++questions;
    out.about = That::Sample::unique;
    if (!unique->boolean().value_or(true)) unique->problem("only true makes sense here");
  }
  if (const auto bits = node.member("minEntropyBits")) {
    ++questions;
    out.about = That::Sample::unguessable;
    const auto number = bits->integer().value_or(1);
    if (number < 1 || number > 256) bits->problem("1 to 256 bits can be asked for");
    out.entropy_bits = static_cast<double>(number);
  }
  if (const auto ordered = node.member("ordered")) {
    ++questions;
    out.about = That::Sample::unordered;
    if (ordered->boolean().value_or(false)) ordered->problem("only false makes sense here");
  }
  if (questions != 1)
    node.problem("a sample is asked one question",
                 "one of \"unique\": true, \"minEntropyBits\": 128, \"ordered\": false");
}

}  // namespace

That compile_sample(const CompileContext& context, const Node& node, Rule& rule) {
  That out;
  out.kind = That::Kind::sample;
  node.expect_members({"sample", "unique", "minEntropyBits", "ordered"});
  const auto sample = *node.member("sample");
  out.values.push_back(context.read_template(sample));
  compile_question(node, out);
  if (!context.origin_of(out.values[0])) {
    sample.problem("a sample is one field of a step", "for example \"${codes.code}\"");
    return out;
  }
  const auto& piece = out.values[0][0];
  auto* step = repeated_step(rule, piece.slot);
  if (!step) sample.problem("only a step with \"repeat\" brings a sample", "add \"repeat\": 1000 to its arguments");
  else if (std::ranges::find(step->sampled, piece.field) == step->sampled.end()) step->sampled.push_back(piece.field);
  return out;
}

}  // namespace assay::rules
