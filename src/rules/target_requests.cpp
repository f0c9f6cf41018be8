#include "rules/target_requests.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "rules/target.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kAuthorizationFormats[] = {"browser", "query", "form", "json"};
constexpr std::string_view kUserNames[] = {"user.name", "user.password", "fresh.word"};
constexpr std::string_view kClientNames[] = {"user.name",
                                             "user.password",
                                             "fresh.word",
                                             "client.role",
                                             "client.redirect_uri",
                                             "client.scope",
                                             "client.token_endpoint_auth_method"};
constexpr std::string_view kClientLists[] = {"client.redirect_uris", "client.scopes", "client.grant_types",
                                             "client.response_types"};

// RFC 6901: "" is the whole answer, which is no string.
void read_pointer(const Node& node, std::string_view name, std::string& out) {
  const auto member = node.member(name);
  if (!member) return;
  const auto text = member->string();
  if (!text) return;
  if (!text->starts_with('/'))
    member->problem("\"" + *text + "\" is not a JSON pointer", "write \"/app_id\" for the member app_id of the answer");
  out = *text;
}

std::vector<std::string> with_request_members(std::initializer_list<std::string_view> more) {
  std::vector<std::string> out(std::begin(kRequestMembers), std::end(kRequestMembers));
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

TargetRequestShape read_shape(const Node& node, const Environment& environment) {
  TargetRequestShape out;
  node.expect_members({"format", "accept"});
  if (const auto format = node.member("format"))
    if (const auto word = format->word(kRequestFormats, "format of a request"))
      out.format = static_cast<RequestFormat>(*word);
  if (const auto accept = node.member("accept"))
    if (auto value = fill_environment(*accept, environment)) out.accept = std::move(*value);
  return out;
}

TargetBearer read_bearer(const Node& node, const Environment& environment, const RequestNames& names) {
  TargetBearer out;
  if (node.is_string()) {
    if (const auto value = fill_environment(node, environment)) out.token = base::Secret(*value);
    if (out.token.empty()) node.problem("the token is empty", "leave it out, or give one");
    return out;
  }
  if (!node.is_object()) {
    node.problem("a token is a string, or the request that brings one",
                 "for example { \"url\": \"https://...\", \"body\": { ... }, \"token\": \"/token\" }");
    return out;
  }
  node.expect_members(with_request_members({"token"}));
  node.required("url");
  out.request = read_request_template(node, environment, names);
  read_pointer(node, "token", out.pointer);
  return out;
}

void read_authorization(const Node& node, const Environment& environment, TargetAuthorizationRequest& out) {
  if (!node.expect_members({"format", "headers", "bearer_token", "redirect_uri", "code", "state"}) && !node.is_object())
    return;
  if (const auto format = node.member("format"))
    if (const auto word = format->word(kAuthorizationFormats, "format of an authorization request"))
      out.format = static_cast<TargetAuthorizationRequest::Format>(*word);
  if (const auto headers = node.member("headers"))
    for (const auto& [name, value] : headers->members())
      if (auto text = fill_environment(value, environment, &out.secrets))
        out.headers.emplace_back(name, std::move(*text));
  if (const auto bearer = node.member("bearer_token"))
    out.bearer_token = read_bearer(*bearer, environment, {kUserNames, {}});
  if (node.has("code")) out.redirect_uri.clear();
  read_pointer(node, "redirect_uri", out.redirect_uri);
  read_pointer(node, "code", out.code);
  read_pointer(node, "state", out.state);
  if (!out.state.empty() && out.code.empty())
    node.problem("\"state\" says where the state is beside the code", "name \"code\" as well, or neither");
  if (out.by_browser() && node.json().size() > (node.has("format") ? 1u : 0u))
    node.problem("this belongs to authorization requests without a browser",
                 "add \"format\": \"json\", \"form\" or \"query\"; how a browser logs in is said in \"login\"");
}

TargetRegistration read_registration(const Node& node, const Environment& environment) {
  TargetRegistration out;
  if (!node.expect_members(with_request_members({"initial_access_token", "client_id", "client_secret"})) &&
      !node.is_object())
    return out;
  const RequestNames names{kClientNames, kClientLists};
  out.request = read_request_template(node, environment, names);
  if (const auto token = node.member("initial_access_token"))
    out.initial_access_token = read_bearer(*token, environment, {kUserNames, {}});
  read_pointer(node, "client_id", out.client_id);
  read_pointer(node, "client_secret", out.client_secret);
  return out;
}

}  // namespace

void read_target_requests(const Node& root, const Environment& environment, Target& out) {
  const std::pair<std::string_view, TargetRequestShape*> shapes[] = {
      {"token_request", &out.token_request},
      {"introspection_request", &out.introspection_request},
      {"revocation_request", &out.revocation_request}};
  for (const auto& [name, shape] : shapes)
    if (const auto node = root.member(name)) *shape = read_shape(*node, environment);
  if (const auto node = root.member("authorization_request"))
    read_authorization(*node, environment, out.authorization_request);
  if (const auto node = root.member("registration")) out.registration = read_registration(*node, environment);
}

}  // namespace assay::rules
