// What the provider says about itself: OpenID Connect Discovery section 3 and RFC 8414 section 2, one document for both.
#include <nlohmann/json.hpp>

#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/under_load.hpp"

namespace assay::mock {
namespace {

using Names = std::initializer_list<std::string_view>;

void append_list(std::string& out, std::string_view name, std::span<const std::string_view> values) {
  out += ',';
  append_json(out, name);
  out += ":[";
  for (const auto& value : values) {
    if (&value != values.data()) out += ',';
    append_json(out, value);
  }
  out += ']';
}

void append_list(std::string& out, std::string_view name, Names values) {
  append_list(out, name, std::span(values.begin(), values.size()));
}

std::vector<std::string_view> names_of(Scopes scopes) {
  std::vector<std::string_view> out;
  for (const auto name : Scopes::names)
    if (scopes.has(name)) out.push_back(name);
  return out;
}

std::vector<std::string_view> grants_of(const Persona& persona) {
  std::vector<std::string_view> out;
  for (const auto name : {"authorization_code", "refresh_token", "client_credentials"})
    if (persona.may(*find_grant_type(name))) out.emplace_back(name);
  return out;
}

// What a persona says of itself, true or not, in place of what is so.
std::string said_by(const Persona& persona, const std::string& issuer, std::string_view document) {
  auto tree = nlohmann::ordered_json::parse(document);
  for (auto [member, text] : persona.metadata) {
    constexpr std::string_view variable = "${issuer}";
    for (auto at = text.find(variable); at != std::string::npos; at = text.find(variable))
      text.replace(at, variable.size(), issuer);
    if (text.empty()) tree.erase(member);
    else tree[member] = nlohmann::ordered_json::parse(text);
  }
  return tree.dump();
}

}  // namespace

void metadata(Call& call) {
  const std::string& issuer = call.application.issuer();
  if (call.broken(Defect::metadata_by_accept) && !call.request.header("Accept").value_or("").contains("json")) {
    call.response.add_field("Content-Type", "text/html; charset=utf-8");
    call.response.body += "<!DOCTYPE html>\n<title>Welcome</title>\n<div id=\"app\"></div>\n";
    return;
  }
  call.response.add_field("Content-Type", "application/json");
  call.response.add_field("Cache-Control", "no-cache");
  std::string& out = call.response.body;
  const Persona& persona = call.persona;
  const auto endpoint = [&](std::string_view name, Endpoint which) {
    if (persona.has(which)) append_member(out, name, std::string_view(issuer + persona.path(which)));
  };
  const Names confidential_methods{"client_secret_basic", "client_secret_post"};
  out += '{';
  append_member(out, "issuer", std::string_view(call.broken(Defect::metadata_issuer_slash) ? issuer + '/' : issuer));
  endpoint("authorization_endpoint", Endpoint::authorization);
  endpoint("token_endpoint", Endpoint::token);
  if (call.broken(Defect::metadata_jwks_uri_dead)) append_member(out, "jwks_uri", std::string_view(issuer + "/keys"));
  else endpoint("jwks_uri", Endpoint::jwks);
  endpoint("userinfo_endpoint", Endpoint::userinfo);
  endpoint("introspection_endpoint", Endpoint::introspection);
  endpoint("revocation_endpoint", Endpoint::revocation);
  endpoint("registration_endpoint", Endpoint::registration);
  endpoint("pushed_authorization_request_endpoint", Endpoint::pushed_authorization_request);
  if (call.broken(Defect::metadata_endpoint_http))
    append_member(out, "device_authorization_endpoint", std::string_view("http://login.mock.example/device"));
  append_list(out, "scopes_supported", names_of(persona.scopes));
  if (call.broken(Defect::implicit_with_refresh_token)) append_list(out, "response_types_supported", {"code", "token"});
  else
    append_list(out, "response_types_supported",
                {call.broken(Defect::metadata_code_unnamed) ? std::string_view("none") : "code"});
  append_list(out, "response_modes_supported", {"query", "form_post"});
  append_list(out, "grant_types_supported", grants_of(persona));
  append_list(out, "subject_types_supported", {"public"});
  append_list(out, "id_token_signing_alg_values_supported", {"ES256", "RS256"});
  if (call.broken(Defect::metadata_auth_method_unnamed))
    append_list(out, "token_endpoint_auth_methods_supported", {"client_secret_basic", "none"});
  else append_list(out, "token_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post", "none"});
  if (persona.has(Endpoint::introspection))
    append_list(out, "introspection_endpoint_auth_methods_supported", confidential_methods);
  if (persona.has(Endpoint::revocation))
    append_list(out, "revocation_endpoint_auth_methods_supported",
                {"client_secret_basic", "client_secret_post", "none"});
  if (!call.broken(Defect::metadata_pkce_unnamed)) append_list(out, "code_challenge_methods_supported", {"S256"});
  if (persona.has(Endpoint::registration)) append_list(out, "dpop_signing_alg_values_supported", {"ES256"});
  append_list(out, "prompt_values_supported", {"none", "login", "consent", "select_account"});
  append_list(
      out, "claims_supported",
      {"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "preferred_username", "email"});
  append_member(out, "authorization_response_iss_parameter_supported",
                !persona.deviations.has(Defect::authz_iss_missing));
  append_member(out, "claims_parameter_supported", strikes(call, Defect::metadata_flaps, 2));
  append_member(out, "request_parameter_supported", false);
  append_member(out, "request_uri_parameter_supported", false);  // true if left out
  out += '}';
  if (!persona.metadata.empty()) out = said_by(persona, issuer, out);
}

}  // namespace assay::mock
