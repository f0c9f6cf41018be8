// A login or consent page: its forms, what would be pressed, what would be sent. The memory of pages must give the same.
#include "html/page_memory.hpp"
#include "html/submission.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void html_page(std::string_view input) {
  static const auto where = *base::parse_url("http://127.0.0.1:4100/login?a=1");
  const auto page = html::read_page(input);
  html::PageMemory memory;
  for (int i = 0; i < 3; ++i) require(memory.read(input) == page, "a page that is known reads as the first time");
  require(page.text.size() < 4096, "the text of a page is short");
  const auto choice = html::choose_form(page);
  if (!choice) return;
  auto form = *choice->form;
  html::fill_login(form, choice->user_field, {}, "alice", "her password");
  html::tick_consent(form, choice->intent, true);
  if (const auto sent = html::build_submission(where, page.base, form, choice->button)) {
    require(sent->method == "GET" || sent->method == "POST", "a form is sent by GET or POST");
    require(sent->method == "POST" || sent->body.empty(), "a GET has no body");
  }
}

const Target html_page_target("html_page", html_page);

}  // namespace
}  // namespace assay::fuzz
