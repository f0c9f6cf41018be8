// Compiles one step: reads its arguments, fills in what a rule may leave out, and puts the request's parameters in order.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "rules/compile_context.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kAuth[] = {"configured", "none",      "wrong-secret",  "basic",
                                      "post",       "basic-raw", "basic-and-post"};
constexpr int kMostRepetitions = 2000;
constexpr std::string_view kPkce[] = {"S256", "plain", "none"};

struct VerbEntry {
  std::string_view word;
  Verb verb;
  std::vector<std::string> arguments;
  bool builds_request;
};

const std::vector<VerbEntry>& verbs() {
  static const std::vector<VerbEntry> table = {
      {"authorize",
       Verb::authorize,
       {"client", "scope", "redirect_uri", "response_type", "state", "pkce", "code_verifier", "nonce", "user",
        "session", "push", "format"},
       true},
      {"token",
       Verb::token,
       {"grant", "client", "code", "redirect_uri", "code_verifier", "refresh_token", "scope", "auth", "dpop", "method",
        "in_query", "body", "append", "format"},
       true},
      {"refresh",
       Verb::token,
       {"token", "client", "scope", "auth", "chained", "dpop", "method", "in_query", "body", "append", "format"},
       true},
      {"introspect",
       Verb::introspect,
       {"token", "client", "auth", "method", "in_query", "body", "append", "format"},
       true},
      {"revoke",
       Verb::revoke,
       {"token", "client", "auth", "token_type_hint", "method", "in_query", "body", "append", "format"},
       true},
      {"userinfo", Verb::userinfo, {"token"}, true},
      {"resource", Verb::resource, {"token"}, true},
      {"discover", Verb::discover, {}, false},
      {"jwks", Verb::jwks, {}, false},
      {"register", Verb::registration, {"metadata"}, false},
      {"wait", Verb::wait, {}, false},
      {"new_browser", Verb::new_browser, {}, false},
      {"http", Verb::http, {"method", "url", "headers", "body"}, false},
  };
  return table;
}

class StepCompiler {
 public:
  StepCompiler(CompileContext& context, const Node& node) : context_(context), node_(node) {}

  std::optional<Step> compile(bool may_expect) {
    if (!find_verb()) return std::nullopt;
    step_.pointer = node_.pointer();
    step_.verb = entry_->verb;
    step_.slot = static_cast<int>(context_.known.size());
    step_.name = std::string(entry_->word);
    if (const auto as = node_.member("as"))
      if (auto name = context_.read_name(*as)) step_.name = std::move(*name);
    read_arguments();
    if (const auto expect = node_.member("expect")) {
      if (may_expect) step_.expect = compile_expectation(context_, *expect, step_.verb);
      else
        expect->problem("\"expect\" belongs to arrange and control", "in act, what must hold is said by the checks",
                        true);
    }
    if (const auto optional = node_.member("optional")) {
      step_.optional = true;
      if (!may_expect)
        optional->problem("\"optional\" belongs to arrange and control", "in act, no step has to work", true);
      if (!optional->boolean().value_or(true)) optional->problem("only true makes sense here");
    }
    context_.known.push_back(step_);
    context_.slots[step_.name] = step_.slot;
    return step_;
  }

 private:
  bool find_verb() {
    if (!node_.is_object()) {
      node_.problem("a step is an object with one verb", "for example { \"token\": { ... }, \"as\": \"first\" }");
      return false;
    }
    std::vector<std::string> allowed = {"as"};
    int found = 0;
    for (const auto& entry : verbs()) {
      allowed.emplace_back(entry.word);
      if (!node_.has(entry.word)) continue;
      ++found;
      entry_ = &entry;
    }
    allowed.insert(allowed.end(), {"expect", "optional"});
    node_.expect_members(allowed);
    if (found == 1) return true;
    if (found == 0)
      node_.problem("this step has no verb",
                    "one of authorize, token, refresh, introspect, revoke, userinfo, resource, "
                    "discover, jwks, register, wait, new_browser, http, race");
    else node_.problem("this step has more than one verb", "make it two steps");
    return false;
  }

