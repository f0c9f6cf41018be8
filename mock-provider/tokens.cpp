#include "mock-provider/tokens.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"
#include "crypto/jws.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/sessions.hpp"
#include "mock-provider/under_load.hpp"

namespace assay::mock {
namespace {

// Expired tokens stay known for a while: "expired" and "unknown" are different answers.
constexpr std::chrono::minutes afterlife{15};

std::string header(std::string_view type, const crypto::Key& key) {
  std::string json = "{";
  append_member(json, "alg", crypto::to_string(key.algorithm()));
  append_member(json, "typ", type);
  append_member(json, "kid", std::string_view(key.id()));
  return json + '}';
}

// RFC 9068 section 2.
std::string jwt_access_token(Call& call, const AccessToken& token, const crypto::Key& key) {
  std::string scope, claims = "{";
  token.scopes.append_to(scope);
  append_member(claims, "iss", std::string_view(call.application.issuer()));
  append_member(claims, "sub", token.user ? token.user->subject : token.client->id);
  append_audience(claims, call, token.resources);
  append_member(claims, "client_id", token.client->id);
  append_member(claims, "scope", std::string_view(scope));
  append_member(claims, "iat", numeric_date(token.issued));
  append_member(claims, "exp", numeric_date(token.expires));
  if (token.grant) append_member(claims, "auth_time", numeric_date(token.grant->authenticated));
  append_member(claims, "jti", std::string_view(jti_under_load(call, base::random_token(16))));
  if (!token.dpop_jkt.empty()) append_confirmation(claims, token.dpop_jkt);
  if (call.persona.user_claims && token.user) {
    append_member(claims, "name", token.user->full_name);
    append_member(claims, "preferred_username", token.user->name);
    append_member(claims, "email", token.user->email);
  }
  return crypto::jws_sign(key, header("at+jwt", key), claims + '}');
}

// Defects: fewer bits than they look, for the rest never changes.
std::string few_random_bits() { return fmt::format("{:016x}-3f9c2ab47d10e856", base::random_number()); }

std::string counted_code(Call& call) {
  std::string number = std::to_string(++call.application.store.counter);
  return number.insert(0, 43 - number.size(), '0');
}

std::string new_code(Call& call) {
  if (call.broken(Defect::code_counter)) return counted_code(call);
  if (call.broken(Defect::code_64_bits)) return few_random_bits();
  return code_under_load(call, base::random_token(call.broken(Defect::code_128_bits) ? 16 : 32));
}

// Defect: every thirtieth code of a browser session is the one before once more. Empty: a new one is due.
std::string code_once_more(Call& call) {
  std::string out;
  if (!call.broken(Defect::code_issued_twice)) return out;
  call.application.store.sessions.visit(session_cookie(call), [&](Session& session) {
    if (++session.codes % 30 == 0) out = session.last_code;
  });
  return out;
}

void remember_code(Call& call, const std::string& code) {
  if (!call.broken(Defect::code_issued_twice)) return;
  call.application.store.sessions.visit(session_cookie(call), [&](Session& session) { session.last_code = code; });
}

// Defects: made of what two grants may have in common, as a JWT without jti is.
std::string token_of(std::string_view facts, std::int64_t time) {
  return base::base64url(crypto::as_text(crypto::sha256(std::string(facts) + ' ' + std::to_string(time))));
}

std::string opaque_access_token(Call& call, const AccessToken& token) {
  if (call.broken(Defect::access_token_64_bits)) return few_random_bits();
  if (token.grant && !token.grant->session.empty()) {
    const auto seconds = numeric_date(call.now);
    if (call.broken(Defect::access_token_same_second))
      return token_of(token.grant->session + ' ' + std::string(token.client->id), seconds);
    if (call.broken(Defect::access_token_same_for_users) && token.client->id == "second")
      return token_of(token.client->id, seconds / 60);
  }
  if (token.user) return access_token_under_load(call, base::random_token(), *token.user);
  return base::random_token();
}
// Whose token it is. Defect: a refresh that does not look at the grant.
const User* user_of(const Call& call, const Grant* grant) {
  if (grant && call.grant_type == GrantType::refresh_token && call.broken(Defect::refresh_for_first_user))
    return &users().front();
  return grant ? grant->user : nullptr;
}

// Defect: looked up by its first characters only.
std::string_view beginning_of(std::string_view token) { return token.substr(0, 16); }

}  // namespace

std::string challenge_of_client(const Client& client, std::string_view challenge) {
  return std::string(client.id) + ' ' + std::string(challenge);
}

void append_access_token(std::string& out, Call& call, const std::shared_ptr<Grant>& grant, Scopes scopes) {
  const auto& options = call.application.options();
  AccessToken token{.grant = grant,
                    .client = call.client,
                    .user = user_of(call, grant.get()),
                    .scopes = scopes,
                    .dpop_jkt = call.dpop_jkt,
                    .resources = call.resources,
                    .issued = call.now,
                    .expires = call.now + options.access_token_lifetime};
  token.kept_until = token.expires + afterlife;
  const std::size_t begin = out.size();
  switch (*options.access_tokens) {
    case AccessTokenFormat::opaque: out += opaque_access_token(call, token); break;
    case AccessTokenFormat::es256: out += jwt_access_token(call, token, call.application.es256_key()); break;
    case AccessTokenFormat::rs256: out += jwt_access_token(call, token, call.application.rs256_key()); break;
  }
  if (call.broken(Defect::access_token_not_ascii)) out += "\u00fc";
  if (call.broken(Defect::access_token_not_b64token)) out += '|';
  call.application.store.access_tokens.insert(std::string_view(out).substr(begin), std::move(token), call.now);
}

std::string mint_refresh_token(Call& call, const std::shared_ptr<Grant>& grant) {
  std::string text = refresh_token_under_load(call, base::random_token());
  const bool is_refreshed = call.grant_type == GrantType::refresh_token;
  RefreshToken token{.grant = grant,
                     .scopes = is_refreshed && call.broken(Defect::refresh_narrow_sticks) ? call.scopes : grant->scopes,
                     .is_first = !is_refreshed,
                     .expires = call.now + call.application.options().refresh_token_lifetime};
  // RFC 9449 section 5: what confidential clients have is bound to their credentials already.
  if (call.client->is_public()) token.dpop_jkt = call.dpop_jkt;
  token.kept_until = token.expires + afterlife;
  if (call.broken(Defect::refresh_compared_by_beginning))
    call.application.store.refresh_tokens.insert(beginning_of(text), token, call.now);
  call.application.store.refresh_tokens.insert(text, std::move(token), call.now);
  return text;
}

std::optional<RefreshToken> find_by_beginning(Call& call, std::string_view text) {
  return call.application.store.find_refresh_token(beginning_of(text));
}

void append_audience(std::string& out, const Call& call, Resources resources) {
  const auto names = resources.names(call.application.issuer());
  if (names.size() == 1) return append_member(out, "aud", std::string_view(names.front()));
  if (out.back() != '{') out += ',';
  out += R"("aud":[)";
  for (const auto& name : names) {
    if (&name != &names.front()) out += ',';
    append_json(out, name);
  }
  out += ']';
}

std::string mint_code(Call& call, const AuthorizationRequest& request, const User& user, Time authenticated) {
  const auto& options = call.application.options();
  auto grant = std::make_shared<Grant>();
  grant->client = request.client;
  grant->user = call.broken(Defect::code_for_first_user) ? &users().front() : &user;
  grant->scopes = request.scopes;
  grant->scope_asked = request.scope_asked;
  grant->unknown_scopes = request.unknown_scopes;
  grant->resources = request.resources;
  grant->nonce = request.nonce;
  grant->authenticated = authenticated;
  if (call.broken(Defect::access_token_same_second) || call.broken(Defect::access_token_same_for_users))
    grant->session = session_cookie(call);
  if (auto again = code_once_more(call); !again.empty()) return again;
  std::string text = new_code(call);
  remember_code(call, text);
  if (call.broken(Defect::pkce_code_carries_challenge) && !request.code_challenge.empty())
    text += '.' + base::base64url(request.code_challenge);
  if (call.broken(Defect::code_not_ascii)) text += "\u00fc";
  Code code{.grant = std::move(grant),
            .redirect_uri = request.redirect_uri,
            .redirect_uri_sent = request.redirect_uri_sent,
            .code_challenge = request.code_challenge,
            .dpop_jkt = request.dpop_jkt,
            .plain_challenge = request.plain_challenge,
            .expires = call.now + options.code_lifetime};
  // A used code is remembered while the access token it bought may live, so that a second use can revoke it.
  code.kept_until = code.expires + options.access_token_lifetime;
  if (call.broken(Defect::pkce_verifier_of_any_flow) && !code.code_challenge.empty())
    call.application.store.seen_challenges.insert(challenge_of_client(*request.client, code.code_challenge),
                                                  SeenChallenge{code.kept_until}, call.now);
  if (call.broken(Defect::code_bound_to_browser)) code.language = call.request.header("Accept-Language").value_or("");
  if (call.broken(Defect::code_compared_by_beginning))
    call.application.store.codes.insert(std::string_view(text).substr(0, 16), code, call.now);
  call.application.store.codes.insert(text, std::move(code), call.now);
  return text;
}

std::shared_ptr<Grant> invent_grant(const Call& call) {
  auto grant = std::make_shared<Grant>();
  grant->client = call.client;
  grant->user = &users().front();
  grant->scopes = Scopes::of("openid");
  grant->authenticated = call.now;
  return grant;
}

void answer_authorization(Call& call, const AuthorizationRequest& request, const User& user, Time authenticated) {
  if (!request.implicit)
    return redirect_to_client(call, request, "code", mint_code(call, request, user, authenticated));
  // Defect: the implicit grant (RFC 6749 section 4.2.2), and with what it must not have.
  auto grant = std::make_shared<Grant>();
  grant->client = call.client = request.client;
  grant->user = &user;
  grant->scopes = request.scopes;
  grant->authenticated = authenticated;
  std::string location = request.redirect_uri + "#access_token=";
  append_access_token(location, call, grant, grant->scopes);
  location += "&token_type=Bearer&expires_in=3600&refresh_token=" + mint_refresh_token(call, grant) + "&state=";
  base::append_form_encoded(location, request.state);
  redirect_to_page(call, location);
}

bool is_accepted(const Call& call, const AccessToken& token) {
  if (token.revoked || (token.grant && token.grant->revoked)) return false;
  if (call.broken(Defect::access_token_never_expires)) return true;
  if (is_broken_under_load(call, Defect::expiry_ignored_under_load)) return true;
  const auto lateness =
      call.broken(Defect::access_token_expires_late) ? std::chrono::seconds(150) : std::chrono::seconds(0);
  return call.now < token.expires + lateness;
}

}  // namespace assay::mock
