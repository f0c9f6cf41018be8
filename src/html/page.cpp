#include "html/page.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "html/gumbo_tree.hpp"
#include "html/page_reader.hpp"

namespace assay::html {
namespace {

constexpr std::size_t max_page = 1u << 20;  // bytes read of a page
constexpr std::size_t max_text = 400;       // bytes kept of what can be seen

Page read(std::string_view html, std::size_t most_text) {
  Page page;
  if (html.starts_with("\xEF\xBB\xBF")) html.remove_prefix(3);
  const GumboTree tree(html.substr(0, max_page), {});
  if (!tree.root()) {
    page.unreadable = true;
    return page;
  }
  read_tree(tree.root(), page, most_text);
  page.title = base::trim(page.title);
  page.text = base::trim(page.text);
  return page;
}

}  // namespace

bool Field::is_text() const {
  static constexpr std::string_view others[] = {
      "password", "hidden", "checkbox", "radio", "select", "textarea", "file",           "button", "reset",
      "color",    "range",  "date",     "time",  "month",  "week",     "datetime-local", "number", "search"};
  return std::ranges::find(others, type) == std::end(others);  // an unknown type is a text field
}

std::size_t Form::password_fields() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields, [](const Field& field) { return field.type == "password" && !field.disabled; }));
}

std::optional<Refresh> parse_refresh(std::string_view content) {
  content = base::trim(content);
  Refresh out;
  const auto digits = content.substr(0, content.find_first_not_of("0123456789."));
  std::from_chars(digits.data(), digits.data() + digits.size(), out.seconds);
  const auto mark = content.find_first_of(";,");
  if (mark == std::string_view::npos) return std::nullopt;
  auto rest = base::trim(content.substr(mark + 1));
  if (base::equals_ignoring_case(rest.substr(0, 3), "url")) {
    const auto after = base::trim(rest.substr(3));
    if (after.starts_with('=')) rest = base::trim(after.substr(1));
  }
  if (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) {
    const char quote = rest.front();
    rest.remove_prefix(1);
    rest = rest.substr(0, rest.find(quote));
  }
  rest = base::trim(rest);
  if (rest.empty()) return std::nullopt;
  out.url = rest;
  return out;
}

Page read_page(std::string_view html) { return read(html, max_text); }

Page read_whole_page(std::string_view html) { return read(html, max_page); }

std::string_view beginning_of(std::string_view text) {
  std::size_t size = std::min(text.size(), max_text);
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return base::trim(text.substr(0, size));
}

}  // namespace assay::html
