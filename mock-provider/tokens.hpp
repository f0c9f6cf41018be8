// Minting: access tokens, refresh tokens, ID tokens and codes. Whoever mints has claimed first.
#pragma once
#include <memory>
#include <string>

#include "mock-provider/call.hpp"

namespace assay::mock {

// Mints and remembers an access token and appends it to `out`. `grant` is null for client credentials.
void append_access_token(std::string& out, Call& call, const std::shared_ptr<Grant>& grant, Scopes scopes);
// Defect: the refresh token that begins as `text` does.
std::optional<RefreshToken> find_by_beginning(Call& call, std::string_view text);
// Mints and remembers a refresh token of `grant`.
std::string mint_refresh_token(Call& call, const std::shared_ptr<Grant>& grant);
// The member "aud": one name, or a list of several (RFC 7662 section 2.2, RFC 9068 section 2.2).
void append_audience(std::string& out, const Call& call, Resources resources);
// OpenID Connect Core section 2.
std::string mint_id_token(Call& call, const Grant& grant, std::string_view access_token);
// Answers the client at its redirect URI with a code for what `user` has just agreed to.
void answer_authorization(Call& call, const AuthorizationRequest& request, const User& user, Time authenticated);
// Mints and remembers a code for what `user` has just agreed to.
std::string mint_code(Call& call, const AuthorizationRequest& request, const User& user, Time authenticated);

// What the store knows a challenge of a client by.
std::string challenge_of_client(const Client& client, std::string_view challenge);

// A grant that nobody gave, for defects that accept what was never issued: to the asking client, for the first user.
std::shared_ptr<Grant> invent_grant(const Call& call);

// Whether an access token is accepted, at resources and in introspection.
bool is_accepted(const Call& call, const AccessToken& token);

}  // namespace assay::mock
