#include "engine/capabilities.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "engine/preflight.hpp"

namespace assay::engine {
namespace {

using State = Capability::State;

Capability configured(bool there, std::string how) {
  return there ? Capability{} : Capability{State::not_configured, std::move(how)};
}

Capability claimed(bool there, std::string what) {
  return there ? Capability{} : Capability{State::not_claimed, std::move(what)};
}

bool has(const std::vector<std::string>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

}  // namespace

Capabilities::Capabilities(const BoundTarget& target, const Oracle& oracle, bool free_time) {
  const auto& file = target.target();
  const auto& metadata = target.metadata();
  const auto grant = [&](const std::string& name) {
    // What the target file claims wins; then the metadata, if they say anything (RFC 8414 section 2).
    if (!file.grants.empty())
      return claimed(has(file.grants, name), "the target file's \"grants\" do not name " + name);
    if (metadata && !metadata->grant_types_supported.empty())
      return claimed(has(metadata->grant_types_supported, name),
                     "the metadata's grant_types_supported does not name " + name);
    return Capability{};
  };
  for (const auto* name : {"authorization_code", "refresh_token", "client_credentials"})
    known_["grant." + std::string(name)] = grant(name);
  const auto client = [&](const char* role, const char* example) {
    return configured(target.client(role) != nullptr,
                      "the target file has no client \"" + std::string(role) + "\"; add to \"clients\": " + example);
  };
  known_["client.web"] = client(
      "web", R"("web": { "id": "...", "secret": "${env:WEB_SECRET}", "redirect_uris": ["http://127.0.0.1:4999/cb"] })");
  known_["client.public"] =
      client("spa", R"("spa": { "id": "...", "auth": "none", "redirect_uris": ["http://127.0.0.1:4999/cb"] })");
  known_["client.second"] = client(
      "second",
      R"("second": { "id": "...", "secret": "${env:SECOND_SECRET}", "redirect_uris": ["http://127.0.0.1:4999/cb"] })");
  known_["client.service"] = client("service", R"("service": { "id": "...", "secret": "${env:SERVICE_SECRET}" })");
  // Servers need not serve native applications, nor take their redirect URIs: a target file without them claims nothing.
  known_["client.native"] = claimed(target.client("native") != nullptr,
                                    "the target file names no client \"native\", with a loopback redirect URI "
                                    "(RFC 8252 section 7.3)");
  known_["client.public-second"] =
      client("spa2", R"("spa2": { "id": "...", "redirect_uris": [the same as those of spa] })");
  known_["client.odd"] = client(
      "odd",
      R"("odd": { "id": "...", "secret": "${env:ODD_SECRET}", ... }, with characters such as + % & : / in id or secret)");
  known_["client.single"] =
      claimed(target.client("single") != nullptr, "no client of the target file has exactly one redirect URI");
  const auto* web = target.client("web");
  known_["client.secret"] = configured(web && web->auth != rules::ClientAuth::none, "the client \"web\" has no secret");
  known_["oracle.access-token"] = configured(oracle.available(),
                                             "nothing can tell whether an access token is alive; add \"endpoints\": { "
                                             "\"introspection\": ... } or \"resource\"");
  known_["scope.two"] = configured(!file.scope_narrow.empty() && file.scope_narrow != file.scope,
                                   "add \"scope_narrow\": a proper part of \"scope\"");
  known_["redirect.two"] =
      configured(web && web->redirect_uris.size() > 1, "add a second registered URI to clients.web.redirect_uris");
  known_["redirect.query"] = configured(!target.setting("redirect_uri_query").empty(),
                                        "add a registered URI with a query to clients.web.redirect_uris");
  known_["redirect.foreign"] =
      configured(!target.setting("redirect_uri_foreign").empty(),
                 "register a URI for the client \"second\" alone and add it to clients.second.redirect_uris");
  known_["redirect.non-loopback"] =
      configured(!target.setting("redirect_uri_remote").empty(),
                 "register an https URI that is not on a loopback address, such as https://app.example/cb (nothing is "
                 "ever fetched from it), and add it to clients.web.redirect_uris");
  known_["redirect.loopback"] = claimed(!target.setting("redirect_uri_native").empty(),
                                        "the target file names no native client with a URI on http://127.0.0.1");
  known_["redirect.localhost"] = claimed(!target.setting("redirect_uri_localhost").empty(),
                                         "the target file names no native client with a URI on http://localhost");
  known_["redirect.letters"] = claimed(!target.setting("redirect_uri_case").empty(),
                                       "the path of the first redirect URI of \"web\" has no letter to change");
  known_["user.second"] = configured(target.user_count() > 1, "add a second user to \"users\"");
  const auto endpoint = [&](EndpointKind kind) {
    if (const auto& host = target.unnamed_host(kind); !host.empty())
      return configured(false, "the metadata have the " + std::string(to_string(kind)) + " endpoint on the host " +
                                   base::printable(host, 120) + ", which the target file does not name; " +
                                   hosts_hint({host}));
    return claimed(target.endpoint(kind) != nullptr,
                   "no " + std::string(to_string(kind)) + " endpoint in the metadata or the target file");
  };
  known_["endpoint.introspection"] = endpoint(EndpointKind::introspection);
  known_["endpoint.revocation"] = endpoint(EndpointKind::revocation);
  known_["endpoint.userinfo"] = endpoint(EndpointKind::userinfo);
  known_["endpoint.jwks"] = endpoint(EndpointKind::jwks);
  known_["endpoint.resource"] = endpoint(EndpointKind::resource);
  known_["endpoint.registration"] = endpoint(EndpointKind::registration);
  known_["endpoint.par"] = endpoint(EndpointKind::par);
  known_["metadata"] = claimed(metadata.has_value(), "no metadata document was found");
  known_["openid"] = claimed(base::has_word(file.scope, "openid"), "the target file's \"scope\" has no openid");
  known_["resource-indicators"] =
      claimed(!file.resource_uri.empty() && !file.resource_uri_other.empty(),
              "the target file names no \"resource_uri\" and \"resource_uri_other\" (RFC 8707)");
  known_["refresh.idle-lifetime"] = claimed(
      file.refresh_idle_lifetime.has_value(),
      "the target file's \"settings\" do not say after what \"refresh_idle_lifetime\" an unused refresh token is dead");
  known_["request.form"] = claimed(file.token_request.format == rules::RequestFormat::form,
                                   "the target file says that token requests are no forms here (\"token_request\")");
  known_["request.browser"] =
      claimed(file.authorization_request.by_browser(),
              "the target file says that no browser is sent to the authorization endpoint (\"authorization_request\")");
  if (metadata) advertised_ = metadata->advertised;
  known_["dpop"] = claimed(advertised_.contains("dpop_signing_alg_values_supported"),
                           "the metadata's dpop_signing_alg_values_supported names nothing");
  // Servers that say nothing about PKCE often have it; only the target file, or a list without S256, is a statement.
  if (file.pkce) known_["pkce"] = claimed(*file.pkce, "the target file says \"pkce\": false");
  else
    known_["pkce"] = claimed(!metadata || metadata->code_challenge_methods_supported.empty() ||
                                 has(metadata->code_challenge_methods_supported, "S256"),
                             "the metadata's code_challenge_methods_supported does not name S256");
  known_["time"] =
      free_time ? Capability{} : Capability{State::left_out, "this rule waits in real time: run it with --slow"};
}

void Capabilities::observe(const std::string& name, bool seen) {
  known_[name] =
      seen ? Capability{} : Capability{State::not_claimed, "the server was not seen to do this (" + name + ")"};
}

Capability Capabilities::find(std::string_view name) const {
  const auto found = known_.find(name);
  if (found != known_.end()) return found->second;
  if (name.starts_with("advertised.")) {
    const auto member = name.substr(11, name.find('.', 11) - 11);
    const auto word = name.size() > 11 + member.size() ? name.substr(12 + member.size()) : std::string_view();
    const auto words = advertised_.find(std::string(member));
    const bool there = words != advertised_.end() && (word.empty() || has(words->second, word));
    return claimed(there, "the metadata's " + std::string(member) +
                              (word.empty() ? " says nothing" : " does not name " + std::string(word)));
  }
  return {State::not_claimed, "it was not observed whether the server does this (" + std::string(name) + ")"};
}

Capability Capabilities::missing(const std::vector<std::string>& names) const {
  for (const auto& name : names)
    if (auto capability = find(name); capability.state != State::present) return capability;
  return {};
}

std::map<std::string, bool> Capabilities::all() const {
  std::map<std::string, bool> out;
  for (const auto& [name, capability] : known_) out[name] = capability.state == State::present;
  return out;
}

}  // namespace assay::engine
