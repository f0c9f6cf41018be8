#include <algorithm>

#include "base/text.hpp"
#include "engine/browser_steps.hpp"
#include "html/page.hpp"

namespace assay::engine {
namespace {

// The value of an attribute in the text of one tag; "" without it.
std::string_view attribute(std::string_view tag, std::string_view name) {
  for (std::size_t at = 0; (at = tag.find(name, at)) != std::string_view::npos; at += name.size()) {
    const bool begins =
        at > 0 && (tag[at - 1] == ' ' || tag[at - 1] == '\n' || tag[at - 1] == '\t' || tag[at - 1] == '"');
    auto rest = base::trim(tag.substr(at + name.size()));
    if (!begins || !rest.starts_with('=')) continue;
    rest = base::trim(rest.substr(1));
    if (rest.starts_with('"') || rest.starts_with('\'')) return rest.substr(1, rest.find(rest[0], 1) - 1);
    return rest.substr(0, rest.find_first_of(" \t\r\n/"));
  }
  return {};
}

}  // namespace

std::string page_field(std::string_view html, std::string_view name) {
  const auto page = html::read_page(html);
  for (const auto& form : page.forms)
    for (const auto& field : form.fields)
      if (field.name == name && !field.value.empty()) return field.value;
  // Where scripts find tokens: <meta name="csrf-token" content="...">.
  for (std::size_t at = 0; (at = html.find("<meta", at)) != std::string_view::npos;) {
    const auto tag = html.substr(at, html.find('>', at) - at);
    if (attribute(tag, "name") == name) return std::string(attribute(tag, "content"));
    at += 5;
  }
  return "";
}

}  // namespace assay::engine
