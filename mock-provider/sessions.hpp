// The browser's side of a login: one cookie, what it stands for, and the token that ties a form to it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "mock-provider/call.hpp"

namespace assay::mock {

// The value of our cookie, as the browser sent it; empty: none.
std::string_view session_cookie(const Call& call);
// Makes a new cookie value and sets it: HttpOnly, SameSite=Lax, Path=/, and Secure when served over TLS.
std::string set_new_session_cookie(Call& call);
// The living session behind the cookie, if the browser has logged in.
std::optional<Session> find_session(Call& call);
// What the hidden field of a form must hold: a MAC over cookie and flow, so that no other site can make such a form.
std::string csrf_token_for(const Call& call, std::string_view flow);

}  // namespace assay::mock