  std::optional<Node> argument(std::string_view name) const {
    return arguments_ ? arguments_->member(name) : std::nullopt;
  }

  std::optional<Template> text(std::string_view name) const {
    const auto node = argument(name);
    if (!node) return std::nullopt;
    return context_.read_template(*node);
  }

  void read_arguments() {
    arguments_ = node_.member(entry_->word);
    if (step_.verb == Verb::wait) {
      step_.duration = context_.read_template(*arguments_);
      const bool fixed =
          step_.duration.empty() || (step_.duration.size() == 1 && step_.duration[0].kind == Piece::Kind::literal);
      if (const auto text = describe(step_.duration); fixed && !base::parse_duration(text))
        arguments_->problem("\"" + text + "\" is not a duration", "write a number and a unit: 250ms, 5s, 2m, 1h");
      return;
    }
    auto allowed = entry_->arguments;
    if (entry_->builds_request) allowed.insert(allowed.end(), {"set", "drop", "twice", "header", "repeat"});
    if (!arguments_->expect_members(allowed)) return;
    switch (step_.verb) {
      case Verb::authorize: authorize(); break;
      case Verb::token: entry_->word == "refresh" ? refresh() : token(); break;
      case Verb::introspect:
      case Verb::revoke: token_management(); break;
      case Verb::userinfo:
      case Verb::resource:
        if (auto value = text("token")) step_.bearer = std::move(*value);
        else arguments_->required("token");
        break;
      case Verb::registration: registration(); break;
      case Verb::http: http(); break;
      default: break;
    }
    if (entry_->builds_request) {
      deviations();
      repetition();
    }
    shape();
  }

  void client(std::string_view otherwise) {
    step_.client = otherwise;
    if (const auto node = argument("client"))
      if (const auto word = node->word(kRoles, "client role")) step_.client = kRoles[*word];
    if (const auto node = argument("auth"))
      if (const auto word = node->word(kAuth, "kind of client authentication")) step_.auth = static_cast<Auth>(*word);
  }

  void put(std::string name, Template value) { step_.parameters.push_back({std::move(name), std::move(value)}); }

  void authorize() {
    client("web");
    const int self = step_.slot;
    if (const auto node = argument("pkce"))
      if (const auto word = node->word(kPkce, "PKCE method")) step_.pkce = static_cast<Pkce>(*word);
    if (const auto node = argument("session")) {
      static constexpr std::string_view words[] = {"fresh", "kept"};
      if (const auto word = node->word(words, "session")) {
        step_.kept_session = *word == 1;
        step_.login_each_time = *word == 0;
      }
    }
    if (const auto node = argument("user"))
      if (const auto index = node->integer()) {
        if (*index < 1 || *index > 2) node->problem("users are 1 and 2");
        else step_.user = static_cast<int>(*index) - 1;
      }
    step_.scope = text("scope").value_or(target_setting("scope"));
    step_.redirect_uri = text("redirect_uri").value_or(target_setting("client." + step_.client + ".redirect_uri"));
    step_.state = text("state").value_or(Template{Piece{Piece::Kind::fresh_random, "", -1, Field{}}});
    if (auto verifier = text("code_verifier")) {
      step_.code_verifier = std::move(*verifier);
      if (step_.pkce == Pkce::none) argument("code_verifier")->problem("without PKCE there is no code_verifier");
    }
    if (auto nonce = text("nonce")) step_.nonce = std::move(*nonce);
    if (const auto push = argument("push")) {
      step_.push.emplace();
      for (const auto& [name, value] : push->members()) step_.push->push_back({name, context_.read_template(value)});
    }
    put("response_type", text("response_type").value_or(literal("code")));
    put("client_id", target_setting("client." + step_.client + ".id"));
    put("redirect_uri", field_of(self, Field::redirect_uri));
    put("scope", field_of(self, Field::scope));
    put("state", field_of(self, Field::sent_state));
    if (!step_.nonce.empty()) put("nonce", field_of(self, Field::nonce));
    if (step_.pkce == Pkce::none) return;
    put("code_challenge", field_of(self, Field::code_challenge));
    put("code_challenge_method", literal(step_.pkce == Pkce::s256 ? "S256" : "plain"));
  }

