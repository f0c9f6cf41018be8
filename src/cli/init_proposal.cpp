#include "cli/init_proposal.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"

namespace assay::cli {
namespace {

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// What is not said may be there.
bool may_have(const std::vector<std::string>& words, std::string_view word) {
  return words.empty() || has(words, word);
}

void add(std::string& words, std::string_view word) {
  if (!words.empty()) words += ' ';
  words += word;
}

}  // namespace

std::string narrow_scope(const std::string& scope) {
  const auto words = base::split(scope, ' ');
  std::string out;
  for (const auto word : words)
    if (word == "openid" || word == "offline_access") add(out, word);
  if (out.empty() && !words.empty()) out = words[0];
  return out.size() < scope.size() && words.size() > base::split(out, ' ').size() ? out : "";
}

ScopeProposal propose_scopes(const oauth::Metadata& metadata) {
  ScopeProposal out;
  auto supported = metadata.scopes_supported;
  // RFC 6749 section 3.3, and without "${", which in a target file stands for something else.
  std::erase_if(supported, [](const std::string& word) {
    return word.contains("${") ||
           std::ranges::any_of(word, [](char c) { return c <= ' ' || c == '"' || c == '\\' || c > '~'; });
  });
  for (const char* word : {"openid", "profile", "email", "offline_access"})
    if (has(supported, word)) add(out.scope, word);
  const auto reads = [](const std::string& word) {
    return base::lower(word).contains("read") && !base::lower(word).contains("write");
  };
  if (const auto found = std::ranges::find_if(supported, reads); found != supported.end()) {
    out.service = *found;
    if (out.scope.empty()) out.scope = *found;
  }
  // What OpenID Connect explains is not about services.
  static constexpr std::string_view kOfUsers[] = {"openid", "profile", "email", "address", "phone", "offline_access"};
  const auto foreign = std::ranges::find_if(supported, [&](const std::string& word) {
    return word != out.service && std::ranges::find(kOfUsers, word) == std::end(kOfUsers);
  });
  if (!out.service.empty() && foreign != supported.end()) out.foreign = *foreign;
  out.narrow = narrow_scope(out.scope);
  return out;
}

std::vector<Elsewhere> endpoints_elsewhere(const std::string& issuer, const oauth::Metadata& metadata) {
  const auto home = base::parse_url(issuer);
  std::vector<Elsewhere> out;
  if (!home) return out;
  const std::pair<const char*, const std::string*> all[] = {
      {"authorization", &metadata.authorization_endpoint}, {"token", &metadata.token_endpoint},
      {"introspection", &metadata.introspection_endpoint}, {"revocation", &metadata.revocation_endpoint},
      {"userinfo", &metadata.userinfo_endpoint},           {"jwks", &metadata.jwks_uri},
      {"registration", &metadata.registration_endpoint},   {"par", &metadata.pushed_authorization_request_endpoint}};
  for (const auto& [name, text] : all) {
    const auto url = base::parse_url(*text);
    if (!url || url->same_origin(*home)) continue;
    const auto known = std::ranges::find(out, url->origin(), &Elsewhere::origin);
    if (known != out.end()) known->names += std::string(", ") + name;
    else out.push_back({url->origin(), url->host, name, home->tls() && !url->tls()});
  }
  return out;
}

bool is_trusted(const Elsewhere& place, const std::vector<std::string>& trusted) {
  return std::ranges::any_of(trusted, [&](const std::string& word) {
    const auto url = base::parse_url(word);
    if (url && word.contains("://")) return url->origin() == place.origin;
    // Plain http where there was TLS has to be meant.
    return !place.without_tls && base::equals_ignoring_case(word, place.host);
  });
}

std::vector<engine::ClientWish> propose_clients(const oauth::Metadata& metadata, const ScopeProposal& scopes,
                                                const std::vector<std::string>& redirect_uris) {
  using rules::ClientAuth;
  const auto& methods = metadata.token_endpoint_auth_methods_supported;
  const auto& grants = metadata.grant_types_supported;
  // RFC 8414 section 2: without a list, the method is client_secret_basic.
  const bool post = has(methods, "client_secret_post");
  const auto basic = may_have(methods, "client_secret_basic") || !post ? ClientAuth::basic : ClientAuth::post;
  std::vector<std::string> code = {"authorization_code"};
  if (may_have(grants, "refresh_token")) code.emplace_back("refresh_token");

  const auto uris = [&](std::vector<std::string> standard) { return redirect_uris.empty() ? standard : redirect_uris; };
  const std::string cb = "http://127.0.0.1:4999/cb", other = "http://127.0.0.1:4999/other";
  std::vector<engine::ClientWish> out;
  if (may_have(grants, "authorization_code") && !metadata.authorization_endpoint.empty()) {
    out.push_back({"web", post ? ClientAuth::post : basic,
                   uris({cb, other, "http://127.0.0.1:4999/q?x=1", "https://app.example/remote"}), 2, code,
                   scopes.scope});
    out.push_back({"second", basic, uris({cb, other, "http://127.0.0.1:4999/second-only"}), 2, code, scopes.scope});
    if (may_have(methods, "none")) {
      out.push_back({"spa", ClientAuth::none, uris({cb, other}), 1, code, scopes.scope});
      out.push_back({"spa2", ClientAuth::none, uris({cb, other}), 1, code, scopes.scope});
      out.push_back({"native",
                     ClientAuth::none,
                     {"http://127.0.0.1/native/cb", "http://localhost/native/local"},
                     1,
                     code,
                     scopes.scope});
    }
  }
  if (may_have(grants, "client_credentials"))
    out.push_back({"service", basic, {}, 0, {"client_credentials"}, scopes.service});
  return out;
}

}  // namespace assay::cli
