#include "rules/invariant.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rules/compile_context.hpp"

namespace assay::rules {
namespace {

constexpr InvariantCheck kTokenUnique[] = {
    {"codes-differ", "no authorization code came twice, in any flow"},
    {"access-tokens-differ", "no grant was given an access token that was given out before"},
    {"users-tokens-differ", "no access token was given to two users or two clients"},
    {"refresh-tokens-differ", "no refresh token came twice, but for one that a refresh did not rotate"},
    {"jti-differs", "no two JWTs of the token endpoint had the same jti"},
};
constexpr InvariantCheck kCodeOnce[] = {
    {"one-token-set-per-code", "no code bought tokens twice, whoever redeemed it"},
    {"fresh-codes-accepted", "no fresh code was refused as if it were used, unknown or expired"},
};
constexpr InvariantCheck kUserIsolation[] = {
    {"own-subject",
     "the subject of ID tokens, access tokens, userinfo and introspection was always that of the user who "
     "signed in"},
    {"subjects-differ", "no two users had the same subject"},
};
constexpr InvariantCheck kStateIntegrity[] = {
    {"own-state", "every authorization response brought the state of its own request"},
    {"own-iss", "every iss in an authorization response was that of the server"},
    {"own-nonce", "every ID token had the nonce of its own request"},
};
constexpr InvariantCheck kHeadersStable[] = {
    {"tokens-no-store", "every answer with tokens had Cache-Control: no-store"},
    {"tokens-pragma", "every answer with tokens had Pragma: no-cache"},
    {"errors-no-store", "refusals of the token endpoint had Cache-Control: no-store always, or never"},
};
constexpr InvariantCheck kErrorShape[] = {
    {"errors-are-json", "every refusal of the token endpoint was JSON with the member error"},
};
constexpr InvariantCheck kDocumentsStable[] = {
    {"metadata-same", "metadata that were replaced did not come back: all nodes have the same"},
    {"keys-same", "keys that were replaced did not come back: all nodes have the same"},
};
constexpr InvariantCheck kClockSkew[] = {
    {"one-clock", "the iat of all ID tokens fits one clock, give or take five seconds"},
};
constexpr InvariantCheck kServerErrors[] = {
    {"no-server-error", "no answer had a status of 5xx, but for 502, 503 and 504"},
};
constexpr InvariantCheck kBackpressure[] = {
    {"says-busy", "whenever it was too much for the server it said so with 429 or 503, and dropped no connection"},
};

constexpr InvariantKind kKinds[] = {
    {"token-unique", kTokenUnique},
    {"code-once", kCodeOnce},
    {"user-isolation", kUserIsolation},
    {"state-integrity", kStateIntegrity},
    {"headers-stable", kHeadersStable},
    {"error-shape", kErrorShape},
    {"documents-stable", kDocumentsStable},
    {"clock-skew", kClockSkew},
    {"server-errors", kServerErrors},
    {"backpressure", kBackpressure},
    {kBeside, {}},
};

const InvariantCheck* find_check(const InvariantKind& kind, std::string_view name) {
  const auto found = std::ranges::find(kind.checks, name, &InvariantCheck::name);
  return found == kind.checks.end() ? nullptr : &*found;
}

void read_gathered(const Node& node, const InvariantKind& kind, Check& check) {
  if (kind.word != kBeside) {
    if (const auto list = node.member("of"))
      list->problem("only checks of the invariant \"beside\" gather others", "", true);
    return;
  }
  const auto list = node.required("of");
  if (!list) return;
  check.gathers = list->strings();
  if (check.gathers.empty())
    list->problem("this check gathers nothing", "name checks: \"code/single-use#second-use-denied\"");
  for (const auto& name : check.gathers)
    if (!name.contains('#')) list->problem("\"" + name + "\" is not rule#check");
}

}  // namespace

std::span<const InvariantKind> invariant_kinds() { return kKinds; }

const InvariantKind* find_invariant(std::string_view word) {
  const auto found = std::ranges::find(kKinds, word, &InvariantKind::word);
  return found == std::end(kKinds) ? nullptr : found;
}

std::string describe_invariant(const Rule& rule, const Check& check) {
  const auto* kind = find_invariant(rule.invariant);
  if (!kind) return "";
  if (const auto* known = find_check(*kind, check.name)) return std::string(known->holds);
  std::string out;
  for (const auto& name : check.gathers) out += (out.empty() ? "" : " and ") + name;
  return out + " held whenever it ran beside the journeys";
}

void compile_invariant(const Node& root, Rule& out) {
  for (const char* name : {"arrange", "act", "control", "cases", "trials"})
    if (const auto member = root.member(name))
      member->problem(
          "a rule with an invariant has no \"" + std::string(name) + "\": it is judged by the answers of others", "",
          true);
  const auto word = root.member("invariant");
  std::vector<std::string_view> words;
  for (const auto& kind : kKinds) words.push_back(kind.word);
  const auto index = word->word(words, "invariant");
  if (index) out.invariant = words[*index];
}

void compile_invariant_check(const Node& node, const Rule& rule, Check& check) {
  for (const char* name : {"that", "settle", "after", "gives"})
    if (const auto member = node.member(name))
      member->problem("a check of an invariant has no \"" + std::string(name) + "\": what it means is known", "", true);
  const auto* kind = find_invariant(rule.invariant);
  if (!kind) return;
  read_gathered(node, *kind, check);
  if (kind->word == kBeside || find_check(*kind, check.name)) return;
  std::vector<std::string> names;
  for (const auto& known : kind->checks) names.emplace_back(known.name);
  if (const auto name = node.member("check"))
    name->problem("the invariant \"" + rule.invariant + "\" has no check \"" + check.name + "\"",
                  suggestion(check.name, names));
}

}  // namespace assay::rules
