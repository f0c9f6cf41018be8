// Markup as a type: what is in an Html is fit to stand on the page. Text of any origin gets in through escaped() alone, and
// markup only as a literal of this program, so that forgetting to escape does not compile. Internal to report/.
#pragma once
#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>

namespace assay::report {

class Html {
 public:
  Html() = default;
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  Html& operator+=(const Html& more) {
    text_ += more.text_;
    return *this;
  }
  void reserve(std::size_t size) { text_.reserve(size); }

 private:
  explicit Html(std::string text) : text_(std::move(text)) {}
  friend Html escaped(std::string_view text);
  friend Html formatted(fmt::string_view format, fmt::format_args arguments);

  std::string text_;
};

// A literal of this program: nothing that is known at run time only converts to it.
class Markup {
 public:
  consteval Markup(const char* literal) : text_(literal) {}
  constexpr std::string_view view() const { return text_; }

 private:
  std::string_view text_;
};

template <class T>
concept SafeOnPage = std::same_as<T, Html> || std::same_as<T, Markup> || std::floating_point<T> ||
                     (std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>);
static_assert(!SafeOnPage<std::string> && !SafeOnPage<std::string_view> && !SafeOnPage<const char*>);

// Text as content or as the value of an attribute. Does not redact, and leaves printable characters as they are: see
// Page::text for what comes from a server.
Html escaped(std::string_view text);
Html formatted(fmt::string_view format, fmt::format_args arguments);

}  // namespace assay::report

template <>
struct fmt::formatter<assay::report::Html> : fmt::formatter<std::string_view> {
  auto format(const assay::report::Html& html, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(html.str(), context);
  }
};
template <>
struct fmt::formatter<assay::report::Markup> : fmt::formatter<std::string_view> {
  auto format(const assay::report::Markup& markup, fmt::format_context& context) const {
    return fmt::formatter<std::string_view>::format(markup.view(), context);
  }
};

namespace assay::report {

// Markup with places: markup("<b>{}</b>", page.text(title)).
template <SafeOnPage... A>
Html markup(fmt::format_string<const A&...> format, const A&... arguments) {
  return formatted(format, fmt::make_format_args(arguments...));
}

inline Html operator+(Html a, const Html& b) {
  a += b;
  return a;
}

}  // namespace assay::report
