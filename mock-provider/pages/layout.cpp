// What all pages share.
#include "mock-provider/pages/pages.hpp"

namespace assay::mock {

void append_html(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
}

void append_page_head(std::string& out, std::string_view title) {
  out +=
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
  append_html(out, title);
  out +=
      "</title>\n<style>\n"
      "body { font: 16px/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color: "
      "#1b1b1f; background: #fafafa }\n"
      "h1 { font-size: 1.4rem }\n"
      "label { display: block; margin: 1rem 0 }\n"
      "input { display: block; width: 100%; box-sizing: border-box; padding: .5rem; font: inherit; border: 1px solid "
      "#767680; border-radius: .3rem }\n"
      "button { font: inherit; padding: .5rem 1.2rem; margin: 1rem .5rem 0 0; border: 1px solid #767680; "
      "border-radius: .3rem; background: #fff; cursor: pointer }\n"
      "button.main { background: #1a4f8b; border-color: #1a4f8b; color: #fff }\n"
      ".problem { color: #a11 }\n"
      "@media (prefers-color-scheme: dark) { body { color: #e8e8ec; background: #1b1b1f } button { background: "
      "#2b2b31; color: inherit } .problem { color: #f88 } input { background: #2b2b31; color: inherit } }\n"
      "</style>\n</head>\n<body>\n<main>\n<h1>";
  append_html(out, title);
  out += "</h1>\n";
}

void append_page_foot(std::string& out) { out += "</main>\n</body>\n</html>\n"; }

void append_hidden_field(std::string& out, std::string_view name, std::string_view value) {
  out += "<input type=\"hidden\" name=\"";
  append_html(out, name);
  out += "\" value=\"";
  append_html(out, value);
  out += "\">\n";
}

}  // namespace assay::mock
