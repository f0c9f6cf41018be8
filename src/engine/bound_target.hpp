// A target with everything that discovery found filled in: where each endpoint is, which clients and users there are, what
// the settings are called in rules. Knows no rule.
#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "base/secret.hpp"
#include "base/url.hpp"
#include "net/transport.hpp"
#include "oauth/metadata.hpp"
#include "rules/rule.hpp"
#include "rules/target.hpp"

namespace assay::engine {

class LoginMemory;   // login_driver.hpp
class LoginHelpers;  // login_helpers.hpp

struct Endpoint {
  std::string text;  // the URL as given
  base::Url url;
  net::Origin origin;
};

net::Origin origin_of(const base::Url& url);

enum class EndpointKind : std::uint8_t {
  authorization,
  token,
  introspection,
  revocation,
  userinfo,
  jwks,
  resource,
  registration,
  par
};
inline constexpr std::size_t kEndpointCount = 9;
std::string_view to_string(EndpointKind kind);

class BoundTarget {
 public:
  // `metadata`: what discovery found; nullopt when it is switched off or failed.
  BoundTarget(rules::Target target, std::optional<oauth::Metadata> metadata, std::string metadata_url,
              base::Random random = {});

  const rules::Target& target() const { return target_; }
  const std::optional<oauth::Metadata>& metadata() const { return metadata_; }
  const std::string& metadata_url() const { return metadata_url_; }
  std::string issuer() const;

  const Endpoint* endpoint(EndpointKind kind) const;  // nullptr: the server has none that we know of
  // The host of one that only the metadata name, where the target file does not name that host: it is not used. Otherwise empty.
  const std::string& unnamed_host(EndpointKind kind) const { return unnamed_hosts_[static_cast<std::size_t>(kind)]; }
  // How requests of steps with this verb look.
  const rules::TargetRequestShape& request_shape(rules::Verb verb) const;
  // The role "single" is whichever client has exactly one redirect URI.
  const rules::TargetClient* client(std::string_view role) const;
  // 0-based: those that are listed, then those of the pool; nullopt beyond that.
  std::optional<rules::TargetUser> user(std::size_t index) const;
  std::size_t user_count() const;
  // The same with the first two users in each other's place.
  BoundTarget with_users_swapped() const;
  // The value of ${target.NAME}; empty when not set.
  std::string setting(std::string_view name) const;
  // How far the server's clock is ahead of ours; 0 until someone measured it.
  std::chrono::nanoseconds clock_ahead() const { return clock_ahead_; }
  void set_clock_ahead(std::chrono::nanoseconds ahead) { clock_ahead_ = ahead; }
  // Where users are to be logged in once: what they left behind. nullptr: every session logs in.
  LoginMemory* logins() const { return logins_.get(); }
  // What drivers need that log in by other programs, or by a person; outlives the target. nullptr: there is none.
  LoginHelpers* login_helpers() const { return login_helpers_; }
  void set_login_helpers(LoginHelpers* helpers) { login_helpers_ = helpers; }
  // A value that no rule may meet twice with luck: the scope that the service client must not get.
  const std::string& foreign_scope() const { return foreign_scope_; }

 private:
  rules::Target target_;
  std::optional<oauth::Metadata> metadata_;
  std::string metadata_url_;
  std::optional<Endpoint> endpoints_[kEndpointCount];
  std::string unnamed_hosts_[kEndpointCount];
  std::shared_ptr<LoginMemory> logins_;
  LoginHelpers* login_helpers_ = nullptr;
  std::string foreign_scope_;
  std::chrono::nanoseconds clock_ahead_{};
};

}  // namespace assay::engine
