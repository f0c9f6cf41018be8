// The token endpoint (RFC 6749 section 3.2): authorization code, refresh token, client credentials.
#include <algorithm>

#include "base/random.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/contention.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/tokens.hpp"
#include "mock-provider/under_load.hpp"

namespace assay::mock {
namespace {

// RFC 6749 section 5.1: JSON that nobody stores.
void begin_token_answer(Call& call) {
  const bool storable = strikes(call, Defect::no_store_missing_under_load, 17),
             unpragmatic = strikes(call, Defect::pragma_missing_under_load, 17);
  if (storable || unpragmatic) {
    call.response.add_field("Content-Type", "application/json");
    return call.response.add_field(storable ? "Pragma" : "Cache-Control", storable ? "no-cache" : "no-store");
  }
  if (!call.broken(Defect::token_success_media_type) && !call.broken(Defect::token_no_store_missing) &&
      !call.broken(Defect::token_pragma_missing))
    return begin_json(call);
  call.response.add_field("Content-Type",
                          call.broken(Defect::token_success_media_type) ? "text/plain" : "application/json");
  if (!call.broken(Defect::token_no_store_missing)) call.response.add_field("Cache-Control", "no-store");
  if (!call.broken(Defect::token_pragma_missing)) call.response.add_field("Pragma", "no-cache");
}

void append_lifetime(std::string& out, const Call& call) {
  const auto seconds = call.application.options().access_token_lifetime.count();
  if (call.broken(Defect::expires_in_missing)) return;
  if (call.broken(Defect::expires_in_string))
    append_member(out, "expires_in", std::string_view(std::to_string(seconds)));
  else if (call.broken(Defect::expires_in_zero)) append_member(out, "expires_in", std::int64_t{0});
  else if (call.broken(Defect::expires_in_huge)) append_member(out, "expires_in", std::int64_t{99'999'999});
  else append_member(out, "expires_in", seconds);
}

// Defect: with words that are no scopes.
void append_widened_scope(std::string& out, Scopes scopes, std::string_view unknown) {
  std::string text;
  scopes.append_to(text);
  if (!text.empty()) text += ' ';
  append_member(out, "scope", std::string_view(text.append(unknown)));
}

// Defects: not the string of blank-separated words that it should be.
void append_odd_scope(std::string& out, const Call& call) {
  std::string text;
  call.scopes.append_to(text);
  if (call.broken(Defect::token_scope_commas)) {
    std::ranges::replace(text, ' ', ',');
    return append_member(out, "scope", std::string_view(text));
  }
  out += R"(,"scope":[")";
  for (const char c : text) {
    if (c == ' ') out += R"(",")";
    else out += c;
  }
  out += R"("])";
}

// RFC 6749 section 5.1: required whenever it is not what was asked for; here it is always told.
void append_granted_scope(std::string& out, const Call& call) {
  if (call.scope_asked == ScopeAsked::more && call.broken(Defect::token_reduced_scope_hidden)) return;
  if (call.scope_asked == ScopeAsked::nothing && call.broken(Defect::token_default_scope_hidden)) return;
  if (call.scope_asked == ScopeAsked::as_granted && call.grant_type != GrantType::refresh_token &&
      (call.broken(Defect::token_scope_commas) || call.broken(Defect::token_scope_array)))
    return append_odd_scope(out, call);
  out += R"(,"scope":")";
  call.scopes.append_to(out, call.persona.scope_separator);
  out += '"';
}

// `refresh_token` and `with_id_token` as the grant has it.
void answer_with_tokens(Call& call, const std::shared_ptr<Grant>& grant, std::string_view refresh_token,
                        bool with_id_token) {
  begin_token_answer(call);
  std::string& out = call.response.body;
  out += R"({"access_token":")";
  const std::size_t begin = out.size();
  append_access_token(out, call, grant, call.scopes);  // base64url and dots: nothing to escape
  const std::size_t size = out.size() - begin;
  out += '"';
  if (!call.broken(Defect::token_type_missing))
    append_member(out, "token_type", call.dpop_jkt.empty() ? std::string_view(call.persona.token_type) : "DPoP");
  append_lifetime(out, call);
  if (!refresh_token.empty()) append_member(out, "refresh_token", refresh_token);
  if (grant && !grant->unknown_scopes.empty()) append_widened_scope(out, call.scopes, grant->unknown_scopes);
  else append_granted_scope(out, call);
  if (with_id_token && !call.broken(Defect::id_token_missing))
    append_member(out, "id_token", std::string_view(mint_id_token(call, *grant, std::string(out, begin, size))));
  out += '}';
}

// Defects: the same grant as if another user had given it.
std::shared_ptr<Grant> given_to_other(const Grant& grant, const User& other) {
  auto out = std::make_shared<Grant>();
  out->client = grant.client;
  out->user = &other;
  out->scopes = grant.scopes;
  out->nonce = grant.nonce;
  out->authenticated = grant.authenticated;
  out->refreshes = grant.refreshes.load();
  return out;
}

