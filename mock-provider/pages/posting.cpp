// The authorization response as a form that the browser posts to the client.
#include "base/encoding.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/form.hpp"
#include "mock-provider/pages/pages.hpp"

namespace assay::mock {

void write_posting_page(Call& call, std::string_view redirect_uri, std::string_view parameters) {
  static constexpr std::string_view script = "document.forms[0].submit()";
  begin_page(call, 200, script);
  Form fields;
  fields.read(parameters);
  std::string& page = call.response.body;
  append_page_head(page, "Back to the application");
  page += "<form method=\"post\" action=\"";
  append_html(page, redirect_uri);
  page += "\">\n";
  fields.each_pair([&](std::string_view name, std::string_view value) {
    std::string twice;
    if (call.broken(Defect::form_post_encoded_twice)) base::append_form_encoded(twice, value);
    append_hidden_field(page, name, twice.empty() ? value : std::string_view(twice));
  });
  page += "<button type=\"submit\" class=\"main\">Continue</button>\n</form>\n<script>";
  page += script;
  page += "</script>\n";
  append_page_foot(page);
}

}  // namespace assay::mock
