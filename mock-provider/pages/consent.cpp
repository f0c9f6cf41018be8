// The consent page. The button that denies comes first, on purpose: a robot that presses the first button it finds, or a person
// who just presses Enter, must not hand out access by accident.
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/pages/pages.hpp"
#include "mock-provider/sessions.hpp"

namespace assay::mock {

void write_consent_page(Call& call, std::string_view flow) {
  const auto& request = call.interaction->request;
  begin_page(call);
  std::string& page = call.response.body;
  append_page_head(page, "Allow access?");
  page += "<p>You are signed in as <strong>";
  append_html(page, call.interaction->user->name);
  page += "</strong>. The application <strong>";
  append_html(page, request.client->id);
  page += "</strong> asks for: <strong>";
  std::string scope;
  request.scopes.append_to(scope);
  append_html(page, scope);
  page += "</strong>";
  if (request.resources != Resources::own()) {
    page += ", to be used at";  // RFC 8707 section 2.1
    for (const auto& name : request.resources.names(call.application.issuer())) {
      page += " <strong>";
      append_html(page, name);
      page += "</strong>";
    }
  }
  page += ".</p>\n<form method=\"post\" action=\"/consent\">\n";
  append_hidden_field(page, "flow", flow);
  append_hidden_field(page, "csrf", csrf_token_for(call, flow));
  page +=
      "<button type=\"submit\" name=\"decision\" value=\"deny\">Deny</button>\n"
      "<button type=\"submit\" name=\"decision\" value=\"allow\" class=\"main\">Allow</button>\n</form>\n";
  append_page_foot(page);
}

}  // namespace assay::mock
