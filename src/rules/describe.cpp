// Rules in words: what reports show as Expected, and what `assay explain` tells.
#include <algorithm>

#include "base/text.hpp"
#include "rules/invariant.hpp"
#include "rules/library.hpp"
#include "rules/rule.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kLandedWords[] = {"back at the client", "at another URI", "on a page of the server",
                                             "nowhere"};

std::string quoted(const Template& value) { return "\"" + describe(value) + "\""; }

std::string describe_operation(const std::string& what, const Condition& c) {
  const std::string operand = c.operands.empty() ? "" : quoted(c.operands[0]);
  const auto number = [&] {
    const auto whole = static_cast<long long>(c.number);
    return static_cast<double>(whole) == c.number ? std::to_string(whole) : std::to_string(c.number);
  };
  switch (c.operation) {
    case Operation::present: return what + " present";
    case Operation::absent: return "no " + what;
    case Operation::equals: return what + " = " + operand;
    case Operation::differs_from: return what + " other than " + operand;
    case Operation::one_of: {
      std::string out = what + " one of ";
      for (std::size_t i = 0; i < c.operands.size(); ++i) out += (i > 0 ? ", " : "") + quoted(c.operands[i]);
      return out;
    }
    case Operation::type: return what + " a JSON " + c.word;
    case Operation::equals_ignoring_case: return what + " = " + operand + " (in any case)";
    case Operation::min_length: return what + " of at least " + number() + " characters";
    case Operation::min: return what + " at least " + number();
    case Operation::max: return what + " at most " + number();
    case Operation::has_word: return what + " with " + operand;
    case Operation::lacks_word: return what + " without " + operand;
    case Operation::words_within: return what + " within " + operand;
    case Operation::contains_token: return what + " with " + operand;
    case Operation::starts_with: return what + " beginning with " + operand;
    case Operation::challenge: return what + " with the challenge " + operand;
    case Operation::jwt: return what + (c.flag ? " a JWT" : " no JWT");
    case Operation::lacks_token: return what + " without " + operand;
    case Operation::once: return what + " exactly once";
    case Operation::max_length: return what + " of at most " + number() + " characters";
    case Operation::charset:
      return what + (c.word == "vschar"     ? " of printable ASCII characters"
                     : c.word == "b64token" ? " of characters that a Bearer header takes"
                                            : " of unreserved characters");
    case Operation::near:
      return what + " within " + number() + " of " + operand +
             (c.operands.size() > 1 ? " + " + quoted(c.operands[1]) : "");
    case Operation::near_now: return what + " within " + number() + " s of now";
    case Operation::after_now: return what + " later than now";
    case Operation::has_element: return what + " containing " + operand;
    case Operation::lacks_element: return what + " not containing " + operand;
    case Operation::only_members: {
      std::string out = "no members besides";
      for (const auto& member : c.operands) out += " " + describe(member);
      return out;
    }
    case Operation::hides: return what + " from which " + operand + " cannot be read";
  }
  return what;
}

std::string describe_condition(const Condition& c) {
  switch (c.kind) {
    case Condition::Kind::status:
    case Condition::Kind::credentials_answered: {
      std::string out = c.negated ? "status not " : "status ";
      if (c.kind == Condition::Kind::credentials_answered) out = "the posted password answered with " + out;
      for (std::size_t i = 0; i < c.statuses.size(); ++i)
        out += (i > 0 ? " or " : "") +
               (c.statuses[i] < 0 ? std::to_string(-c.statuses[i]) + "xx" : std::to_string(c.statuses[i]));
      return out;
    }
    case Condition::Kind::denied: return c.flag ? "no token or code handed out" : "tokens or a code handed out";
    case Condition::Kind::oauth_error: {
      if (c.operation == Operation::present) return "an error";
      if (c.operation == Operation::absent) return "no error";
      std::string out = "error ";
      for (std::size_t i = 0; i < c.operands.size(); ++i) out += (i > 0 ? " or " : "") + describe(c.operands[i]);
      return out;
    }
    case Condition::Kind::header: return describe_operation(c.name, c);
    case Condition::Kind::media_type: return "Content-Type " + c.word;
    case Condition::Kind::json: return describe_operation(c.name.empty() ? "the body" : c.name.substr(1), c);
    case Condition::Kind::params: return describe_operation("parameter " + c.name, c);
    case Condition::Kind::claims: return describe_operation("claim " + c.name.substr(1), c);
    case Condition::Kind::id_token_header:
      return describe_operation("header " + c.name.substr(1) + " of the id_token", c);
    case Condition::Kind::signed_by: return "an id_token signed with one of the server's keys";
    case Condition::Kind::keeps_query: return "the redirect URI's own query still there";
    case Condition::Kind::in: return "parameters in the " + c.word;
    case Condition::Kind::landed: {
      std::string out = c.negated ? "the browser not sent " : "the browser ends ";
      for (std::size_t i = 0; i < c.landings.size(); ++i)
        out += (i > 0 ? " or " : "") + std::string(kLandedWords[static_cast<std::size_t>(c.landings[i])]);
      return out;
    }
    case Condition::Kind::any_of: {
      std::string out = "either ";
      for (std::size_t i = 0; i < c.alternatives.size(); ++i)
        out += (i > 0 ? ", or " : "") + describe(c.alternatives[i]);
      return out;
    }
  }
  return "";
}

