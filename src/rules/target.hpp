// A target file: how to reach a server, which clients and users to use, and settings. What discovery can find out may be
// left out; discovery fills it in (oauth/metadata and engine/target do that).
#pragma once
#include <chrono>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.hpp"
#include "base/secret.hpp"
#include "rules/login.hpp"
#include "rules/reader.hpp"
#include "rules/target_requests.hpp"

namespace assay::rules {

enum class ClientAuth : std::uint8_t { basic, post, none };

struct TargetClient {
  std::string id;  // empty: it is registered first, as Target::registration says
  base::Secret secret;
  ClientAuth auth = ClientAuth::basic;
  bool raw_basic = false;  // no form-encoding before base64: against RFC 6749 section 2.3.1, but there are such servers
  std::vector<std::string> redirect_uris;
  std::string registration_uri{};     // where a client that registered itself is managed (RFC 7592); empty: nowhere
  base::Secret registration_token{};  // and with what
};

struct TargetUser {
  std::string name;
  base::Secret password;
};

// Numbered users with one password, for load tests: "user-{n}" stands for "user-1", "user-2", ...
struct TargetUserPool {
  std::string name;  // holds "{n}" once
  base::Secret password;
  unsigned first = 1, count = 0;

  TargetUser user(unsigned index) const;  // 0-based
};

struct TargetEndpoints {  // URLs; empty: not known
  std::string authorization, token, introspection, revocation, userinfo, jwks, resource, registration, par;
};

struct TargetPermission {
  std::string who, until;
  double rate = 0;  // requests per second
};

struct Target {
  std::string name, file;
  std::string issuer;
  std::optional<std::string> discovery;  // URL; empty string: switched off; nullopt: from the issuer
  TargetEndpoints endpoints;
  std::vector<std::string> hosts;               // further ones that requests may go to
  std::map<std::string, TargetClient> clients;  // role -> client
  std::vector<TargetUser> users;
  std::optional<TargetUserPool> user_pool;  // further users
  TargetLogin login;
  TargetRequestShape token_request, introspection_request, revocation_request;
  TargetAuthorizationRequest authorization_request;
  std::optional<TargetRegistration> registration;
  std::string scope, scope_narrow, scope_foreign, service_scope;
  std::string resource_uri, resource_uri_other;  // resource indicators (RFC 8707) that clients may ask for
  std::vector<std::pair<std::string, std::string>> authorize_params;
  std::vector<std::string> grants;  // claimed; empty: as the metadata says
  std::optional<bool> pkce;         // claimed; nullopt: as the metadata says
  std::string profile, preset;      // to be judged by, unless the command line says otherwise; may be empty
  std::string waivers;              // file, relative to this one; may be empty
  std::optional<std::chrono::nanoseconds> refresh_idle_lifetime;  // nullopt: nobody says
  std::chrono::nanoseconds refresh_grace{}, code_lifetime{std::chrono::minutes(10)},
      clock_skew{std::chrono::seconds(2)}, timeout{std::chrono::seconds(10)};
  std::vector<std::string> oracle = {"introspection", "userinfo", "resource"};  // order in which to ask
  std::string ca_file;
  bool verify_certificate = true;
  std::optional<TargetPermission> permission;
};

// Reads a target file; in any string, `${env:NAME}` is filled from `environment`, then from the file that "env_file" names, and
// `${file:PATH}` from that file. All problems at once.
std::expected<Target, base::Diagnostics> load_target(const SourceFile& file, const Environment& environment);

}  // namespace assay::rules
