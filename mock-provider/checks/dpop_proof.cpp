// DPoP proofs and the keys that codes and tokens are bound to (RFC 9449).
#include "mock-provider/checks/checks.hpp"

#include <optional>

#include "base/json_walk.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "crypto/digest.hpp"
#include "crypto/jws.hpp"
#include "crypto/key.hpp"
#include "mock-provider/application.hpp"

namespace assay::mock {
namespace {

// Section 11.1: how old a proof may be, and how far its clock may run ahead of ours.
constexpr std::chrono::seconds max_age{60}, max_lead{5};

std::string text_at(std::string_view json, std::string_view pointer) {
  const auto value = base::find_json(json, pointer);
  return value.type == base::JsonType::string ? value.unescaped() : std::string();
}

// Section 4.3, item 9: without query and fragment, and however scheme, host and default port are written.
bool is_our_url(const Call& call, std::string_view htu) {
  const auto claimed = base::parse_url(htu);
  const auto ours = base::parse_url(call.application.issuer() + std::string(call.request.path));
  return claimed && ours && claimed->userinfo.empty() && claimed->origin() == ours->origin() &&
         claimed->path == ours->path;
}

bool is_recent(const Call& call, std::optional<std::int64_t> iat) {
  // By the client's clock, which stands still when a test moves ours.
  const auto now = call.application.clock.unmoved();
  return iat && *iat >= numeric_date(now - max_age) && *iat <= numeric_date(now + max_lead);
}

// The checks of section 4.3. What is wrong, or empty; then `jkt` is the key's thumbprint.
std::string_view find_fault(const Call& call, std::string_view proof, std::string& jkt) {
  const auto jws = crypto::parse_jws(proof);
  if (!jws) return "the DPoP proof is not a JWT";
  if (!base::repeated_json_member(jws->header).empty() || !base::repeated_json_member(jws->payload).empty())
    return "the DPoP proof says something twice";
  if (text_at(jws->header, "/typ") != "dpop+jwt") return "the typ of the DPoP proof is not dpop+jwt";
  if (text_at(jws->header, "/alg") != "ES256") return "the alg of the DPoP proof is not ES256";
  const auto jwk = base::find_json(jws->header, "/jwk");
  if (jwk.type != base::JsonType::object) return "the DPoP proof has no jwk";
  if (base::find_json(jwk.text, "/d").type != base::JsonType::absent) return "the DPoP proof holds a private key";
  const auto key = crypto::Key::from_jwk(jwk.text);
  if (!key || key->algorithm() != crypto::Algorithm::es256) return "the jwk of the DPoP proof is not a P-256 key";
  if (!crypto::jws_verify(*key, proof)) return "the signature of the DPoP proof is wrong";
  if (text_at(jws->payload, "/htm") != call.request.method) return "the htm of the DPoP proof is another method";
  if (!is_our_url(call, text_at(jws->payload, "/htu"))) return "the htu of the DPoP proof is another address";
  if (!is_recent(call, base::find_json(jws->payload, "/iat").integer()))
    return "the iat of the DPoP proof is not of now";
  if (call.access_token) {  // item 12
    const auto ath = text_at(jws->payload, "/ath");
    if (ath != call.access_token_hash) return "the ath of the DPoP proof is not that of the access token";
  }
  const auto jti = text_at(jws->payload, "/jti");
  if (jti.empty()) return "the DPoP proof has no jti";
  // Last, and in one step: a proof that is refused is not used up, and of two copies one is refused. The entry outlives
  // the proof, also when its clock was ahead.
  if (!call.application.store.seen_proofs.insert(key->id() + ' ' + jti,
                                                 SeenProof{call.now + 2 * max_age + 2 * max_lead}, call.now))
    return "the DPoP proof was used before";
  jkt = key->id();
  return {};
}

}  // namespace

Refusal dpop_proof(Call& call) {
  std::optional<std::string_view> proof;
  for (const auto& field : call.request.fields) {
    if (!base::equals_ignoring_case(field.name, "DPoP")) continue;
    if (proof) return {"invalid_dpop_proof", "there is more than one DPoP proof"};
    proof = field.value;
  }
  if (!proof) return {};
  if (const auto fault = find_fault(call, *proof, call.dpop_jkt); !fault.empty()) return {"invalid_dpop_proof", fault};
  return {};
}

// Section 10: the client says in advance which key will redeem the code.
Refusal dpop_key_announced(Call& call) {
  const auto jkt = call.parameters().value("dpop_jkt");
  if (!jkt.empty() && jkt.size() != 43) return {"invalid_request", "dpop_jkt is not a SHA-256 in base64url"};
  call.authorization.dpop_jkt = jkt;
  return {};
}

Refusal code_key(Call& call) {
  if (!call.code->dpop_jkt.empty() && call.code->dpop_jkt != call.dpop_jkt)
    return {"invalid_grant", "this code is bound to another DPoP key"};
  return {};
}

Refusal refresh_token_key(Call& call) {
  const auto& jkt = call.refresh_token->dpop_jkt;
  if (!jkt.empty() && jkt != call.dpop_jkt) return {"invalid_grant", "this refresh_token is bound to another DPoP key"};
  return {};
}

// Section 7: a bound token is used by the holder of its key, and only under the name DPoP.
Refusal access_token_key(Call& call) {
  const auto& jkt = call.access_token->dpop_jkt;
  if (jkt.empty()) {
    if (call.dpop_scheme) return {"invalid_token", "this access token is not bound to a key", 401};
    return {};
  }
  if (!call.dpop_scheme) return {"invalid_token", "this access token needs a DPoP proof", 401};
  if (auto refusal = dpop_proof(call)) {
    refusal.status = 401;
    return refusal;
  }
  if (call.dpop_jkt.empty()) return {"invalid_dpop_proof", "there is no DPoP proof", 401};
  if (call.dpop_jkt != jkt) return {"invalid_token", "this access token is bound to another DPoP key", 401};
  return {};
}

}  // namespace assay::mock
