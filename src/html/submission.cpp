#include "html/submission.hpp"

#include <algorithm>

#include "base/any_byte.hpp"

namespace assay::html {
namespace {

bool takes_part(const Field& field) {
  if (field.disabled || field.name.empty()) return false;
  const std::string_view type = field.type;
  if (type == "checkbox" || type == "radio") return field.checked;
  return type != "button" && type != "reset";
}

// Line ends are sent as CRLF whatever the page had; `room` holds the result where that changes something.
std::string_view with_crlf(std::string_view text, std::string& room) {
  if (!base::any_byte(text, [](char c) { return (c == '\r') | (c == '\n'); })) return text;
  room.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\r' || text[i] == '\n') room += "\r\n";
    else room += text[i];
  }
  return room;
}

template <class Take>
void take_button(const Button& button, Take take) {
  if (button.image) {  // the place of the click
    const std::string prefix = button.name.empty() ? "" : button.name + ".";
    take(prefix + "x", "0");
    take(prefix + "y", "0");
  } else if (!button.name.empty()) {
    take(button.name, button.value);
  }
}

// take(name, value) for everything that takes part, in order.
template <class Take>
void for_each_entry(const Form& form, const Button* pressed, Take take) {
  std::string room;
  for (std::size_t i = 0; i <= form.fields.size(); ++i) {
    if (pressed && std::min(pressed->before, form.fields.size()) == i) take_button(*pressed, take);
    if (i == form.fields.size() || !takes_part(form.fields[i])) continue;
    const std::string_view name = form.fields[i].name, type = form.fields[i].type;
    const bool charset = type == "hidden" && name == "_charset_";
    take(name, charset ? "UTF-8" : with_crlf(form.fields[i].value, room));
  }
}

void write_urlencoded(const Form& form, const Button* pressed, std::string& out) {
  out.clear();
  for_each_entry(form, pressed, [&](std::string_view name, std::string_view value) {
    if (!out.empty()) out += '&';
    base::append_form_encoded(out, name);
    out += '=';
    base::append_form_encoded(out, value);
  });
}

// A quoted name in a Content-Disposition of multipart/form-data (HTML, "multipart form data").
std::string quoted(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '"') out += "%22";
    else if (c == '\r') out += "%0D";
    else if (c == '\n') out += "%0A";
    else out += c;
  }
  return out;
}

void write_multipart(const base::Parameters& entries, Submission& out) {
  std::string boundary;
  for (int i = 0;; ++i) {  // any text that occurs in no value will do
    boundary = "----assay-form-boundary-" + std::to_string(i);
    if (std::ranges::none_of(entries,
                             [&](const auto& entry) { return entry.second.find(boundary) != std::string::npos; }))
      break;
  }
  for (const auto& [name, value] : entries)
    out.body +=
        "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + quoted(name) + "\"\r\n\r\n" + value + "\r\n";
  out.body += "--" + boundary + "--\r\n";
  out.content_type = "multipart/form-data; boundary=" + boundary;
}

void write_plain(const base::Parameters& entries, Submission& out) {
  for (const auto& [name, value] : entries) out.body += name + "=" + value + "\r\n";
  out.content_type = "text/plain";
}

}  // namespace

base::Parameters form_entries(const Form& form, const Button* pressed) {
  base::Parameters out;
  out.reserve(form.fields.size() + 2);
  for_each_entry(form, pressed, [&](std::string_view name, std::string_view value) { out.emplace_back(name, value); });
  return out;
}

std::optional<Submission> build_submission(const base::Url& page_url, std::string_view base_href, const Form& form,
                                           const Button* pressed) {
  std::optional<Submission> out(std::in_place);
  if (!build_submission(page_url, base_href, form, pressed, *out)) out.reset();
  return out;
}

bool build_submission(const base::Url& page_url, std::string_view base_href, const Form& form, const Button* pressed,
                      Submission& out) {
  const auto action =
      pressed && pressed->formaction ? std::string_view(*pressed->formaction) : std::string_view(form.action);
  auto method =
      pressed && !pressed->formmethod.empty() ? std::string_view(pressed->formmethod) : std::string_view(form.method);
  const auto enctype = pressed && !pressed->formenctype.empty() ? std::string_view(pressed->formenctype)
                                                                : std::string_view(form.enctype);
  if (method == "dialog") return false;

  out.content_type.clear();
  out.body.clear();
  if (action.empty()) {
    out.url = page_url;  // with its query
  } else {
    const auto base_url = base_href.empty() ? std::nullopt : base::resolve_url(page_url, base_href);
    if (!base::resolve_url(base_url ? *base_url : page_url, action, out.url)) return false;
  }
  out.url.fragment.clear();

  if (method != "post") {
    out.method = "GET";
    write_urlencoded(form, pressed, out.url.query);
    out.url.has_query = true;
    return true;
  }
  out.method = "POST";
  if (enctype == "multipart/form-data") {
    write_multipart(form_entries(form, pressed), out);
  } else if (enctype == "text/plain") {
    write_plain(form_entries(form, pressed), out);
  } else {
    out.content_type = "application/x-www-form-urlencoded";
    write_urlencoded(form, pressed, out.body);
  }
  return true;
}

}  // namespace assay::html
