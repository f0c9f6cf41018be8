// The endpoints, one file each. Each runs the checks of its stage and then does what was asked.
#pragma once
#include "mock-provider/call.hpp"

namespace assay::mock {

void metadata(Call& call);
void jwks(Call& call);
void authorize(Call& call);
void push(Call& call);
void show_login(Call& call);
void log_in(Call& call);
void show_consent(Call& call);
void decide(Call& call);
void token(Call& call);
void introspect(Call& call);
void revoke(Call& call);
void userinfo(Call& call);
void resource(Call& call);
void register_client(Call& call);
// Of personas only.
void show_console(Call& call);
void authorize_by_json(Call& call);
void log_in_to_account(Call& call);
void register_app(Call& call);
// The control API: not an endpoint of OAuth.
bool is_control(const Call& call);
void control(Call& call);

}  // namespace assay::mock
