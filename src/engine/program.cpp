#include "engine/program.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "oauth/client_authentication.hpp"
#include "oauth/request.hpp"

namespace assay::engine {
namespace {

using rules::Piece;
using rules::RequestFormat;
using rules::Verb;

bool contains(const auto& range, std::string_view name, auto projection) {
  return std::ranges::find(range, name, projection) != std::ranges::end(range);
}

bool takes_parameters(Verb verb) { return verb == Verb::token || verb == Verb::introspect || verb == Verb::revoke; }

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

void Program::bind(rules::Expectation& expectation) {
  for (auto& condition : expectation) {
    reads_clock_ |=
        condition.operation == rules::Operation::near_now || condition.operation == rules::Operation::after_now;
    for (auto& operand : condition.operands) bind(operand);
    for (auto& alternative : condition.alternatives) bind(alternative);
  }
}

void Program::bind(rules::Step& step) {
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
  const bool form = takes_parameters(step.verb);
  const bool post = (form && !step.get) || step.verb == Verb::registration;
  const auto& shape = target_->request_shape(step.verb);
  const auto format = step.get ? RequestFormat::query : step.format.value_or(shape.format);
  const auto& url = plan.endpoint->url;
  const bool accept_set = contains(step.headers, "Accept", &rules::Parameter::name);
  plan.head = oauth::request_head(post ? "POST" : "GET", url, url.target(), accept_set ? "" : shape.accept);
  if (form) {
    authenticate(step, step.auth, plan);
    plan_parameters(step, plan);
  }
  const bool has_body = !plan.body.pieces.empty() || !step.body.empty() || !step.append.empty();
  if (post && (has_body || format == RequestFormat::form) &&
      !contains(step.headers, "Content-Type", &rules::Parameter::name))
    oauth::append_field(plan.head, "Content-Type",
                        step.verb == Verb::registration || format == RequestFormat::json
                            ? "application/json"
                            : "application/x-www-form-urlencoded");
  // RFC 7591 section 3: protected registration takes an initial access token.
  if (const auto& registration = target_->target().registration; step.verb == Verb::registration && registration &&
                                                                 registration->initial_access_token &&
                                                                 !registration->initial_access_token->token.empty())
    oauth::append_field(plan.head, "Authorization",
                        "Bearer " + std::string(registration->initial_access_token->token.reveal()));
  for (const auto& header : step.headers) {
    if (is_literal(header.value)) oauth::append_field(plan.head, header.name, literal_text(header.value));
    else plan.headers.push_back(header);
  }
  if (!plan.query.pieces.empty()) {
    const auto line = plan.head.find(' ', plan.head.find(' ') + 1);  // behind method and target
    plan.line = plan.head.substr(0, line) + (url.has_query ? "&" : "?");
    plan.head.erase(0, line);
  }
  if (step.dpop || !step.body.empty() || !step.append.empty() || !plan.headers.empty() || !step.bearer.empty() ||
      plan.query.varies() || plan.body.varies())
    return;
  plan.fixed = plan.line + plan.query.fixed_text() + plan.head;
  if (post) oauth::append_body(plan.fixed, plan.body.fixed_text());
  else plan.fixed += "\r\n";
}

void Program::plan_parameters(const rules::Step& step, RequestPlan& plan) const {
  const auto format = step.format.value_or(target_->request_shape(step.verb).format);
  std::vector<rules::Parameter> queried, others;
  for (const auto& parameter : plan.parameters) {
    const bool in_query =
        step.get || format == RequestFormat::query || contains(step.in_query, parameter.name, std::identity());
    (in_query ? queried : others).push_back(parameter);
  }
  plan.query = plan_body(queried, RequestFormat::form);
  if (step.body.empty() && !step.get && format != RequestFormat::query) plan.body = plan_body(others, format);
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
  plan.body = plan_body(plan.parameters, RequestFormat::form);
  oauth::append_field(plan.head, "Content-Type", "application/x-www-form-urlencoded");
}

}  // namespace assay::engine