std::string described_field(const Piece& piece) {
  const std::string name(to_string(piece.field));
  switch (piece.filter) {
    case Filter::none: return name;
    case Filter::tampered: return name + " with one character changed";
    case Filter::swapped_case: return name + " with upper and lower case swapped";
    case Filter::upper: return name + " in upper case";
    case Filter::s256: return "SHA-256 of " + name;
    case Filter::claim: return piece.claim + " of " + name;
  }
  return name;
}

std::string describe_count(const That& that) {
  const std::string number = std::to_string(that.number);
  std::string out = that.bound == Bound::at_most    ? "at most " + number
                    : that.bound == Bound::at_least ? "at least " + number
                    : that.number == 0              ? "none"
                                                    : "exactly " + number;
  switch (that.counting) {
    case Counting::answers: return out + " of the answers with " + describe(that.where);
    case Counting::live: return out + " of the access tokens they brought " + (that.is ? "accepted" : "refused");
    case Counting::refreshable: return out + " of the refresh tokens they brought " + (that.is ? "working" : "dead");
    case Counting::distinct: return out + " different " + std::string(to_string(that.field));
  }
  return out;
}

}  // namespace

std::string describe(const Template& value) {
  std::string out;
  for (const auto& piece : value) switch (piece.kind) {
      case Piece::Kind::literal:
        // Long and unprintable ones are told by their size.
        if (piece.text.size() > 200) out += std::to_string(piece.text.size()) + " bytes";
        else out += base::printable(piece.text, 200);
        break;
      case Piece::Kind::field: out += "‹" + described_field(piece) + "›"; break;
      case Piece::Kind::target: out += "‹" + piece.text + "›"; break;
      case Piece::Kind::fresh_random:
      case Piece::Kind::fresh_word:
      case Piece::Kind::fresh_chars: out += "‹new random value›"; break;
    }
  return out;
}

std::string describe(const Expectation& expectation) {
  std::string out;
  for (const auto& condition : expectation) {
    if (!out.empty()) out += ", ";
    out += describe_condition(condition);
  }
  return out;
}

std::string describe(const Rule& rule, const That& that) {
  std::string out;
  switch (that.kind) {
    case That::Kind::expectations:
      for (const auto& [slot, expectation] : that.expectations) {
        if (!out.empty()) out += that.any ? ", or " : "; ";
        const Step* step = rule.step_at(slot);
        if (that.expectations.size() > 1 && step) out += step->name + ": ";
        out += describe(expectation);
      }
      return out;
    case That::Kind::live: return describe(that.values[0]) + (that.is ? " is accepted" : " is no longer accepted");
    case That::Kind::refreshable: return describe(that.values[0]) + (that.is ? " still works" : " no longer works");
    case That::Kind::distinct:
    case That::Kind::same:
      for (std::size_t i = 0; i < that.values.size(); ++i) out += (i > 0 ? " and " : "") + describe(that.values[i]);
      return out + (that.kind == That::Kind::distinct ? " differ" : " are the same");
    case That::Kind::sample: {
      const auto value = describe(that.values[0]);
      if (that.about == That::Sample::unique) out = "no " + value + " twice";
      else if (that.about == That::Sample::unordered) out = value + " in no order";
      else out = value + " that nobody guesses in 2^" + std::to_string(static_cast<int>(that.entropy_bits)) + " tries";
      const Step* step = rule.step_at(that.values[0][0].slot);
      return step ? out + ", among " + std::to_string(step->repeat) : out;
    }
    case That::Kind::count: return describe_count(that);
    case That::Kind::every:
      return "every answer" + (that.where.empty() ? "" : " with " + describe(that.where)) + ": " + describe(that.each);
  }
  return out;
}

