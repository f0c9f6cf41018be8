// Compiles expectation objects into conditions.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "rules/compile_context.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kTypes[] = {"string", "number", "integer", "boolean", "object", "array", "null"};
constexpr std::string_view kLandings[] = {"redirect_uri", "elsewhere", "page", "stuck"};

class ExpectationCompiler {
 public:
  ExpectationCompiler(const CompileContext& context, Verb verb) : context_(context), verb_(verb) {}

  Expectation compile(const Node& node) {
    Expectation out;
    if (!node.is_object()) {
      node.problem("an expectation is an object", "for example { \"status\": 200 }");
      return out;
    }
    static const std::vector<std::string> members = {
        "status", "denied",     "oauthError",          "header", "mediaType",     "json",     "landed", "params",
        "in",     "keepsQuery", "credentialsAnswered", "claims", "idTokenHeader", "signedBy", "anyOf"};
    node.expect_members(members);
    if (verb_ == Verb::wait || verb_ == Verb::new_browser) {
      node.problem("a \"" + std::string(to_string(verb_)) + "\" step has no answer to expect anything of");
      return out;
    }
    if (node.json().empty()) node.problem("this expectation is empty: it would always hold");
    for (const auto& [name, value] : node.members()) {
      if (name == "status") status(value, out);
      else if (name == "denied") denied(value, out);
      else if (name == "oauthError") oauth_error(value, out);
      else if (name == "header") fields(value, Condition::Kind::header, out);
      else if (name == "mediaType") media_type(value, out);
      else if (name == "json") json(value, out);
      else if (name == "anyOf") alternatives(value, out);
      else if (name == "claims" || name == "idTokenHeader" || name == "signedBy") id_token(name, value, out);
      else if (name == "credentialsAnswered") credentials_answered(value, out);
      else if (name == "landed" || name == "params" || name == "in" || name == "keepsQuery")
        front_channel(name, value, out);
    }
    return out;
  }

 private:
  std::optional<int> one_status(const Node& node) {
    if (node.is_integer()) {
      const auto value = node.json().get<long long>();
      if (value >= 100 && value <= 599) return static_cast<int>(value);
    } else if (node.is_string()) {
      const auto text = node.json().get<std::string>();
      if (text.size() == 3 && text[0] >= '1' && text[0] <= '5' && text.substr(1) == "xx") return -(text[0] - '0');
    }
    node.problem("not a status", "write 200, [400, 401], \"4xx\" or { \"not\": ... }");
    return std::nullopt;
  }

  // What stands inside { "not": ... }, or the node itself; nullopt when it is neither.
  static std::optional<Node> without_not(const Node& node, bool& negated) {
    if (!node.is_object()) return node;
    node.expect_members({"not"});
    negated = true;
    return node.required("not");
  }

  void status(const Node& node, Expectation& out) { status(node, Condition::Kind::status, out); }

  void credentials_answered(const Node& node, Expectation& out) {
    if (verb_ != Verb::authorize)
      return node.problem("\"credentialsAnswered\" is about authorize steps only", "", true);
    status(node, Condition::Kind::credentials_answered, out);
  }

  void id_token(const std::string& name, const Node& node, Expectation& out) {
    if (verb_ != Verb::token)
      return node.problem("\"" + name + "\" is about token and refresh steps only: they bring an id_token", "", true);
    if (name != "signedBy")
      return pointers(node, name == "claims" ? Condition::Kind::claims : Condition::Kind::id_token_header, out);
    Condition c;
    c.kind = Condition::Kind::signed_by;
    const auto step = node.string().value_or("");
    const auto found = context_.slots.find(step);
    if (found == context_.slots.end() || context_.known[static_cast<std::size_t>(found->second)].verb != Verb::jwks)
      return node.problem("\"" + step + "\" is not a jwks step before this one", "name a { \"jwks\": {} } step");
    c.keys = found->second;
    out.push_back(std::move(c));
  }

  void status(const Node& node, Condition::Kind kind, Expectation& out) {
    Condition c;
    c.kind = kind;
    const auto inner = without_not(node, c.negated);
    if (!inner) return;
    const Node value = *inner;
    if (value.is_array()) {
      for (const auto& element : value.elements())
        if (const auto code = one_status(element)) c.statuses.push_back(*code);
    } else if (const auto code = one_status(value)) {
      c.statuses.push_back(*code);
    }
    out.push_back(std::move(c));
  }

