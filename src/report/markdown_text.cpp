// Escapes for Markdown. Character references work everywhere, also in tables, where backslashes do not.
#include "report/markdown_text.hpp"

#include <fmt/format.h>

#include "report/view.hpp"

namespace assay::report {
namespace {

std::string escaped(std::string_view text, bool in_code) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("&<>|`*_[]\\~#!\"'$").find(c) != std::string_view::npos)
      out += fmt::format("&#{};", static_cast<int>(c));
    // GitHub looks for mentions in what is shown, so the reference alone would not do: a zero width space keeps them apart.
    else if (c == '@') out += in_code ? "&#64;" : "&#64;&#8203;";
    else out += c;
  }
  // Bare addresses become links, too.
  for (const std::string_view scheme : {"http:", "https:", "ftp:", "www."})
    for (auto at = out.find(scheme); !in_code && at != std::string::npos; at = out.find(scheme, at + scheme.size()))
      out.replace(at + scheme.size() - 1, 1, scheme.ends_with(':') ? "&#58;&#8203;" : "&#46;&#8203;");
  return out;
}

}  // namespace

std::string MarkdownText::text(std::string_view raw, std::size_t limit) const {
  return escaped(shown(redactor_, raw, limit), false);
}

std::string MarkdownText::code(std::string_view raw, std::size_t limit) const {
  const auto said = shown(redactor_, raw, limit);
  return said.empty() ? "" : "<code>" + escaped(said, true) + "</code>";
}

std::string MarkdownText::link(const std::string& escaped, std::string_view url) const {
  const auto safe = shown(redactor_, url, 500);
  if (!safe.starts_with("https://") || safe.find_first_of(" \"<>()|`\\") != std::string::npos) return escaped;
  return fmt::format("[{}]({})", escaped, safe);
}

}  // namespace assay::report