std::string describe(const Step& step) {
  const auto parameter = [&](std::string_view name) {
    const auto found = std::ranges::find(step.parameters, name, &Parameter::name);
    return found == step.parameters.end() ? std::string() : describe(found->value);
  };
  std::string out;
  switch (step.verb) {
    case Verb::authorize:
      out = step.client + " sends the browser to the authorization endpoint";
      if (step.pkce == Pkce::none) out += ", without PKCE";
      if (step.kept_session) out += ", in the same session";
      break;
    case Verb::token: {
      const auto grant = parameter("grant_type");
      out = step.client;
      if (grant == "authorization_code")
        out += " redeems " + (parameter("code").empty() ? "no code" : parameter("code"));
      else if (grant == "refresh_token") out += " refreshes with " + parameter("refresh_token");
      else if (grant == "client_credentials") out += " asks for a token with its own credentials";
      else if (grant.empty()) out += " asks the token endpoint without a grant_type";
      else out += " asks the token endpoint with grant_type " + grant;
      break;
    }
    case Verb::introspect: out = step.client + " introspects " + parameter("token"); break;
    case Verb::revoke: out = step.client + " revokes " + parameter("token"); break;
    case Verb::userinfo: out = "ask the userinfo endpoint with " + describe(step.bearer); break;
    case Verb::resource: out = "ask the protected resource with " + describe(step.bearer); break;
    case Verb::discover: return "fetch the metadata";
    case Verb::jwks: return "fetch the keys";
    case Verb::registration: return "register a client with " + describe(step.body);
    case Verb::wait: return "wait " + describe(step.duration);
    case Verb::new_browser: return "forget all cookies";
    case Verb::http: return step.method + " " + describe(step.url);
  }
  if (step.push) out += ", after pushing the request";
  if (step.by_browser) out += ", by GET";
  if (step.get) out += ", by GET";
  if (step.format) {
    static constexpr std::string_view words[] = {"as a form", "as JSON", "with all parameters in the query"};
    out += ", " + std::string(words[static_cast<std::size_t>(*step.format)]);
  }
  if (step.dpop) out += ", with a DPoP proof";
  for (const auto& name : step.in_query) out += ", " + name + " in the query";
  if (!step.body.empty() && step.verb != Verb::http) out += ", with the body " + describe(step.body);
  if (!step.append.empty()) out += ", with " + describe(step.append) + " at the end of the body";
  for (const auto& name : step.dropped) out += ", without " + name;
  if (step.auth == Auth::none) out += ", without client authentication";
  if (step.auth == Auth::wrong_secret) out += ", with a wrong client secret";
  if (step.auth == Auth::basic_raw) out += ", with credentials that are not form-encoded";
  if (step.auth == Auth::basic_and_post) out += ", with its credentials in the header and in the body";
  if (step.race) {
    std::string copies;
    for (const int count : step.race->copies) copies += (copies.empty() ? "" : ", ") + std::to_string(count);
    out = copies + " copies at once: " + out;
  }
  if (step.repeat > 1) out += ", " + std::to_string(step.repeat) + " times";
  if (step.chained) out += ", each with the refresh token that the one before brought";
  return out;
}

std::string explain(const Library& library, std::span<const Rule* const> cases) {
  const Rule& rule = *cases.front();
  std::string out = rule.id + "\n" + rule.title + "\n\n" + rule.story + "\n";
  if (rule.threat) {
    out += "\nThreat: " + rule.threat->gain + "\n  " + rule.threat->how + "\n  where this fails:";
    for (const auto& check : rule.threat->checks) out += " " + check;
    out += "\n";
  }
  const auto needs = rule.needs;
  if (!needs.empty()) {
    out += "\nNeeds:";
    for (const auto& need : needs) out += " " + need;
    out += "\n";
  }
  if (!rule.case_name.empty()) {
    out += "\nCases:";
    for (const Rule* one : cases) out += " " + one->case_name;
    out += "\n(The steps below are those of the case " + rule.case_name + ".)\n";
  }
  const auto steps = [&](std::string_view title, const std::vector<Step>& list) {
    if (list.empty()) return;
    out += "\n" + std::string(title) + "\n";
    int number = 0;
    for (const auto& step : list) {
      out += "  " + std::to_string(++number) + ". " + describe(step);
      if (step.name != to_string(step.verb)) out += "  → " + step.name;
      out += "\n";
      if (step.expect) out += "     must give: " + describe(*step.expect) + "\n";
    }
  };
  if (!rule.invariant.empty())
    out += "\nA load run judges it, by all answers of all its flows: assay load. A check does not.\n";
  steps("Arrange", rule.arrange);
  steps("Act", rule.act);
  if (rule.trials > 0)
    out +=
        "\nTrials\n  " + std::to_string(rule.trials) + ", each from the first step on; the first violation ends them\n";
  out += "\nChecks\n";
  for (const auto& check : rule.checks) {
    const auto clause = library.clauses.find(check.clause);
    out += "  " + check.name;
    if (clause != library.clauses.end()) out += "  " + clause->second.keyword + " · " + clause->second.reference();
    else out += "  observed";
    out += "\n    " + (clause != library.clauses.end() ? clause->second.text : check.question) + "\n";
    out +=
        "    holds when: " + (rule.invariant.empty() ? describe(rule, check.that) : describe_invariant(rule, check)) +
        "\n";
    if (!check.advice.empty()) out += "    advice: " + check.advice + "\n";
  }
  steps("Control: the correct request, which must work", rule.control);
  if (!rule.proven_by.empty()) {
    out += "\nProven by\n";
    for (const auto& proof : rule.proven_by) {
      out += (rule.invariant.empty() ? "  assay check --defect " : "  assay load with the defect ") + proof.defect +
             "  fails";
      for (const auto& name : proof.fails) out += " " + name;
      out += "\n";
    }
  }
  return out;
}

}  // namespace assay::rules
