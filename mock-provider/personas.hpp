// Personas: which server the provider is like. A persona is a file of switches (personas/*.jsonc, embedded, or a user's own), read
// once at start; each switch is asked for at the one place where the behaviour is decided, as defects are. Without any it is strict.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/failure.hpp"
#include "mock-provider/clients.hpp"
#include "mock-provider/defects/defects.hpp"
#include "mock-provider/endpoint.hpp"
#include "mock-provider/provider.hpp"

namespace assay::mock {

struct Persona {
  std::string name = "strict", summary{};
  std::array<std::string, endpoint_table.size()> paths{};  // by Endpoint; empty: not there
  DefectSet deviations{};                                  // named defects that this server really has

  // The token endpoint: what it reads and writes.
  bool reads_form = true, reads_query = false, reads_json = false;
  bool answers_by_accept = false;  // form-encoded, unless Accept asks for JSON or XML
  bool reads_basic = true;         // client_secret_basic
  bool has_public_clients = true;
  std::array<bool, 3> grants{true, true, true};  // by GrantType
  std::string token_type = "Bearer";
  std::string cache_control = "no-store";  // of what holds tokens; empty: no such header, nor Pragma

  // Refusals.
  int error_status = 0;  // 0: as the RFCs say; else always this one
  bool error_description = true;
  bool challenges = true;                                          // WWW-Authenticate
  std::string error_uri{};                                         // followed by the error
  std::vector<std::pair<std::string, std::string>> error_codes{};  // the RFC's name, its own
  std::string
      redirect_mismatch_error{};  // of another redirect_uri; at the authorization endpoint it goes to the registered one

  // What is granted.
  Scopes scopes = Scopes::all();
  bool ignores_unknown_scopes = false;
  char scope_separator = ' ';
  bool knows_pkce = true;
  bool consents_by_json =
      false;  // the authorization endpoint takes JSON with the user's bearer token; a browser is sent elsewhere
  std::string console{};  // where to
  AccessTokenFormat access_tokens = AccessTokenFormat::opaque;
  bool user_claims = false;  // JWT access tokens tell who the user is
  std::optional<std::chrono::seconds> code_lifetime{}, access_token_lifetime{}, refresh_token_lifetime{};

  std::vector<std::pair<std::string, std::string>> metadata{};  // member, JSON text that replaces it; no text: left out

  const std::string& path(Endpoint endpoint) const { return paths[static_cast<std::size_t>(endpoint)]; }
  bool has(Endpoint endpoint) const { return !path(endpoint).empty(); }
  bool may(GrantType grant) const { return grants[static_cast<std::size_t>(grant)]; }
  // What this server calls that error.
  std::string_view error_code(std::string_view error) const;

  // The persona of that name, or of that file if `name` ends in ".jsonc". A Failure names everything that is wrong with it.
  static std::expected<Persona, base::Failure> load(const std::string& name);
  // Reads the text of a persona file; `file` is for messages.
  static std::expected<Persona, base::Failure> read(const std::string& file, std::string_view text);
};

}  // namespace assay::mock
