#include "mock-provider/sessions.hpp"

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "mock-provider/application.hpp"

namespace assay::mock {
namespace {

constexpr std::string_view cookie_name = "assay_session";

}  // namespace

std::string_view session_cookie(const Call& call) {
  for (const auto& field : call.request.fields) {
    if (!base::equals_ignoring_case(field.name, "Cookie")) continue;
    for (const auto part : base::split(field.value, ';')) {
      const auto pair = base::trim(part);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == cookie_name) return pair.substr(equals + 1);
    }
  }
  return {};
}

std::string set_new_session_cookie(Call& call) {
  std::string value = base::random_token();
  std::string field = std::string(cookie_name) + '=' + value + "; Path=/; HttpOnly; SameSite=Lax";
  if (call.application.issuer().starts_with("https:")) field += "; Secure";
  call.response.add_field("Set-Cookie", field);
  return value;
}

std::optional<Session> find_session(Call& call) {
  std::optional<Session> found;
  const auto cookie = session_cookie(call);
  if (cookie.empty()) return found;
  call.application.store.sessions.visit(cookie, [&](const Session& session) {
    if (session.kept_until > call.now) found = session;
  });
  return found;
}

std::string csrf_token_for(const Call& call, std::string_view flow) {
  std::string bound(call.session_cookie);
  bound += '.';  // in neither of the two
  bound += flow;
  const auto mac = crypto::hmac_sha256(call.application.secret(), bound);
  return base::base64url(crypto::as_text(mac));
}

}  // namespace assay::mock
