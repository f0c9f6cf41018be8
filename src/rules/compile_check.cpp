// Compiles the checks of a rule, its advice and its proofs.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "rules/compile_context.hpp"
#include "rules/library.hpp"

namespace assay::rules {
namespace {

constexpr std::size_t kLongestThreat = 200;

void check_capabilities(const Node& node, const std::vector<std::string>& needs) {
  const auto known = known_capabilities();
  for (const auto& need : needs) {
    if (need.starts_with("observed.") || need.starts_with("advertised.") ||
        std::ranges::find(known, need) != known.end())
      continue;
    node.problem("unknown capability \"" + need + "\"", suggestion(need, known));
  }
}

That compile_that(const CompileContext& context, const Node& node) {
  if (node.has("count") || node.has("every")) return compile_wave_that(context, node);
  That out;
  const auto template_list = [&](const Node& list) {
    for (const auto& element : list.elements()) out.values.push_back(context.read_template(element));
    if (out.values.size() < 2) list.problem("at least two values are needed here");
  };
  if (node.has("live") || node.has("refreshable")) {
    const bool live = node.has("live");
    out.kind = live ? That::Kind::live : That::Kind::refreshable;
    if (live) node.expect_members({"live", "is", "because"});
    else node.expect_members({"refreshable", "is", "client"});
    out.values.push_back(context.read_template(*node.member(live ? "live" : "refreshable")));
    if (const auto is = node.required("is")) out.is = is->boolean().value_or(true);
    if (const auto because = live ? node.member("because") : std::nullopt) {
      static constexpr std::string_view reasons[] = {"revoked", "expired"};
      if (const auto word = because->word(reasons, "reason")) out.expired = *word == 1;
      if (out.is) because->problem("\"because\" says why a token should be dead: it belongs to \"is\": false");
    }
    const Step* source = context.origin_of(out.values[0]);
    out.client = source && !source->client.empty() ? source->client : "web";
    if (const auto client = node.member("client"))
      if (const auto word = client->word(kRoles, "client role")) out.client = kRoles[*word];
  } else if (node.has("distinct") || node.has("same")) {
    const bool distinct = node.has("distinct");
    out.kind = distinct ? That::Kind::distinct : That::Kind::same;
    node.expect_members({distinct ? "distinct" : "same"});
    template_list(*node.member(distinct ? "distinct" : "same"));
  } else {
    out.kind = That::Kind::expectations;
    out.any = node.has("anyOf");
    if (out.any) node.expect_members({"anyOf"});
    const Node steps = out.any ? *node.member("anyOf") : node;
    for (const auto& [name, value] : steps.members()) {
      const auto slot = context.slots.find(name);
      if (slot == context.slots.end()) {
        std::vector<std::string> names = {"live",   "refreshable", "distinct", "same",
                                          "sample", "count",       "every",    "anyOf"};
        for (const auto& [step, unused] : context.slots) names.push_back(step);
        value.problem("no step is called \"" + name + "\"", suggestion(name, names), true);
        continue;
      }
      if (context.known[static_cast<std::size_t>(slot->second)].race) {
        value.problem("\"" + name + "\" is a race: it has many answers", "use \"count\" or \"every\"", true);
        continue;
      }
      const Verb verb = context.known[static_cast<std::size_t>(slot->second)].verb;
      out.expectations.emplace_back(slot->second, compile_expectation(context, value, verb));
    }
    if (steps.is_object() && steps.json().empty()) steps.problem("\"that\" is empty: it would always hold");
    if (out.any && out.expectations.size() < 2) steps.problem("anyOf needs at least two steps");
  }
  return out;
}

bool uses_tokens_up(const That& that) {
  return that.kind == That::Kind::refreshable ||
         (that.kind == That::Kind::count && that.counting == Counting::refreshable);
}

void compile_threat(const Node& node, const std::vector<std::string>& names, Rule& out) {
  if (!node.expect_members({"gain", "how", "checks"}) && !node.is_object()) return;
  Threat threat;
  if (const auto gain = node.required("gain"))
    if (const auto word = gain->word(kGains, "gain of an attacker")) threat.gain = kGains[*word];
  if (const auto how = node.required("how")) {
    threat.how = how->string().value_or("");
    if (!threat.how.ends_with('.') || threat.how.size() > kLongestThreat)
      how->problem("\"how\" is one sentence of at most " + std::to_string(kLongestThreat) + " bytes",
                   "say what an attacker then has, and end with a full stop");
  }
  if (const auto checks = node.required("checks")) {
    threat.checks = checks->strings();
    if (threat.checks.empty()) checks->problem("no check is named", "name those whose failure gives an attacker this");
    for (const auto& name : threat.checks)
      if (std::ranges::find(names, name) == names.end())
        checks->problem("no check is called \"" + name + "\"", suggestion(name, names));
  }
  out.threat = std::move(threat);
}

}  // namespace

std::span<const std::string> known_capabilities() {
  static const std::vector<std::string> names = {"grant.authorization_code",
                                                 "grant.refresh_token",
                                                 "grant.client_credentials",
                                                 "client.web",
                                                 "client.public",
                                                 "client.second",
                                                 "client.service",
                                                 "client.native",
                                                 "client.public-second",
                                                 "client.odd",
                                                 "client.single",
                                                 "client.secret",
                                                 "oracle.access-token",
                                                 "scope.two",
                                                 "redirect.two",
                                                 "redirect.query",
                                                 "redirect.foreign",
                                                 "redirect.non-loopback",
                                                 "redirect.loopback",
                                                 "redirect.localhost",
                                                 "redirect.letters",
                                                 "user.second",
                                                 "endpoint.introspection",
                                                 "endpoint.revocation",
                                                 "endpoint.userinfo",
                                                 "endpoint.jwks",
                                                 "endpoint.resource",
                                                 "endpoint.registration",
                                                 "endpoint.par",
                                                 "metadata",
                                                 "openid",
                                                 "dpop",
                                                 "resource-indicators",
                                                 "refresh.idle-lifetime",
                                                 "pkce",
                                                 "request.form",
                                                 "request.browser",
                                                 "time"};
  return names;
}

void compile_checks(CompileContext& context, const Node& rule, Rule& out) {
  if (const auto needs = rule.member("needs")) {
    out.needs = needs->strings();
    check_capabilities(*needs, out.needs);
  }
  const auto assertions = rule.required("assert");
  if (!assertions) return;
  if (assertions->is_array() && assertions->json().empty()) assertions->problem("a rule needs at least one check");
  std::vector<std::string> names;
  for (const auto& node : assertions->elements()) {
    if (!node.expect_members({"check", "clause", "observe", "gives", "after", "needs", "that", "settle", "of"}) &&
        !node.is_object())
      continue;
    Check check;
    if (const auto name = node.required("check")) {
      check.name = name->string().value_or("");
      if (std::ranges::find(names, check.name) != names.end())
        name->problem("two checks are called \"" + check.name + "\"");
    }
    const auto clause = node.member("clause"), observe = node.member("observe");
    if (clause) check.clause = clause->string().value_or("");
    if (observe) check.question = observe->string().value_or("");
    if (!clause && !observe)
      node.problem("this check has neither \"clause\" nor \"observe\"", "a clause decides how severe it is");
    if (clause && observe) observe->problem("a check has a clause or observes, not both", "", true);
    if (const auto gives = node.member("gives")) {
      check.gives = gives->string().value_or("");
      if (!observe || !check.gives.starts_with("observed."))
        gives->problem("\"gives\" belongs to an observation and begins with \"observed.\"");
    }
    if (const auto after = node.member("after")) {
      const auto text = after->string().value_or("");
      const auto found = std::ranges::find(names, text);
      if (found == names.end())
        after->problem("no check before this one is called \"" + text + "\"", suggestion(text, names));
      else check.after = static_cast<int>(found - names.begin());
    }
    if (const auto needs = node.member("needs")) {
      check.needs = needs->strings();
      check_capabilities(*needs, check.needs);
    }
    const bool of_invariant = rule.has("invariant");
    if (of_invariant) compile_invariant_check(node, out, check);
    else if (const auto of = node.member("of"))
      of->problem("\"of\" belongs to rules with \"invariant\": \"beside\"", "", true);
    if (const auto that = of_invariant ? std::nullopt : node.required("that"))
      check.that = that->has("sample") ? compile_sample(context, *that, out) : compile_that(context, *that);
    if (const auto settle = node.member("settle")) {
      check.settle = settle->duration().value_or(std::chrono::nanoseconds{});
      if (uses_tokens_up(check.that))
        settle->problem("\"settle\" does not go with \"refreshable\": asking uses a refresh token up",
                        "the second look would find it dead whatever the server did; leave \"settle\" out", true);
    }
    names.push_back(check.name);
    out.checks.push_back(std::move(check));
  }
  if (const auto advice = rule.member("advice"))
    for (const auto& [name, text] : advice->members()) {
      const auto found = std::ranges::find(names, name);
      if (found == names.end()) text.problem("no check is called \"" + name + "\"", suggestion(name, names), true);
      else out.checks[static_cast<std::size_t>(found - names.begin())].advice = text.string().value_or("");
    }
  if (const auto threat = rule.member("threat")) compile_threat(*threat, names, out);
  if (const auto proofs = rule.member("provenBy"))
    for (const auto& node : proofs->elements()) {
      node.expect_members({"defect", "fails"});
      Proof proof;
      if (const auto defect = node.required("defect")) proof.defect = defect->string().value_or("");
      if (const auto fails = node.required("fails")) {
        proof.fails = fails->strings();
        for (const auto& name : proof.fails)
          if (std::ranges::find(names, name) == names.end())
            fails->problem("no check is called \"" + name + "\"", suggestion(name, names));
      }
      out.proven_by.push_back(std::move(proof));
    }
  // The kill matrix sees to it for ordinary rules; an invariant is proven by tests of load.
  if (rule.has("invariant"))
    for (const auto& check : out.checks)
      if (std::ranges::none_of(out.proven_by, [&](const Proof& proof) {
            return std::ranges::find(proof.fails, check.name) != proof.fails.end();
          }))
        rule.problem("nothing proves that \"" + check.name + "\" can fail",
                     "name a defect of the mock in \"provenBy\"");
}

}  // namespace assay::rules
