// Compiles one rule file: once, or once per case with the case's variables put in place.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "rules/compile_context.hpp"
#include "rules/library.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kTags[] = {"slow", "journey", "race", "destructive"};

// Replaces "${case.x}": a string that is nothing else takes the variable's JSON value, others its text.
Json substitute(const Json& value, const Json& variables) {
  if (value.is_string()) {
    std::string text = value.get<std::string>();
    for (const auto& [name, replacement] : variables.items()) {
      const std::string hole = "${case." + name + "}";
      if (text == hole) return replacement;
      const std::string filling = replacement.is_string() ? replacement.get<std::string>() : replacement.dump();
      for (std::size_t at = 0; (at = text.find(hole, at)) != std::string::npos; at += filling.size())
        text.replace(at, hole.size(), filling);
    }
    return text;
  }
  if (value.is_object()) {
    Json out = Json::object();
    for (const auto& [name, member] : value.items()) {
      const Json key = substitute(Json(name), variables);
      out[key.is_string() ? key.get<std::string>() : name] = substitute(member, variables);
    }
    return out;
  }
  if (value.is_array()) {
    Json out = Json::array();
    for (const auto& element : value) out.push_back(substitute(element, variables));
    return out;
  }
  return value;
}

std::string id_of_path(std::string_view path) {
  constexpr std::string_view folder = "rules/";
  const auto at = path.rfind(folder);
  auto id = path.substr(at == std::string_view::npos ? 0 : at + folder.size());
  if (id.ends_with(".jsonc")) id.remove_suffix(6);
  return std::string(id);
}

// Whether some step before the verdict is expected to succeed: then a refusal is known to have a reason.
bool has_positive_part(const Rule& rule) { return !rule.arrange.empty() || !rule.control.empty(); }

bool expects_refusal(const Expectation& expectation) {
  return std::ranges::any_of(expectation,
                             [](const Condition& c) { return c.kind == Condition::Kind::denied && c.flag; });
}

Rule compile_case(Document& document, const Json& tree, const std::string& path, const std::string& case_name) {
  Rule rule;
  rule.path = path;
  rule.case_name = case_name;
  const Node root(document, tree, "");
  root.expect_members({"$schema", "id", "title", "story", "needs", "tags", "trials", "cases", "arrange", "act",
                       "assert", "control", "advice", "provenBy", "invariant", "threat"});
  const auto text = [&](std::string_view name) {
    const auto node = root.required(name);
    return node ? node->string().value_or("") : std::string();
  };
  rule.id = text("id");
  rule.title = text("title");
  rule.story = text("story");
  if (!rule.id.empty() && rule.id != id_of_path(path))
    root.member("id")->problem("the id \"" + rule.id + "\" is not the path \"" + id_of_path(path) + "\"",
                               "move the file or change the id: they must agree");
  if (const auto tags = root.member("tags")) {
    rule.tags = tags->strings();
    for (const auto& tag : rule.tags)
      if (std::ranges::find(kTags, tag) == std::end(kTags))
        tags->problem("unknown tag \"" + tag + "\"", "known are " + any_of(kTags));
  }
  CompileContext context{document, {}, {}, {}};
  if (root.has("invariant")) {
    compile_invariant(root, rule);
    compile_checks(context, root, rule);
    return rule;
  }
  const auto steps = [&](std::string_view name, bool may_expect, std::vector<Step>& out) {
    if (const auto list = root.member(name))
      for (const auto& node : list->elements())
        if (auto step = compile_step(context, node, may_expect)) out.push_back(std::move(*step));
  };
  steps("arrange", true, rule.arrange);
  root.required("act");
  steps("act", false, rule.act);
  compile_trials(root, rule);
  compile_checks(context, root, rule);
  steps("control", true, rule.control);
  rule.slots = static_cast<int>(context.known.size());
  const bool negative = std::ranges::any_of(rule.checks, [](const Check& check) {
    return std::ranges::any_of(check.that.expectations, [](const auto& part) { return expects_refusal(part.second); });
  });
  if (negative && !has_positive_part(rule))
    root.problem("this rule expects a refusal but shows nowhere that the server does accept correct requests",
                 "add a \"control\" block: the same request without the fault");
  return rule;
}

}  // namespace

std::vector<Rule> compile_rule(const SourceFile& file, base::Diagnostics& problems) {
  std::vector<Rule> out;
  Json tree;
  Document document{file.path, {}, problems};
  const auto before = problems.size();
  if (!base::parse_jsonc(file.path, file.content, tree, problems)) return out;
  document.positions = base::scan_json_positions(file.path, file.content, problems);
  const Node root(document, tree, "");
  if (!root.is_object()) {
    root.problem("a rule is an object");
    return out;
  }
  if (!root.has("cases")) {
    out.push_back(compile_case(document, tree, file.path, ""));
  } else {
    const auto cases = *root.member("cases");
    if (cases.is_object() && cases.json().empty()) cases.problem("\"cases\" is empty: the rule would never run");
    for (const auto& [name, variables] : cases.members()) {
      if (!variables.is_object()) {
        variables.problem("the variables of a case are an object", "for example { \"value\": \"x\" }");
        continue;
      }
      Json body = Json::object();
      for (const auto& [key, value] : tree.items())
        if (key != "cases" && key != "provenBy" && key != "advice") body[key] = substitute(value, variables.json());
        else body[key] = value;
      out.push_back(compile_case(document, body, file.path, name));
    }
  }
  if (problems.size() != before) out.clear();
  return out;
}

const Step* Rule::step_at(int slot) const {
  for (const auto* steps : {&arrange, &act, &control})
    for (const auto& step : *steps)
      if (step.slot == slot) return &step;
  return nullptr;
}

bool Rule::has_tag(std::string_view tag) const { return std::ranges::find(tags, tag) != tags.end(); }

}  // namespace assay::rules
