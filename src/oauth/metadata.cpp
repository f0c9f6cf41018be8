#include "oauth/metadata.hpp"

#include <nlohmann/json.hpp>

namespace assay::oauth {
namespace {

std::string_view without_slash(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::vector<std::string> metadata_locations(const base::Url& issuer) {
  const std::string path(without_slash(issuer.path));
  std::vector<std::string> out = {issuer.origin() + path + "/.well-known/openid-configuration",
                                  issuer.origin() + "/.well-known/oauth-authorization-server" + path};
  if (!path.empty()) out.push_back(issuer.origin() + "/.well-known/openid-configuration" + path);
  return out;
}

std::expected<Metadata, std::string> parse_metadata(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_discarded()) return std::unexpected("the metadata is not JSON");
  if (!json.is_object()) return std::unexpected("the metadata is not a JSON object");
  Metadata out;
  std::string wrong;
  const auto text = [&](const char* name, std::string& value) {
    const auto found = json.find(name);
    if (found == json.end() || found->is_null()) return;  // null: servers that write what they do not have
    if (found->is_string()) value = found->get<std::string>();
    else if (wrong.empty()) wrong = std::string("the member ") + name + " of the metadata is not a string";
  };
  const auto list = [&](const char* name, std::vector<std::string>& values) {
    const auto found = json.find(name);
    if (found == json.end() || found->is_null()) return;
    if (!found->is_array()) {
      if (wrong.empty()) wrong = std::string("the member ") + name + " of the metadata is not a list";
      return;
    }
    for (const auto& element : *found)
      if (element.is_string()) values.push_back(element.get<std::string>());
  };
  text("issuer", out.issuer);
  text("authorization_endpoint", out.authorization_endpoint);
  text("token_endpoint", out.token_endpoint);
  text("introspection_endpoint", out.introspection_endpoint);
  text("revocation_endpoint", out.revocation_endpoint);
  text("userinfo_endpoint", out.userinfo_endpoint);
  text("jwks_uri", out.jwks_uri);
  text("registration_endpoint", out.registration_endpoint);
  text("pushed_authorization_request_endpoint", out.pushed_authorization_request_endpoint);
  list("grant_types_supported", out.grant_types_supported);
  list("code_challenge_methods_supported", out.code_challenge_methods_supported);
  list("token_endpoint_auth_methods_supported", out.token_endpoint_auth_methods_supported);
  list("scopes_supported", out.scopes_supported);
  if (!wrong.empty()) return std::unexpected(wrong);
  for (const auto& [name, value] : json.items()) {
    auto& words = out.advertised[name];
    if (value.is_string()) words.push_back(value.get<std::string>());
    else if (value.is_boolean() && value.get<bool>()) words.emplace_back("true");
    else if (value.is_array())
      for (const auto& element : value)
        if (element.is_string()) words.push_back(element.get<std::string>());
    if (words.empty()) out.advertised.erase(name);
  }
  return out;
}

bool same_issuer(std::string_view a, std::string_view b) { return without_slash(a) == without_slash(b); }

}  // namespace assay::oauth