  void token() {
    const auto grant_node = arguments_->required("grant");
    const Template grant = grant_node ? context_.read_template(*grant_node) : Template{};
    const std::string grant_text = grant.size() == 1 && grant[0].kind == Piece::Kind::literal ? grant[0].text : "";
    const auto code = text("code");
    const Step* source = code ? context_.origin_of(*code) : nullptr;
    if (source && source->verb != Verb::authorize) source = nullptr;
    const auto refresh_token = text("refresh_token");
    const Step* refreshed = refresh_token ? context_.origin_of(*refresh_token) : nullptr;
    client(source                                    ? source->client
           : refreshed && !refreshed->client.empty() ? refreshed->client
           : grant_text == "client_credentials"      ? "service"
                                                     : "web");
    put("grant_type", grant);
    if (code) put("code", *code);
    if (auto value = text("redirect_uri")) put("redirect_uri", std::move(*value));
    else if (source) put("redirect_uri", field_of(source->slot, Field::redirect_uri));
    else if (grant_text == "authorization_code")
      put("redirect_uri", target_setting("client." + step_.client + ".redirect_uri"));
    if (auto value = text("code_verifier")) put("code_verifier", std::move(*value));
    else if (source && source->pkce != Pkce::none) put("code_verifier", field_of(source->slot, Field::code_verifier));
    if (refresh_token) put("refresh_token", *refresh_token);
    if (auto value = text("scope")) put("scope", std::move(*value));
    else if (grant_text == "client_credentials") put("scope", target_setting("service_scope"));
  }

  void refresh() {
    const auto value = text("token");
    if (!value) arguments_->required("token");
    const Step* source = value ? context_.origin_of(*value) : nullptr;
    client(source && !source->client.empty() ? source->client : "web");
    put("grant_type", literal("refresh_token"));
    put("refresh_token", value.value_or(Template{}));
    if (auto scope = text("scope")) put("scope", std::move(*scope));
  }

  void token_management() {
    const auto value = text("token");
    if (!value) arguments_->required("token");
    const Step* source = value ? context_.origin_of(*value) : nullptr;
    client(source && !source->client.empty() ? source->client : "web");
    put("token", value.value_or(Template{}));
    if (auto hint = text("token_type_hint")) put("token_type_hint", std::move(*hint));
  }

  void registration() {
    const auto metadata = arguments_->required("metadata");
    if (!metadata) return;
    if (!metadata->is_object())
      metadata->problem("client metadata are an object", "RFC 7591 section 2 lists its members");
    step_.body = context_.parse_template(*metadata, metadata->json().dump());
  }

  // How the request of a form looks besides its parameters.
  void shape() {
    if (const auto node = argument("method")) {
      static constexpr std::string_view words[] = {"POST", "GET"};
      if (step_.verb == Verb::http) return;
      if (const auto word = node->word(words, "method")) step_.get = *word == 1;
    }
    if (const auto node = argument("format")) {
      static constexpr std::string_view browser[] = {"browser"};
      if (step_.verb == Verb::authorize) step_.by_browser = node->word(browser, "format").has_value();
      else if (const auto word = node->word(kRequestFormats, "format of a request"))
        step_.format = static_cast<RequestFormat>(*word);
    }
    if (const auto node = argument("in_query")) step_.in_query = node->strings();
    if (auto value = text("body"); value && step_.verb != Verb::http) step_.body = std::move(*value);
    if (auto value = text("append")) step_.append = std::move(*value);
    if (const auto node = argument("dpop")) step_.dpop = node->boolean().value_or(false);
    if (step_.get && (!step_.body.empty() || !step_.append.empty()))
      arguments_->problem("a GET has no body", "leave out \"body\" and \"append\", or \"method\"");
  }

