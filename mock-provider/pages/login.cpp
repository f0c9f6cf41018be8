// The login page.
#include "mock-provider/answers.hpp"
#include "mock-provider/pages/pages.hpp"
#include "mock-provider/sessions.hpp"

namespace assay::mock {

void write_login_page(Call& call, std::string_view flow, bool failed) {
  begin_page(call);
  std::string& page = call.response.body;
  append_page_head(page, "Sign in");
  if (failed) page += "<p class=\"problem\" role=\"alert\">That name and password do not belong together.</p>\n";
  page += "<form method=\"post\" action=\"/login\">\n";
  append_hidden_field(page, "flow", flow);
  append_hidden_field(page, "csrf", csrf_token_for(call, flow));
  page +=
      "<label>Name\n<input type=\"text\" name=\"username\" autocomplete=\"username\" required autofocus></label>\n"
      "<label>Password\n<input type=\"password\" name=\"password\" autocomplete=\"current-password\" "
      "required></label>\n"
      "<button type=\"submit\" class=\"main\">Sign in</button>\n</form>\n";
  append_page_foot(page);
}

}  // namespace assay::mock
