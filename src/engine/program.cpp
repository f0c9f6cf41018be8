#include "engine/program.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "oauth/client_authentication.hpp"
#include "oauth/request.hpp"

namespace assay::engine {
namespace {

using rules::Piece;
using rules::Verb;

bool is_literal(const rules::Template& value) {
  return std::ranges::all_of(value, [](const Piece& piece) { return piece.kind == Piece::Kind::literal; });
}

std::string literal_text(const rules::Template& value) {
  std::string out;
  for (const auto& piece : value) out += piece.text;
  return out;
}

bool contains(const auto& range, std::string_view name, auto projection) {
  return std::ranges::find(range, name, projection) != std::ranges::end(range);
}

EndpointKind endpoint_of(Verb verb) {
  switch (verb) {
    case Verb::authorize: return EndpointKind::authorization;
    case Verb::introspect: return EndpointKind::introspection;
    case Verb::revoke: return EndpointKind::revocation;
    case Verb::userinfo: return EndpointKind::userinfo;
    case Verb::resource: return EndpointKind::resource;
    case Verb::jwks: return EndpointKind::jwks;
    case Verb::registration: return EndpointKind::registration;
    default: return EndpointKind::token;
  }
}

}  // namespace

Program::Program(const rules::Rule& rule, const BoundTarget& target, base::Random random)
    : rule_(rule), target_(&target) {
  random.append_token(wrong_secret_, 24);
  plans_.resize(static_cast<std::size_t>(rule_.slots));
  for (auto* steps : {&rule_.arrange, &rule_.act, &rule_.control})
    for (auto& step : *steps) {
      bind(step);
      plan_request(step);
    }
  for (auto& check : rule_.checks) {
    for (auto& [slot, expectation] : check.that.expectations) bind(expectation);
    for (auto& value : check.that.values) bind(value);
    bind(check.that.where);
    bind(check.that.each);
  }
}

void Program::bind(rules::Template& value) const {
  rules::Template out;
  for (auto& piece : value) {
    if (piece.kind == Piece::Kind::target) {
      auto text = target_->setting(piece.text);
      if (text.empty()) continue;
      piece = Piece{Piece::Kind::literal, std::move(text), -1, rules::Field{}};
    }
    if (piece.kind == Piece::Kind::literal && !out.empty() && out.back().kind == Piece::Kind::literal)
      out.back().text += piece.text;
    else out.push_back(std::move(piece));
  }
  value = std::move(out);
}

void Program::bind(rules::Expectation& expectation) const {
  for (auto& condition : expectation) {
    for (auto& operand : condition.operands) bind(operand);
    for (auto& alternative : condition.alternatives) bind(alternative);
  }
}

void Program::bind(rules::Step& step) const {
  // A parameter that is nothing but a setting which the target does not have is left out.
  std::erase_if(step.parameters, [&](const rules::Parameter& p) {
    return p.value.size() == 1 && p.value[0].kind == Piece::Kind::target && target_->setting(p.value[0].text).empty();
  });
  for (auto& parameter : step.parameters) bind(parameter.value);
  for (auto& header : step.headers) bind(header.value);
  for (auto* value : {&step.scope, &step.redirect_uri, &step.state, &step.code_verifier, &step.nonce, &step.bearer,
                      &step.duration, &step.url, &step.body, &step.append})
    bind(*value);
  if (step.push)
    for (auto& parameter : *step.push) bind(parameter.value);
  if (step.expect) bind(*step.expect);
}

void Program::plan_request(const rules::Step& step) {
  RequestPlan& plan = plans_[static_cast<std::size_t>(step.slot)];
  if (step.verb == Verb::http || step.verb == Verb::wait || step.verb == Verb::new_browser ||
      step.verb == Verb::discover)
    return;
  plan.endpoint = target_->endpoint(endpoint_of(step.verb));
  if (!plan.endpoint) return;
  plan.parameters = step.parameters;
  if (step.verb == Verb::authorize) {
    for (const auto& [name, value] : target_->target().authorize_params) {
      const bool there = contains(plan.parameters, name, &rules::Parameter::name);
      if (!there && !contains(step.dropped, name, std::identity()))
        plan.parameters.push_back({name, rules::literal(value)});
    }
    if (step.push) plan_push(step, plan);
    return;  // the front channel builds its own requests
  }
  const bool form = step.verb == Verb::token || step.verb == Verb::introspect || step.verb == Verb::revoke;
  const bool post = (form && !step.get) || step.verb == Verb::registration;
  const auto& url = plan.endpoint->url;
  // A query that holds parameters is written when they are known.
  plan.queried = form && (step.get || !step.in_query.empty());
  if (!plan.queried) plan.head = oauth::request_head(post ? "POST" : "GET", url, url.target(), "application/json");
  if (form) authenticate(step, step.auth, plan);
  if (post && !contains(step.headers, "Content-Type", &rules::Parameter::name))
    oauth::append_field(plan.head, "Content-Type",
                        step.verb == Verb::registration ? "application/json" : "application/x-www-form-urlencoded");
  for (const auto& header : step.headers) {
    if (is_literal(header.value)) oauth::append_field(plan.head, header.name, literal_text(header.value));
    else plan.headers.push_back(header);
  }
  const bool varies = plan.queried || step.dpop || !step.body.empty() || !step.append.empty() ||
                      !plan.headers.empty() || !step.bearer.empty() ||
                      std::ranges::any_of(plan.parameters, [](const auto& p) { return !is_literal(p.value); });
  if (varies) return;
  std::string body;
  for (const auto& parameter : plan.parameters) {
    if (!body.empty()) body += '&';
    base::append_form_encoded(body, parameter.name);
    body += '=';
    base::append_form_encoded(body, literal_text(parameter.value));
  }
  plan.fixed = plan.head;
  if (post) oauth::append_body(plan.fixed, body);
  else plan.fixed += "\r\n";
}

// Adds the client's credentials to the head or to the parameters.
void Program::authenticate(const rules::Step& step, rules::Auth auth, RequestPlan& plan) const {
  const auto* client = target_->client(step.client);
  if (!client) return;
  auto method = client->auth;
  const bool raw = auth == rules::Auth::basic_raw, both = auth == rules::Auth::basic_and_post;
  if (auth == rules::Auth::basic || raw || both) method = rules::ClientAuth::basic;
  if (auth == rules::Auth::post) method = rules::ClientAuth::post;
  if (auth == rules::Auth::none) method = rules::ClientAuth::none;
  std::string secret(client->secret.reveal());
  if (auth == rules::Auth::wrong_secret) secret = wrong_secret_;
  const auto add = [&](std::string name, std::string value) {
    if (contains(step.dropped, name, std::identity()) || contains(plan.parameters, name, &rules::Parameter::name))
      return;
    plan.parameters.push_back({std::move(name), rules::literal(std::move(value))});
  };
  if (method == rules::ClientAuth::basic && !contains(step.headers, "Authorization", &rules::Parameter::name))
    oauth::append_field(plan.head, "Authorization",
                        oauth::basic_credentials(client->id, secret, raw || client->raw_basic));
  if (method != rules::ClientAuth::basic || both) add("client_id", client->id);
  if (method == rules::ClientAuth::post || both) add("client_secret", secret);
}

// RFC 9126 section 2.1: the authorization request goes to the server first, with the client's authentication.
void Program::plan_push(const rules::Step& step, RequestPlan& plan) const {
  plan.push_endpoint = target_->endpoint(EndpointKind::par);
  if (!plan.push_endpoint) return;
  const auto& url = plan.push_endpoint->url;
  plan.head = oauth::request_head("POST", url, url.target(), "application/json");
  authenticate(step, rules::Auth::configured, plan);
  oauth::append_field(plan.head, "Content-Type", "application/x-www-form-urlencoded");
}

}  // namespace assay::engine
