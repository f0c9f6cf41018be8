// The one way in which text enters Markdown: redacted, controls visible, nothing in it markup, a mention or a link. Internal to
// report/.
#pragma once
#include <string>
#include <string_view>

#include "record/redaction.hpp"

namespace assay::report {

class MarkdownText {
 public:
  explicit MarkdownText(const record::Redactor& redactor) : redactor_(redactor) {}

  std::string text(std::string_view raw, std::size_t limit = 400) const;  // prose
  std::string code(std::string_view raw, std::size_t limit = 400) const;  // what a machine said; "" stays ""
  // `escaped` as a link, if `url` is one.
  std::string link(const std::string& escaped, std::string_view url) const;

 private:
  const record::Redactor& redactor_;
};

}  // namespace assay::report
