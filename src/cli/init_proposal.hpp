// What `assay init` proposes by what the metadata say: scopes, clients to register, and which of their words to doubt.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "engine/registrar.hpp"
#include "oauth/metadata.hpp"

namespace assay::cli {

struct ScopeProposal {
  std::string scope, narrow, service;
  std::string foreign;  // one that the service client must not get, if it is held to `service`
};
// Of scopes that OpenID Connect explains, and of others only such as read: nobody was asked yet.
ScopeProposal propose_scopes(const oauth::Metadata& metadata);
// A proper part of `scope` that keeps what refresh tokens need; empty if there is none.
std::string narrow_scope(const std::string& scope);

// An origin besides the issuer's that endpoints are at. Credentials go there, so it is shown and not believed.
struct Elsewhere {
  std::string origin;  // "https://oauth2.example"
  std::string host;
  std::string names;         // "token, userinfo"
  bool without_tls = false;  // http, though the issuer is https
};
std::vector<Elsewhere> endpoints_elsewhere(const std::string& issuer, const oauth::Metadata& metadata);
bool is_trusted(const Elsewhere& place, const std::vector<std::string>& trusted);

// The clients that rules like to have, as far as the server has their grants and methods, "web" first.
std::vector<engine::ClientWish> propose_clients(const oauth::Metadata& metadata, const ScopeProposal& scopes,
                                                const std::vector<std::string>& redirect_uris);

}  // namespace assay::cli
