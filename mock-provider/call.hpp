// One request on its way through the provider: what came in, what the checks found out about it, and the answer being written.
// Checks fill it in the order of the table in checks/; endpoints use what it holds.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "mock-provider/clients.hpp"
#include "mock-provider/defects/defects.hpp"
#include "mock-provider/endpoint.hpp"
#include "mock-provider/form.hpp"
#include "mock-provider/personas.hpp"
#include "mock-provider/store/store.hpp"
#include "net/server.hpp"

namespace assay::mock {

class Application;

struct Call {
  Application& application;
  const Persona& persona;
  const Endpoint endpoint;
  const net::ServerRequest& request;
  net::ServerResponse& response;
  const DefectSet defects;  // as they were when the request came
  const Time now;
  Form& query;
  Form& body;

  // Found by the checks.
  const Client* client = nullptr;
  AuthorizationRequest authorization{};   // authorize
  bool no_prompt = false;                 // authorize: prompt=none
  std::optional<std::int64_t> max_age{};  // authorize: seconds
  std::optional<GrantType> grant_type{};  // token
  Scopes scopes{};                        // token: what the new access token gets
  ScopeAsked scope_asked = ScopeAsked::as_granted;
  Resources resources = Resources::own();  // token: what the new access token is for
  std::optional<Code> code{};
  std::optional<RefreshToken> refresh_token{};
  std::optional<AccessToken> access_token{};  // protected resources
  std::string access_token_hash{};            // protected resources: the ath of RFC 9449 section 4.2
  bool dpop_scheme = false;                   // protected resources: "Authorization: DPoP", not "Bearer"
  std::string dpop_jkt{};                     // token, protected resources: the key of a valid DPoP proof
  std::string_view session_cookie{};          // login, consent: the value of the cookie; views the request
  std::optional<Interaction> interaction{};   // login, consent

  std::string repeated{};  // the answer that another request got, to be given once more: a defect
  bool invented = false;   // code or refresh token: a defect made it up, so there is nothing to compare it with

  bool broken(Defect defect) const { return defects.has(defect); }
  // The healthy error code, unless one of the defects puts another in its place.
  std::string_view error_unless(std::string_view healthy,
                                std::initializer_list<std::pair<Defect, std::string_view>> defective) const {
    for (const auto& [defect, error] : defective)
      if (broken(defect)) return error;
    return healthy;
  }
  // Refresh: whether the old token is handed out again instead of rotated. Public clients need rotation (RFC 9700 section
  // 2.2.2); for confidential ones it is all risk and no gain: whoever misses one answer is locked out (FAPI 2.0 section 5.3.2.1).
  bool keeps_refresh_token() const {
    return client->is_public() ? broken(Defect::refresh_not_rotated) : !broken(Defect::refresh_confidential_rotated);
  }
  // The parameters of an authorization request: the query, or the body of a POST.
  const Form& parameters() const { return request.method == "POST" ? body : query; }
};

}  // namespace assay::mock
