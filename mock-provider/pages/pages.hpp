// The pages a person sees: login, consent, and what went wrong. Plain HTML with a little style; no script but to post a response.
#pragma once
#include <string>
#include <string_view>

#include "mock-provider/call.hpp"

namespace assay::mock {

// `failed`: the last attempt had a wrong name or password.
void write_login_page(Call& call, std::string_view flow, bool failed);
void write_consent_page(Call& call, std::string_view flow);
// OAuth 2.0 Form Post Response Mode section 2: the parameters, a query so far, are posted to the client.
void write_posting_page(Call& call, std::string_view redirect_uri, std::string_view parameters);
void write_error_page(Call& call, int status, std::string_view message);

void append_html(std::string& out, std::string_view text);  // escaped
void append_page_head(std::string& out, std::string_view title);
void append_page_foot(std::string& out);
void append_hidden_field(std::string& out, std::string_view name, std::string_view value);

}  // namespace assay::mock
