#include "engine/bound_target.hpp"

#include "engine/endpoint_setting.hpp"
#include "engine/login_driver.hpp"
#include "engine/redirect_setting.hpp"
#include "rules/target_hosts.hpp"

namespace assay::engine {
namespace {

// In seconds, as wait steps read it.
std::string duration_text(std::chrono::nanoseconds duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()) + "ms";
}

}  // namespace

net::Origin origin_of(const base::Url& url) { return {url.tls(), url.host, url.port}; }

std::string_view to_string(EndpointKind kind) {
  switch (kind) {
    case EndpointKind::authorization: return "authorization";
    case EndpointKind::token: return "token";
    case EndpointKind::introspection: return "introspection";
    case EndpointKind::revocation: return "revocation";
    case EndpointKind::userinfo: return "userinfo";
    case EndpointKind::jwks: return "jwks";
    case EndpointKind::resource: return "resource";
    case EndpointKind::registration: return "registration";
    case EndpointKind::par: return "par";
  }
  return "";
}

BoundTarget::BoundTarget(rules::Target target, std::optional<oauth::Metadata> metadata, std::string metadata_url,
                         base::Random random)
    : target_(std::move(target)), metadata_(std::move(metadata)), metadata_url_(std::move(metadata_url)) {
  if (target_.login.once) logins_ = std::make_shared<LoginMemory>();
  // The first two may have to change places.
  if (auto& pool = target_.user_pool)
    for (; target_.users.size() < 2 && pool->count > 0; ++pool->first, --pool->count)
      target_.users.push_back(pool->user(0));
  const oauth::Metadata none;
  const auto& found = metadata_ ? *metadata_ : none;
  const auto& given = target_.endpoints;
  const auto hosts = rules::named_hosts(target_);
  const auto set = [&](EndpointKind kind, const std::string& ours, const std::string& theirs) {
    const std::string& text = ours.empty() ? theirs : ours;
    const auto url = base::parse_url(text);
    if (!url) return;
    const auto place = static_cast<std::size_t>(kind);
    if (net::is_among(hosts, url->host)) endpoints_[place] = Endpoint{text, *url, origin_of(*url)};
    else unnamed_hosts_[place] = url->host;
  };
  set(EndpointKind::authorization, given.authorization, found.authorization_endpoint);
  set(EndpointKind::token, given.token, found.token_endpoint);
  set(EndpointKind::introspection, given.introspection, found.introspection_endpoint);
  set(EndpointKind::revocation, given.revocation, found.revocation_endpoint);
  set(EndpointKind::userinfo, given.userinfo, found.userinfo_endpoint);
  set(EndpointKind::jwks, given.jwks, found.jwks_uri);
  set(EndpointKind::resource, given.resource, "");
  set(EndpointKind::registration, given.registration, found.registration_endpoint);
  set(EndpointKind::par, given.par, found.pushed_authorization_request_endpoint);
  foreign_scope_ = target_.scope_foreign;
  if (foreign_scope_.empty()) {
    foreign_scope_ = "assay-unknown-";
    random.append_token(foreign_scope_, 6);
  }
}

std::string BoundTarget::issuer() const {
  return !target_.issuer.empty() ? target_.issuer : metadata_ ? metadata_->issuer : "";
}

const Endpoint* BoundTarget::endpoint(EndpointKind kind) const {
  const auto& found = endpoints_[static_cast<std::size_t>(kind)];
  return found ? &*found : nullptr;
}

const rules::TargetRequestShape& BoundTarget::request_shape(rules::Verb verb) const {
  static const rules::TargetRequestShape standard;
  switch (verb) {
    case rules::Verb::token: return target_.token_request;
    case rules::Verb::introspect: return target_.introspection_request;
    case rules::Verb::revoke: return target_.revocation_request;
    default: return standard;
  }
}

const rules::TargetClient* BoundTarget::client(std::string_view role) const {
  if (role == "single") {
    const rules::TargetClient* odd =
        nullptr;  // the last choice: there are servers that do not understand its credentials
    for (const auto& [name, one] : target_.clients)
      if (name != "service" && one.redirect_uris.size() == 1) {
        if (name != "odd") return &one;
        odd = &one;
      }
    return odd;
  }
  const auto found = target_.clients.find(std::string(role));
  return found == target_.clients.end() ? nullptr : &found->second;
}

std::optional<rules::TargetUser> BoundTarget::user(std::size_t index) const {
  if (index < target_.users.size()) return target_.users[index];
  index -= target_.users.size();
  if (!target_.user_pool || index >= target_.user_pool->count) return std::nullopt;
  return target_.user_pool->user(static_cast<unsigned>(index));
}

std::size_t BoundTarget::user_count() const {
  return target_.users.size() + (target_.user_pool ? target_.user_pool->count : 0);
}

BoundTarget BoundTarget::with_users_swapped() const {
  BoundTarget out = *this;
  if (out.target_.users.size() > 1) std::swap(out.target_.users[0], out.target_.users[1]);
  return out;
}

std::string BoundTarget::setting(std::string_view name) const {
  if (name == "issuer") return issuer();
  if (name == "scope") return target_.scope;
  if (name == "scope_narrow") return target_.scope_narrow;
  if (name == "scope_foreign") return foreign_scope_;
  if (name == "service_scope") return target_.service_scope;
  if (name == "code_lifetime") return duration_text(target_.code_lifetime);
  if (name == "refresh_grace") return duration_text(target_.refresh_grace);
  if (name == "refresh_idle_lifetime")
    return duration_text(target_.refresh_idle_lifetime.value_or(std::chrono::nanoseconds{}));
  if (name == "clock_skew") return duration_text(target_.clock_skew);
  if (name == "user.name") return user(0) ? user(0)->name : "";
  if (name == "user2.name") return user(1) ? user(1)->name : "";
  if (name.starts_with("redirect")) return redirect_setting(name, {client("web"), client("second"), client("native")});
  if (name == "resource_uri") return target_.resource_uri;
  if (name == "resource_uri_other") return target_.resource_uri_other;
  if (name == "metadata_url") return metadata_url_;
  if (name == "endpoints_in_the_clear") return endpoints_in_the_clear(*this);
  if (name.starts_with("well_known_")) return well_known_setting(name, issuer());
  if (name.starts_with("endpoint.")) {
    const auto kind = name.substr(9);
    for (std::size_t i = 0; i < kEndpointCount; ++i)
      if (to_string(static_cast<EndpointKind>(i)) == kind && endpoints_[i]) return endpoints_[i]->text;
  }
  if (name.starts_with("client.")) {
    const auto rest = name.substr(7);
    const auto dot = rest.find('.');
    const auto* found = client(rest.substr(0, dot));
    if (!found) return "";
    if (rest.substr(dot + 1) == "id") return found->id;
    if (rest.substr(dot + 1) == "auth_method") return auth_method_name(found->auth);
    return found->redirect_uris.empty() ? "" : found->redirect_uris[0];
  }
  return "";
}

}  // namespace assay::engine
