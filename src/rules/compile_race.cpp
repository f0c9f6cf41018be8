// Compiles what races add to a rule: the step that sends copies of another step, the checks that count over a wave, and
// how many trials there are.
#include <algorithm>
#include <array>

#include "rules/compile_context.hpp"

namespace assay::rules {
namespace {

constexpr long long kMostCopies = 100;
constexpr long long kMostTrials = 10'000;
constexpr std::array kRaceable = {Verb::token, Verb::introspect, Verb::revoke, Verb::userinfo, Verb::resource};

std::vector<int> read_copies(const Node& node) {
  std::vector<int> out;
  const auto add = [&](const Node& one) {
    const auto count = one.integer();
    if (!count) return;
    if (*count < 2 || *count > kMostCopies) one.problem("a race has 2 to " + std::to_string(kMostCopies) + " copies");
    else out.push_back(static_cast<int>(*count));
  };
  if (node.is_array()) {
    for (const auto& element : node.elements()) add(element);
    if (node.elements().empty()) node.problem("at least one number of copies is needed");
  } else {
    add(node);
  }
  return out;
}

// The slot of the race that `in` names.
int read_wave(const CompileContext& context, const Node& node) {
  const auto in = node.required("in");
  const auto name = in ? in->string() : std::nullopt;
  if (!name) return -1;
  const auto found = context.slots.find(*name);
  if (found != context.slots.end() && context.known[static_cast<std::size_t>(found->second)].race) return found->second;
  std::vector<std::string> races;
  for (const auto& step : context.known)
    if (step.race) races.push_back(step.name);
  in->problem("no race is called \"" + *name + "\"", suggestion(*name, races));
  return -1;
}

Verb verb_of(const CompileContext& context, int slot) {
  return slot < 0 ? Verb::token : context.known[static_cast<std::size_t>(slot)].verb;
}

void read_counting(const CompileContext& context, const Node& node, That& out) {
  node.expect_members({"in", "where", "live", "refreshable", "distinct"});
  out.slot = read_wave(context, node);
  const Verb verb = verb_of(context, out.slot);
  if (out.slot >= 0) out.client = context.known[static_cast<std::size_t>(out.slot)].client;
  int said = 0;
  if (const auto where = node.member("where")) {
    ++said;
    out.where = compile_expectation(context, *where, verb);
  }
  if (const auto live = node.member("live")) {
    ++said;
    out.counting = Counting::live;
    out.is = live->boolean().value_or(true);
  }
  if (const auto refreshable = node.member("refreshable")) {
    ++said;
    out.counting = Counting::refreshable;
    out.is = refreshable->boolean().value_or(true);
  }
  if (const auto distinct = node.member("distinct")) {
    ++said;
    out.counting = Counting::distinct;
    const auto known = fields_of(verb);
    const auto name = distinct->string().value_or("");
    const auto found = std::ranges::find_if(known, [&](Field field) { return to_string(field) == name; });
    std::vector<std::string> names;
    for (const Field field : known) names.emplace_back(to_string(field));
    if (found == known.end())
      distinct->problem("the answers of this race have no field \"" + name + "\"", suggestion(name, names));
    else out.field = *found;
  }
  if (said == 0)
    node.problem("nothing says what is counted",
                 "\"where\": an expectation, \"live\" or \"refreshable\": true, or \"distinct\": a field");
  if (said > 1)
    node.problem("only one of \"where\", \"live\", \"refreshable\" and \"distinct\" can be counted at a time");
  if (out.counting != Counting::answers && out.slot >= 0 && verb != Verb::token)
    node.problem("only token and refresh steps bring tokens to count");
}

}  // namespace

std::optional<Step> compile_race(CompileContext& context, const Node& node, bool may_expect) {
  node.expect_members({"race", "as"});
  if (may_expect) {
    node.problem("a race belongs to act", "arrange and control hold what simply has to work");
    return std::nullopt;
  }
  const auto race = *node.member("race");
  if (!race.expect_members({"copies", "release", "of"})) return std::nullopt;
  const auto of = race.required("of");
  const auto copies = race.required("copies");
  if (!of || !copies) return std::nullopt;
  for (const auto name : {"as", "expect", "optional", "race"})
    if (of->is_object() && of->has(name))
      of->member(name)->problem("the step of a race has no \"" + std::string(name) + "\"",
                                "name the race, and let checks with \"count\" and \"every\" say what must hold", true);
  const auto names_before = context.slots;
  auto step = compile_step(context, *of, false);
  context.slots = names_before;
  if (!step) return std::nullopt;
  if (std::ranges::find(kRaceable, step->verb) == kRaceable.end())
    of->problem("\"" + std::string(to_string(step->verb)) + "\" cannot be raced",
                "one of token, refresh, introspect, revoke, userinfo, resource");
  for (const auto& [verb, arguments] : of->members())
    if (arguments.is_object() && arguments.has("repeat"))
      arguments.member("repeat")->problem("the step of a race is not repeated",
                                          "use \"copies\", and \"trials\" of the rule", true);
  Race out;
  out.copies = read_copies(*copies);
  if (const auto release = race.member("release")) {
    static constexpr std::string_view words[] = {"last-byte", "barrier"};
    if (const auto word = release->word(words, "release")) out.last_byte = *word == 0;
  }
  step->race = std::move(out);
  step->pointer = node.pointer();
  step->name = "race";
  if (const auto as = node.member("as"))
    if (auto name = context.read_name(*as)) step->name = std::move(*name);
  context.known.back() = *step;
  context.slots[step->name] = step->slot;
  return step;
}

That compile_wave_that(const CompileContext& context, const Node& node) {
  That out;
  if (node.has("every")) {
    out.kind = That::Kind::every;
    node.expect_members({"every", "is"});
    const auto every = *node.member("every");
    every.expect_members({"in", "where"});
    out.slot = read_wave(context, every);
    const Verb verb = verb_of(context, out.slot);
    if (const auto where = every.member("where")) out.where = compile_expectation(context, *where, verb);
    if (const auto is = node.required("is")) out.each = compile_expectation(context, *is, verb);
    return out;
  }
  out.kind = That::Kind::count;
  node.expect_members({"count", "is", "atMost", "atLeast"});
  read_counting(context, *node.member("count"), out);
  int bounds = 0;
  for (const auto& [name, bound] :
       {std::pair{"is", Bound::is}, std::pair{"atMost", Bound::at_most}, std::pair{"atLeast", Bound::at_least}}) {
    const auto number = node.member(name);
    if (!number) continue;
    ++bounds;
    out.bound = bound;
    const auto value = number->integer();
    if (value && *value < 0) number->problem("a count is not negative");
    out.number = static_cast<int>(value.value_or(0));
  }
  if (bounds != 1) node.problem("a count is compared with exactly one number", "\"is\", \"atMost\" or \"atLeast\"");
  return out;
}

void compile_trials(const Node& root, Rule& out) {
  const auto trials = root.member("trials");
  const bool races = std::ranges::any_of(out.act, [](const Step& step) { return step.race.has_value(); });
  if (races) out.trials = 1;
  if (!trials) return;
  trials->expect_members({"count", "stopAt"});
  if (const auto count = trials->required("count"))
    if (const auto number = count->integer()) {
      if (*number < 1 || *number > kMostTrials)
        count->problem("there are 1 to " + std::to_string(kMostTrials) + " trials");
      else out.trials = static_cast<int>(*number);
    }
  if (const auto stop = trials->member("stopAt")) {
    static constexpr std::string_view words[] = {"first-violation"};
    (void)stop->word(words, "end of the trials");
  }
  if (!races) trials->problem("only rules with a race have trials", "", true);
}

}  // namespace assay::rules
