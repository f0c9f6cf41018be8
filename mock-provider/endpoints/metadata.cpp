// What the provider says about itself: OpenID Connect Discovery section 3 and RFC 8414 section 2, one document for both.
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
  const auto endpoint = [&](std::string_view name, std::string_view path) {
    append_member(out, name, std::string_view(issuer + std::string(path)));
  };
  const Names confidential_methods{"client_secret_basic", "client_secret_post"};
  out += '{';
  append_member(out, "issuer", std::string_view(call.broken(Defect::metadata_issuer_slash) ? issuer + '/' : issuer));
  endpoint("authorization_endpoint", "/authorize");
  endpoint("token_endpoint", "/token");
  endpoint("jwks_uri", call.broken(Defect::metadata_jwks_uri_dead) ? "/keys" : "/jwks");
  endpoint("userinfo_endpoint", "/userinfo");
  endpoint("introspection_endpoint", "/introspect");
  endpoint("revocation_endpoint", "/revoke");
  endpoint("registration_endpoint", "/register");
  endpoint("pushed_authorization_request_endpoint", "/par");
  if (call.broken(Defect::metadata_endpoint_http))
    append_member(out, "device_authorization_endpoint", std::string_view("http://login.mock.example/device"));
  append_list(out, "scopes_supported", Scopes::names);
  if (call.broken(Defect::implicit_with_refresh_token)) append_list(out, "response_types_supported", {"code", "token"});
  else
    append_list(out, "response_types_supported",
                {call.broken(Defect::metadata_code_unnamed) ? std::string_view("none") : "code"});
  append_list(out, "response_modes_supported", {"query"});
  append_list(out, "grant_types_supported", {"authorization_code", "refresh_token", "client_credentials"});
  append_list(out, "subject_types_supported", {"public"});
  append_list(out, "id_token_signing_alg_values_supported", {"ES256", "RS256"});
  if (call.broken(Defect::metadata_auth_method_unnamed))
    append_list(out, "token_endpoint_auth_methods_supported", {"client_secret_basic", "none"});
  else append_list(out, "token_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post", "none"});
  append_list(out, "introspection_endpoint_auth_methods_supported", confidential_methods);
  append_list(out, "revocation_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post", "none"});
  if (!call.broken(Defect::metadata_pkce_unnamed)) append_list(out, "code_challenge_methods_supported", {"S256"});
  append_list(out, "dpop_signing_alg_values_supported", {"ES256"});
  append_list(out, "prompt_values_supported", {"none", "login", "consent", "select_account"});
  append_list(
      out, "claims_supported",
      {"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "at_hash", "name", "preferred_username", "email"});
  append_member(out, "authorization_response_iss_parameter_supported", true);
  append_member(out, "claims_parameter_supported", strikes(call, Defect::metadata_flaps, 2));
  append_member(out, "request_parameter_supported", false);
  append_member(out, "request_uri_parameter_supported", false);  // true if left out
  out += '}';
}

}  // namespace assay::mock