  void http() {
    step_.method = "GET";
    if (const auto node = arguments_->required("method")) step_.method = node->string().value_or("GET");
    if (const auto node = arguments_->required("url")) step_.url = context_.read_template(*node);
    if (auto body = text("body")) step_.body = std::move(*body);
    if (const auto node = argument("headers"))
      for (const auto& [name, value] : node->members()) step_.headers.push_back({name, context_.read_template(value)});
    if (step_.method.empty() || step_.method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos)
      arguments_->problem("\"" + step_.method + "\" is not an HTTP method");
  }

  void deviations() {
    // `set` and `drop` on "token" verbs with a bearer apply to nothing; requests without parameters have headers only.
    if (const auto node = argument("set"))
      for (const auto& [name, value] : node->members()) {
        auto filled = context_.read_template(value);
        const auto found = std::ranges::find(step_.parameters, name, &Parameter::name);
        if (found != step_.parameters.end()) found->value = std::move(filled);
        else put(name, std::move(filled));
      }
    if (const auto node = argument("drop"))
      for (const auto& name : node->strings()) {
        std::erase_if(step_.parameters, [&](const Parameter& p) { return p.name == name; });
        step_.dropped.push_back(name);
      }
    if (const auto node = argument("twice"))
      for (const auto& [name, value] : node->members()) put(name, context_.read_template(value));
    if (const auto node = argument("header"))
      for (const auto& [name, value] : node->members()) step_.headers.push_back({name, context_.read_template(value)});
  }

  void repetition() {
    if (const auto node = argument("repeat"))
      if (const auto count = node->integer()) {
        if (*count < 1 || *count > kMostRepetitions)
          node->problem("a step is repeated 1 to " + std::to_string(kMostRepetitions) + " times");
        else step_.repeat = static_cast<int>(*count);
      }
    if (const auto node = argument("chained")) {
      step_.chained = true;
      if (!node->boolean().value_or(true)) node->problem("only true makes sense here");
      if (step_.repeat < 2) node->problem("\"chained\" belongs to a step with \"repeat\"");
      const auto token = text("token");
      if (token && !context_.origin_of(*token))
        node->problem("a chain begins with a refresh token of an earlier step", "for example \"${t.refresh_token}\"");
    }
  }

  CompileContext& context_;
  Node node_;
  const VerbEntry* entry_ = nullptr;
  std::optional<Node> arguments_;
  Step step_;
};

}  // namespace

std::string_view to_string(Verb verb) {
  for (const auto& entry : verbs())
    if (entry.verb == verb) return entry.word;
  return "step";
}

std::optional<std::string> CompileContext::read_name(const Node& node) const {
  auto text = node.string();
  if (!text) return std::nullopt;
  if (*text == "target" || *text == "case" || *text == "fresh" || *text == "fill" || *text == "bytes" ||
      text->empty() || text->find('.') != std::string::npos) {
    node.problem("a step cannot be called \"" + *text + "\"",
                 "use a short word; target, case, fresh, fill and bytes are taken");
    return std::nullopt;
  }
  if (const auto found = slots.find(*text);
      found != slots.end() && known[static_cast<std::size_t>(found->second)].name == *text)
    node.problem("two steps are called \"" + *text + "\"", "give each its own name");
  return text;
}

std::optional<Step> compile_step(CompileContext& context, const Node& node, bool may_expect) {
  if (node.is_object() && node.has("race")) return compile_race(context, node, may_expect);
  return StepCompiler(context, node).compile(may_expect);
}

}  // namespace assay::rules