  void denied(const Node& node, Expectation& out) {
    Condition c;
    c.kind = Condition::Kind::denied;
    c.flag = node.boolean().value_or(true);
    out.push_back(std::move(c));
  }

  void oauth_error(const Node& node, Expectation& out) {
    Condition c;
    c.kind = Condition::Kind::oauth_error;
    if (node.is_string() && node.json() == "present") {
      c.operation = Operation::present;
    } else if (node.is_string() && node.json() == "absent") {
      c.operation = Operation::absent;
    } else {
      c.operation = Operation::one_of;
      for (auto& text : node.strings()) c.operands.push_back(literal(std::move(text)));
      if (c.operands.empty())
        node.problem("an error code is needed here", "for example \"invalid_grant\" or a list of codes");
    }
    out.push_back(std::move(c));
  }

  void media_type(const Node& node, Expectation& out) {
    Condition c;
    c.kind = Condition::Kind::media_type;
    c.word = base::lower(node.string().value_or(""));
    out.push_back(std::move(c));
  }

  void fields(const Node& node, Condition::Kind kind, Expectation& out) {
    for (const auto& [name, value] : node.members()) {
      Condition base;
      base.kind = kind;
      base.name = name;
      operations(value, base, out);
    }
  }

  void json(const Node& node, Expectation& out) { pointers(node, Condition::Kind::json, out); }

  void pointers(const Node& node, Condition::Kind kind, Expectation& out) {
    for (const auto& [pointer, value] : node.members()) {
      if (!pointer.empty() && pointer[0] != '/') {
        value.problem("\"" + pointer + "\" is not a JSON pointer", "begin it with a slash: \"/" + pointer + "\"", true);
        continue;
      }
      Condition base;
      base.kind = kind;
      base.name = pointer;
      const auto known = fields_of(verb_);
      const auto found =
          std::ranges::find_if(known, [&](Field f) { return "/" + std::string(to_string(f)) == pointer; });
      if (kind == Condition::Kind::json && verb_ != Verb::authorize && found != known.end() && *found != Field::status)
        base.member = *found;
      operations(value, base, out);
    }
  }

  // "present", "absent", or an object of operations, each of which becomes a condition.
  void operations(const Node& node, const Condition& base, Expectation& out) {
    if (node.is_string()) {
      static constexpr std::string_view words[] = {"present", "absent"};
      if (const auto word = node.word(words, "condition")) {
        Condition c = base;
        c.operation = *word == 0 ? Operation::present : Operation::absent;
        out.push_back(std::move(c));
      }
      return;
    }
    static const std::vector<std::string> for_header = {"equals",        "differsFrom", "oneOf",      "minLength",
                                                        "containsToken", "lacksToken",  "startsWith", "challenge"};
    static const std::vector<std::string> for_params = {"equals",    "differsFrom", "oneOf", "minLength",
                                                        "maxLength", "charset",     "hides", "once"};
    static const std::vector<std::string> for_json = {
        "equals",  "differsFrom", "oneOf",      "type",         "equalsIgnoringCase", "minLength", "maxLength",
        "min",     "max",         "hasWord",    "lacksWord",    "wordsWithin",        "charset",   "near",
        "nearNow", "afterNow",    "hasElement", "lacksElement", "onlyMembers",        "hides",     "jwt"};
    const auto& allowed = base.kind == Condition::Kind::header   ? for_header
                          : base.kind == Condition::Kind::params ? for_params
                                                                 : for_json;
    if (!node.expect_members(allowed)) return;
    if (node.json().empty())
      node.problem("no condition is given here", "write \"present\" or, for example, { \"equals\": \"x\" }");
    for (const auto& [name, value] : node.members()) {
      Condition c = base;
      if (name == "type") {
        c.operation = Operation::type;
        const auto word = value.word(kTypes, "type");
        if (!word) continue;
        c.word = kTypes[*word];
      } else if (name == "minLength" || name == "maxLength" || name == "min" || name == "max") {
        c.operation = name == "minLength"   ? Operation::min_length
                      : name == "maxLength" ? Operation::max_length
                      : name == "min"       ? Operation::min
                                            : Operation::max;
        if (!value.json().is_number()) {
          value.problem("a number is needed here");
          continue;
        }
        c.number = value.json().get<double>();
      } else if (name == "oneOf") {
        c.operation = Operation::one_of;
        for (const auto& element : value.elements()) c.operands.push_back(context_.read_template(element));
      } else if (name == "jwt") {
        c.operation = Operation::jwt;
        c.flag = value.boolean().value_or(true);
      } else if (name == "charset") {
        static constexpr std::string_view words[] = {"vschar", "b64token", "unreserved"};
        c.operation = Operation::charset;
        const auto word = value.word(words, "set of characters");
        if (!word) continue;
        c.word = words[*word];
      } else if (name == "near") {
        if (!near(value, c)) continue;
      } else if (name == "nearNow") {
        c.operation = Operation::near_now;
        c.number = std::chrono::duration<double>(value.duration().value_or(std::chrono::nanoseconds{})).count();
      } else if (name == "afterNow") {
        c.operation = Operation::after_now;
        if (!value.boolean().value_or(true)) value.problem("only true makes sense here");
      } else if (name == "onlyMembers") {
        c.operation = Operation::only_members;
        for (auto& member : value.strings()) c.operands.push_back(literal(std::move(member)));
      } else if (name == "once") {
        c.operation = Operation::once;
        if (!value.boolean().value_or(true)) value.problem("only true makes sense here");
      } else {
        static const std::pair<std::string_view, Operation> table[] = {
            {"equals", Operation::equals},
            {"differsFrom", Operation::differs_from},
            {"equalsIgnoringCase", Operation::equals_ignoring_case},
            {"hasWord", Operation::has_word},
            {"lacksWord", Operation::lacks_word},
            {"wordsWithin", Operation::words_within},
            {"containsToken", Operation::contains_token},
            {"challenge", Operation::challenge},
            {"lacksToken", Operation::lacks_token},
            {"hasElement", Operation::has_element},
            {"lacksElement", Operation::lacks_element},
            {"hides", Operation::hides},
            {"startsWith", Operation::starts_with}};
        for (const auto& [word, operation] : table)
          if (word == name) c.operation = operation;
        c.operands.push_back(context_.read_template(value));
      }
      out.push_back(std::move(c));
    }
  }

