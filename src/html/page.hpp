// What a browser would see of a page that matters for logging in: its forms, title, text and refresh. Pure; it must not
// know what the forms are for (html/choice.hpp decides that) and must stay bounded whatever the page holds.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::html {

// A control that can put a name and a value into the submission. A select is one Field per chosen option, or its default.
struct Field {
  std::string name;
  std::string value;
  std::string type;  // "text", "password", "hidden", "checkbox", ..., "select", "textarea"; lower case
  std::string id;
  std::string autocomplete;  // lower case
  std::string label;         // text of its <label>, aria-label or placeholder
  bool checked = false;      // checkboxes and radio buttons
  bool disabled = false;     // also by a disabled fieldset
  bool readonly = false;
  bool required = false;
  bool hidden = false;  // not shown although not of type hidden

  bool operator==(const Field&) const = default;

  bool is_text() const;  // a person types here: text, email, tel, ...; not password
};

struct Button {
  std::string name;
  std::string value;
  std::string label;  // what a person reads on it
  bool image = false;
  bool disabled = false;
  std::optional<std::string> formaction;
  std::string formmethod;   // lower case; empty: the form's
  std::string formenctype;  // lower case; empty: the form's
  std::size_t before = 0;   // it stands before the field of this index, after the one in front of it

  bool operator==(const Button&) const = default;
};

struct Form {
  std::string id;
  std::string action;   // as written
  std::string method;   // "get", "post" or "dialog"
  std::string enctype;  // lower case; empty: the default
  std::string role;     // lower case
  std::vector<Field> fields;
  std::vector<Button> buttons;  // submit buttons only

  bool operator==(const Form&) const = default;
  std::size_t password_fields() const;
  bool looks_like_login() const { return password_fields() > 0; }
};

struct Refresh {
  double seconds = 0;
  std::string url;  // as written; never empty

  bool operator==(const Refresh&) const = default;
};

struct Page {
  std::string title;
  std::string text;  // visible text, blanks collapsed, cut after about 400 bytes
  std::string base;  // href of <base>, as written
  std::optional<Refresh> refresh;
  std::vector<Form> forms;
  std::size_t scripts = 0;
  bool submits_itself = false;  // a script or an onload handler calls submit()
  bool unreadable = false;      // too large or too convoluted to be parsed within bounds: there are no forms

  bool operator==(const Page&) const = default;
};

// Parses UTF-8 HTML. Reads at most 1 MiB of it, and gives up (Page::unreadable) beyond 64 MiB of memory or 1 s of parsing.
Page read_page(std::string_view html);

// The same with all of the text and not only its beginning.
Page read_whole_page(std::string_view html);
// What read_page() keeps of all the text.
std::string_view beginning_of(std::string_view text);
inline constexpr std::size_t most_title = 200;  // bytes; a longer title is cut off

// The content of a Refresh header or meta element: "5; url=/next". nullopt without a URL.
std::optional<Refresh> parse_refresh(std::string_view content);

}  // namespace assay::html
