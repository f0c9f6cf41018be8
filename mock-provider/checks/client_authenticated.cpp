// The client is who it says (RFC 6749 sections 2.3 and 3.2.1).
#include "mock-provider/checks/checks.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "mock-provider/application.hpp"

namespace assay::mock {
namespace {

constexpr Refusal invalid_client{"invalid_client", "client authentication failed", 401};

struct Credentials {
  std::string id, secret;
};

// Defects: not decoded. The id may hold a colon then, so that only knowing it tells where the secret begins.
std::optional<Credentials> read_undecoded(std::string_view pair) {
  for (const Client& client : clients())
    if (pair.size() > client.id.size() && pair.starts_with(client.id) && pair[client.id.size()] == ':')
      return Credentials{std::string(client.id), std::string(pair.substr(client.id.size() + 1))};
  return std::nullopt;
}

// Section 2.3.1: both are form-encoded before they are joined by a colon.
std::optional<Credentials> read_basic(const Call& call, std::string_view field) {
  const auto blank = field.find(' ');
  if (blank == std::string_view::npos || !base::equals_ignoring_case(field.substr(0, blank), "Basic"))
    return std::nullopt;
  const auto pair = base::decode_base64(base::trim(field.substr(blank)));
  const auto colon = pair ? pair->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  const std::string_view both = *pair;
  if (call.broken(Defect::client_basic_undecoded)) return read_undecoded(both);
  Credentials decoded{base::percent_decoded(both.substr(0, colon), true),
                      base::percent_decoded(both.substr(colon + 1), true)};
  if (call.broken(Defect::client_basic_either_form) && !call.application.find_client(decoded.id))
    if (auto undecoded = read_undecoded(both)) return undecoded;
  return decoded;
}

bool at_token_endpoint(const Call& call) { return call.endpoint == Endpoint::token; }

// Defects: the client that the code in the request was issued to.
const Client* owner_of_code(const Call& call) {
  const auto code = call.application.store.find_code(call.body.value("code"));
  return code ? code->grant->client : nullptr;
}

Refusal refuse_unknown(Call& call) {
  if (!at_token_endpoint(call)) return invalid_client;
  if (call.broken(Defect::client_unknown_served) && (call.client = owner_of_code(call))) return {};
  if (call.broken(Defect::client_unknown_says_unauthorized_client))
    return {"unauthorized_client", "client authentication failed", 401};
  return invalid_client;
}

Refusal check_secret(Call& call, std::string_view id, std::string_view secret) {
  const Client* client = call.application.find_client(id);
  if (!client) return refuse_unknown(call);
  // A public client has no secret: whoever sends one is somebody else.
  if (client->is_public()) return invalid_client;
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

Refusal check_basic(Call& call, std::string_view field) {
  const auto id = call.body.value("client_id"), secret = call.body.value("client_secret");
  const auto credentials = read_basic(call, field);
  if (!credentials && at_token_endpoint(call) && call.broken(Defect::token_basic_garbage_500))
    return {"server_error", "something went wrong", 500};
  // Section 2.3: one method per request.
  if (!secret.empty() || call.body.has("client_assertion")) {
    if (call.broken(Defect::client_two_methods_body_counts)) return check_secret(call, id, secret);
    const bool agree = credentials && credentials->id == id && credentials->secret == secret;
    if (!call.broken(Defect::client_two_methods_header_counts) &&
        !(agree && call.broken(Defect::client_two_methods_agreeing)))
      return {"invalid_request", "more than one method of client authentication"};
  }
  if (!credentials) return invalid_client;
  if (call.broken(Defect::client_basic_refused) && credentials->id == "web") return invalid_client;
  const bool differs = !id.empty() && id != credentials->id;
  const bool overrides = call.broken(Defect::client_id_overrides_authentication);
  if (differs && !overrides && !call.broken(Defect::client_id_mismatch_ignored))
    return {"invalid_request", "client_id differs from the authenticated client"};
  if (const auto refusal = check_secret(call, credentials->id, credentials->secret)) return refusal;
  // Whoever took an unknown client for another has said who it is already.
  const bool served_as_itself = call.client->id == credentials->id;
  if (const Client* named = call.application.find_client(id); differs && overrides && named && served_as_itself)
    call.client = named;
  return {};
}

// Defects: confidential clients that need not prove anything, each at one grant or endpoint.
bool is_excused(const Call& call) {
  if (call.endpoint == Endpoint::introspection) return call.broken(Defect::introspect_by_client_id);
  const auto grant = find_grant_type(call.body.value("grant_type"));
  return (grant == GrantType::authorization_code && call.broken(Defect::code_without_auth)) ||
         (grant == GrantType::refresh_token && call.broken(Defect::refresh_without_auth)) ||
         (grant == GrantType::client_credentials && call.broken(Defect::cc_without_auth)) ||
         (call.endpoint == Endpoint::revocation && call.broken(Defect::revoke_without_auth));
}

// Defect: a public client is taken for one that forgot its secret.
bool is_unwelcome(const Call& call, const Client& client) {
  return client.is_public() && call.endpoint == Endpoint::revocation && call.broken(Defect::revoke_public_refused);
}

// Defects: who sends a request without client_id and credentials. Healthy, nobody knows.
const Client* guess(const Call& call) {
  if (call.endpoint == Endpoint::introspection && call.broken(Defect::introspect_anonymous)) return &clients().front();
  if (!at_token_endpoint(call)) return nullptr;
  const auto code = call.application.store.find_code(call.body.value("code"));
  if (!code || !code->grant->client->is_public()) return nullptr;
  const auto defect =
      code->code_challenge.empty() ? Defect::public_client_nameless_without_pkce : Defect::public_client_nameless;
  return call.broken(defect) ? code->grant->client : nullptr;
}

}  // namespace

Refusal client_authenticated(Call& call) {
  if (const auto field = call.request.header("Authorization"); field && call.persona.reads_basic)
    return check_basic(call, *field);
  const auto id = call.body.value("client_id");
  auto secret = call.body.value("client_secret");
  // Section 2.3.1: never in the URI, which ends up in logs.
  if (secret.empty() && call.broken(Defect::token_secret_in_query)) secret = call.query.value("client_secret");
  if (call.body.has("client_assertion")) return invalid_client;  // not a method of ours
  if (!secret.empty()) {
    if (call.broken(Defect::client_post_refused) && id == "second") return invalid_client;
    return check_secret(call, id, secret);
  }
  if (id.empty() && (call.client = guess(call))) return {};
  const Client* client = call.application.find_client(id);
  if (!client || !((client->is_public() && call.persona.has_public_clients) || is_excused(call)) ||
      is_unwelcome(call, *client))
    return invalid_client;
  call.client = client;
  return {};
}

// RFC 7662 section 2.1: who asks about tokens must authenticate, and a public client cannot.
Refusal client_confidential(Call& call) { return call.client->is_public() ? invalid_client : Refusal{}; }

}  // namespace assay::mock