  // { "value": template, "plus": template, "within": number }
  bool near(const Node& node, Condition& c) const {
    c.operation = Operation::near;
    if (!node.expect_members({"value", "plus", "within"})) return false;
    const auto other = node.required("value"), within = node.required("within");
    if (!other || !within) return false;
    c.operands.push_back(context_.read_template(*other));
    if (const auto plus = node.member("plus")) c.operands.push_back(context_.read_template(*plus));
    if (!within->json().is_number()) {
      within->problem("a number is needed here");
      return false;
    }
    c.number = within->json().get<double>();
    return true;
  }

  void alternatives(const Node& node, Expectation& out) {
    Condition c;
    c.kind = Condition::Kind::any_of;
    for (const auto& element : node.elements()) c.alternatives.push_back(compile(element));
    if (c.alternatives.size() < 2) node.problem("anyOf needs at least two expectations");
    out.push_back(std::move(c));
  }

  void front_channel(const std::string& name, const Node& node, Expectation& out) {
    if (verb_ != Verb::authorize) {
      node.problem("\"" + name + "\" is about authorize steps only", "", true);
      return;
    }
    if (name == "params") return fields(node, Condition::Kind::params, out);
    Condition c;
    if (name == "keepsQuery") {
      c.kind = Condition::Kind::keeps_query;
      if (!node.boolean().value_or(true)) node.problem("only true makes sense here");
    } else if (name == "in") {
      static constexpr std::string_view places[] = {"query", "fragment", "form"};
      c.kind = Condition::Kind::in;
      if (const auto word = node.word(places, "place")) c.word = places[*word];
    } else {
      c.kind = Condition::Kind::landed;
      const auto inner = without_not(node, c.negated);
      if (!inner) return;
      const Node value = *inner;
      const auto one = [&](const Node& element) {
        if (const auto word = element.word(kLandings, "place to land"))
          c.landings.push_back(static_cast<Landed>(*word));
      };
      if (value.is_array()) std::ranges::for_each(value.elements(), one);
      else one(value);
    }
    out.push_back(std::move(c));
  }

  const CompileContext& context_;
  Verb verb_;
};

}  // namespace

Expectation compile_expectation(const CompileContext& context, const Node& node, Verb verb) {
  return ExpectationCompiler(context, verb).compile(node);
}

}  // namespace assay::rules