void redeem(Call& call) {
  if (const auto refusal = run_checks(Stage::redeem_code, call)) return refuse_json(call, refusal);
  if (call.broken(Defect::public_client_refused) && call.client->is_public())
    return refuse_json(call, {"invalid_request", "this server wants a client_secret"});
  auto grant = call.code->grant;
  if (const User& user = user_under_load(call, *grant->user); &user != grant->user)
    grant = given_to_other(*grant, user);
  call.scopes = grant->scopes;
  if (const auto wanted = Scopes::parse(call.body.value("scope"));
      wanted && !wanted->empty() && call.broken(Defect::code_scope_widened))
    call.scopes = *wanted;
  if (!call.repeated.empty()) {
    begin_token_answer(call);
    call.response.body += call.repeated;
    return;
  }
  call.scope_asked = grant->scope_asked;
  const bool with_refresh = call.persona.may(GrantType::refresh_token);
  answer_with_tokens(call, grant, with_refresh ? mint_refresh_token(call, grant) : std::string(),
                     grant->scopes.has("openid"));
  if (call.broken(Defect::code_race_answers_again))
    call.application.store.codes.visit(call.body.value("code"), [&](Code& code) { code.answer = call.response.body; });
}

// Defect: one token per client and scope; the one before dies.
void revoke_last_token(Call& call) {
  std::string key(call.client->id), last;
  key += ' ';
  call.scopes.append_to(key);
  auto& store = call.application.store;
  store.last_tokens.visit(key, [&](const LastToken& token) { last = token.token; });
  if (!last.empty()) store.access_tokens.visit(last, [](AccessToken& token) { token.revoked = true; });
}

void remember_last_token(Call& call) {
  std::string key(call.client->id);
  key += ' ';
  call.scopes.append_to(key);
  const std::string_view body = call.response.body;
  const auto begin = body.find(':') + 2;  // {"access_token":"
  call.application.store.last_tokens.insert(
      key, LastToken{std::string(body.substr(begin, body.find('"', begin) - begin)), call.now + std::chrono::hours(1)},
      call.now);
}

// Rotation for public clients: the old one is used up, the new one keeps the scope of the grant (RFC 6749 section 6).
void refresh(Call& call) {
  if (const auto refusal = run_checks(Stage::refresh, call)) return refuse_json(call, refusal);
  auto grant = call.refresh_token->grant;
  const int before = grant->refreshes++;
  if (call.broken(Defect::refresh_scope_shrinks) && before >= 10) call.scopes = Scopes::of("openid");
  if (call.broken(Defect::refresh_user_changes) && before >= 10) grant = given_to_other(*grant, users().back());
  if (call.keeps_refresh_token()) return answer_with_tokens(call, grant, call.body.value("refresh_token"), false);
  answer_with_tokens(call, grant, mint_refresh_token(call, grant), false);
}

// RFC 6749 section 4.4.3: no refresh token; the client can always ask again.
void grant_to_client(Call& call) {
  if (const auto refusal = run_checks(Stage::client_credentials, call)) return refuse_json(call, refusal);
  if (call.broken(Defect::cc_refused)) return refuse_json(call, {"invalid_request", "no tokens today"});
  if (call.broken(Defect::cc_ends_earlier_token)) revoke_last_token(call);
  if (call.broken(Defect::cc_parallel_fails) && is_crowded(call))
    return refuse_json(call, {"server_error", "duplicate key", 500});
  answer_with_tokens(call, nullptr, call.broken(Defect::cc_refresh_token) ? base::random_token() : std::string(),
                     false);
  if (call.broken(Defect::cc_ends_earlier_token)) remember_last_token(call);
}

// Healthy: as every other refusal (RFC 6749 section 5.2).
void refuse_without_grant_type(Call& call, const Refusal& refusal) {
  if (call.broken(Defect::token_error_html)) {
    call.response.status = refusal.status;
    call.response.add_field("Content-Type", "text/html; charset=utf-8");
    call.response.add_field("Cache-Control", "no-store");
    call.response.body += "<!DOCTYPE html>\n<title>Bad request</title>\n<p>grant_type is missing.</p>\n";
  } else if (call.broken(Defect::token_error_object)) {
    begin_json(call, refusal.status);
    call.response.body += R"({"error":{"code":"invalid_request"}})";
  } else {
    refuse_json(call, refusal);
  }
}

// Defect: tokens for nothing.
void hand_out(Call& call) {
  begin_token_answer(call);
  call.response.body += R"({"access_token":")" + base::random_token() +
                        R"(","token_type":"Bearer","expires_in":3600,)" + R"("refresh_token":")" +
                        base::random_token() + "\"}";
}

void answer_token_request(Call& call) {
  if (call.broken(Defect::refuse_everything_at_token))
    return refuse_json(call, {"invalid_request", "this server refuses everything"});
  if (strikes(call, Defect::error_5xx_under_load, 37))
    return refuse_json(call, {"server_error", "deadlock detected", 500});
  if (strikes(call, Defect::overload_resets, 37)) call.response.fault = net::WireFault::truncate_body;
  if (call.broken(Defect::accept_everything_at_token)) return hand_out(call);
  if (const auto refusal = run_checks(Stage::token, call))
    return call.client && !call.body.has("grant_type") ? refuse_without_grant_type(call, refusal)
                                                       : refuse_json(call, refusal);
  switch (*call.grant_type) {
    case GrantType::authorization_code: return redeem(call);
    case GrantType::refresh_token: return refresh(call);
    case GrantType::client_credentials: return grant_to_client(call);
  }
}

}  // namespace

void token(Call& call) {
  answer_token_request(call);
  if (call.persona.answers_by_accept || call.broken(Defect::token_answer_by_accept)) shape_by_accept(call);
}

}  // namespace assay::mock
