// The client is who it says (RFC 6749 sections 2.3 and 3.2.1).
#include "mock-provider/checks/checks.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"

namespace assay::mock {
namespace {

constexpr Refusal invalid_client{"invalid_client", "client authentication failed", 401};

struct Credentials {
  std::string id, secret;
};

// Section 2.3.1: both are form-encoded before they are joined by a colon.
std::optional<Credentials> read_basic(std::string_view field) {
  const auto blank = field.find(' ');
  if (blank == std::string_view::npos || !base::equals_ignoring_case(field.substr(0, blank), "Basic"))
    return std::nullopt;
  const auto pair = base::decode_base64(base::trim(field.substr(blank)));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  const std::string_view both = *pair;
  return Credentials{base::percent_decoded(both.substr(0, colon), true),
                     base::percent_decoded(both.substr(colon + 1), true)};
}

Refusal check_secret(Call& call, std::string_view id, std::string_view secret) {
  const Client* client = find_client(id);
  // A public client has no secret: whoever sends one is somebody else.
  if (!client || client->is_public()) return invalid_client;
  const bool is_right = crypto::constant_time_equal(client->secret, secret) ||
                        (call.broken(Defect::client_secret_unchecked) && !secret.empty());
  if (!is_right) {
    if (call.broken(Defect::client_wrong_secret_says_invalid_request))
      return {"invalid_request", "client authentication failed"};
    if (call.broken(Defect::token_wrong_secret_status_403))
      return {"invalid_client", "client authentication failed", 403};
    return invalid_client;
  }
  call.client = client;
  return {};
}

// Defects: confidential clients that need not prove anything, each at one grant.
bool is_excused(const Call& call) {
  const auto grant = find_grant_type(call.body.value("grant_type"));
  return (grant == GrantType::authorization_code && call.broken(Defect::code_without_auth)) ||
         (grant == GrantType::refresh_token && call.broken(Defect::refresh_without_auth)) ||
         (grant == GrantType::client_credentials && call.broken(Defect::cc_without_auth)) ||
         (call.request.path == "/revoke" && call.broken(Defect::revoke_without_auth));
}

// Defect: a public client is taken for one that forgot its secret.
bool is_unwelcome(const Call& call, const Client& client) {
  return client.is_public() && call.request.path == "/revoke" && call.broken(Defect::revoke_public_refused);
}

}  // namespace

Refusal client_authenticated(Call& call) {
  const auto id = call.body.value("client_id"), secret = call.body.value("client_secret");
  if (const auto field = call.request.header("Authorization")) {
    // Section 2.3: one method per request.
    if (!secret.empty() || call.body.has("client_assertion"))
      return {"invalid_request", "more than one method of client authentication"};
    const auto credentials = read_basic(*field);
    if (!credentials) return invalid_client;
    if (call.broken(Defect::client_basic_refused) && credentials->id == "web") return invalid_client;
    if (!id.empty() && id != credentials->id)
      return {"invalid_request", "client_id differs from the authenticated client"};
    return check_secret(call, credentials->id, credentials->secret);
  }
  if (call.body.has("client_assertion")) return invalid_client;  // not a method of ours
  if (!secret.empty()) return check_secret(call, id, secret);
  const Client* client = find_client(id);
  if (!client || !(client->is_public() || is_excused(call)) || is_unwelcome(call, *client)) return invalid_client;
  call.client = client;
  return {};
}

// RFC 7662 section 2.1: who asks about tokens must authenticate, and a public client cannot.
Refusal client_confidential(Call& call) { return call.client->is_public() ? invalid_client : Refusal{}; }

}  // namespace assay::mock
