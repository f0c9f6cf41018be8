// What a person sees when an authorization request cannot be answered to the client.
#include "mock-provider/answers.hpp"
#include "mock-provider/pages/pages.hpp"

namespace assay::mock {

void write_error_page(Call& call, int status, std::string_view message) {
  begin_page(call, status);
  std::string& page = call.response.body;
  append_page_head(page, "This request cannot be answered");
  page += "<p class=\"problem\">";
  append_html(page, message);
  page +=
      ".</p>\n<p>The application that sent you here made a mistake, or somebody changed its link. Nothing was "
      "granted.</p>\n";
  append_page_foot(page);
}

}  // namespace assay::mock
