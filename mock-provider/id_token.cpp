// ID tokens (OpenID Connect Core section 2): who signed in, when, and for which client.
#include "base/encoding.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"
#include "crypto/jws.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/tokens.hpp"
#include "mock-provider/under_load.hpp"

namespace assay::mock {
namespace {

// Who the ID token says the user is.
std::string subject_of(const Call& call, const User& user) {
  if (call.broken(Defect::id_token_sub_same_for_all)) return std::string(users().front().subject);
  std::string out(user.subject);
  if (call.broken(Defect::id_token_sub_per_login)) out += '-' + base::random_token(8);
  if (call.broken(Defect::id_token_sub_long)) out.append(256 - out.size(), '0');
  return out;
}

// OpenID Connect Core section 2: iat and exp, in seconds.
void append_times(std::string& claims, const Call& call) {
  auto issued = call.now, expires = call.now + call.application.options().access_token_lifetime;
  if (strikes(call, Defect::iat_skewed_nodes, 2)) issued += std::chrono::seconds(40);
  if (call.broken(Defect::id_token_iat_early)) issued -= std::chrono::minutes(5);
  if (call.broken(Defect::id_token_exp_past)) expires = call.now - std::chrono::seconds(1);
  const auto iat = numeric_date(issued), exp = numeric_date(expires);
  append_member(claims, "iat", call.broken(Defect::id_token_iat_milliseconds) ? iat * 1000 : iat);
  if (call.broken(Defect::id_token_exp_string)) append_member(claims, "exp", std::string_view(std::to_string(exp)));
  else append_member(claims, "exp", exp);
}

// OpenID Connect Core section 2: as it was sent.
std::string nonce_of(const Call& call, const Grant& grant) {
  std::string out = grant.nonce;
  if (call.broken(Defect::nonce_crossed_under_load)) {
    const bool struck = strikes(call, Defect::nonce_crossed_under_load, 17);
    auto last = call.application.under_load.swap("nonce", out);
    if (struck && !last.empty()) return last;
  }
  if (call.broken(Defect::nonce_cut) && out.size() > 50) out.resize(50);
  if (call.broken(Defect::nonce_html_escaped))
    if (const auto at = out.find('&'); at != std::string::npos) out.insert(at + 1, "amp;");
  return out;
}

// Defect: one character in the middle of the signature is another.
void break_signature(std::string& compact) {
  char& c = compact[compact.size() - 20];
  c = c == 'A' ? 'B' : 'A';
}

std::string sign_id_token(const Call& call, const crypto::Key& key, std::string_view claims) {
  if (call.broken(Defect::id_token_alg_none)) {
    std::string out = base::base64url(R"({"alg":"none"})");
    return out.append(1, '.').append(base::base64url(claims)).append(1, '.');
  }
  std::string header = "{";
  append_member(header, "alg", crypto::to_string(key.algorithm()));
  append_member(header, "typ", std::string_view("JWT"));
  if (!call.broken(Defect::id_token_kid_missing)) append_member(header, "kid", std::string_view(key.id()));
  std::string out = crypto::jws_sign(key, header + '}', claims);
  if (call.broken(Defect::id_token_signature_broken)) break_signature(out);
  return out;
}

}  // namespace

std::string mint_id_token(Call& call, const Grant& grant, std::string_view access_token) {
  const auto& key = grant.client->rs256_id_tokens || call.application.options().rs256_id_tokens
                        ? call.application.rs256_key()
                        : call.application.es256_key();
  std::string issuer(call.application.issuer()), claims = "{";
  const std::string audience =
      call.broken(Defect::id_token_audience_is_server) ? issuer : std::string(grant.client->id);
  if (call.broken(Defect::id_token_issuer_slash)) issuer += '/';
  append_member(claims, "iss", std::string_view(issuer));
  append_member(claims, "sub", std::string_view(subject_of(call, *grant.user)));
  append_member(claims, "aud", std::string_view(audience));
  append_times(claims, call);
  append_member(claims, "auth_time", numeric_date(grant.authenticated));
  if (!grant.nonce.empty() && !call.broken(Defect::nonce_dropped))
    append_member(claims, "nonce", std::string_view(nonce_of(call, grant)));
  // Section 3.1.3.6: the left half of the hash.
  const auto digest = crypto::sha256(access_token);
  append_member(claims, "at_hash", std::string_view(base::base64url(crypto::as_text(digest).substr(0, 16))));
  return sign_id_token(call, key, claims + '}');
}

}  // namespace assay::mock
