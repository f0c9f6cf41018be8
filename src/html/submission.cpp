#include "html/submission.hpp"

#include <algorithm>

namespace assay::html {
namespace {

bool takes_part(const Field& field) {
  if (field.disabled || field.name.empty()) return false;
  if (field.type == "checkbox" || field.type == "radio") return field.checked;
  return field.type != "button" && field.type != "reset";
}

// Line ends are sent as CRLF whatever the page had.
std::string with_crlf(std::string_view text) {
  const auto ends_line = [](char c) { return c == '\r' || c == '\n'; };
  if (std::ranges::none_of(text, ends_line)) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\r' || text[i] == '\n') out += "\r\n";
    else out += text[i];
  }
  return out;
}

void append_button(base::Parameters& out, const Button& button) {
  if (button.image) {  // the place of the click
    const std::string prefix = button.name.empty() ? "" : button.name + ".";
    out.emplace_back(prefix + "x", "0");
    out.emplace_back(prefix + "y", "0");
  } else if (!button.name.empty()) {
    out.emplace_back(button.name, button.value);
  }
}

std::string urlencoded(const base::Parameters& entries) {
  std::string out;
  std::size_t size = 0;
  for (const auto& [name, value] : entries) size += name.size() + value.size() + 2;
  out.reserve(size);
  for (const auto& [name, value] : entries) {
    if (!out.empty()) out += '&';
    base::append_form_encoded(out, name);
    out += '=';
    base::append_form_encoded(out, value);
  }
  return out;
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

void write_multipart(Submission& out) {
  std::string boundary;
  for (int i = 0;; ++i) {  // any text that occurs in no value will do
    boundary = "----assay-form-boundary-" + std::to_string(i);
    if (std::ranges::none_of(out.entries,
                             [&](const auto& entry) { return entry.second.find(boundary) != std::string::npos; }))
      break;
  }
  for (const auto& [name, value] : out.entries)
    out.body +=
        "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + quoted(name) + "\"\r\n\r\n" + value + "\r\n";
  out.body += "--" + boundary + "--\r\n";
  out.content_type = "multipart/form-data; boundary=" + boundary;
}

void write_plain(Submission& out) {
  for (const auto& [name, value] : out.entries) out.body += name + "=" + value + "\r\n";
  out.content_type = "text/plain";
}

}  // namespace

base::Parameters form_entries(const Form& form, const Button* pressed) {
  base::Parameters out;
  out.reserve(form.fields.size() + 2);
  for (std::size_t i = 0; i <= form.fields.size(); ++i) {
    if (pressed && std::min(pressed->before, form.fields.size()) == i) append_button(out, *pressed);
    if (i == form.fields.size() || !takes_part(form.fields[i])) continue;
    const auto& field = form.fields[i];
    const bool charset = field.type == "hidden" && field.name == "_charset_";
    out.emplace_back(field.name, charset ? "UTF-8" : with_crlf(field.value));
  }
  return out;
}

std::optional<Submission> build_submission(const base::Url& page_url, std::string_view base_href, const Form& form,
                                           const Button* pressed) {
  const auto action =
      pressed && pressed->formaction ? std::string_view(*pressed->formaction) : std::string_view(form.action);
  auto method =
      pressed && !pressed->formmethod.empty() ? std::string_view(pressed->formmethod) : std::string_view(form.method);
  const auto enctype = pressed && !pressed->formenctype.empty() ? pressed->formenctype : form.enctype;
  if (method == "dialog") return std::nullopt;

  Submission out;
  if (action.empty()) {
    out.url = page_url;  // with its query
  } else {
    const auto base_url = base_href.empty() ? std::nullopt : base::resolve_url(page_url, base_href);
    auto resolved = base::resolve_url(base_url ? *base_url : page_url, action);
    if (!resolved) return std::nullopt;
    out.url = std::move(*resolved);
  }
  out.url.fragment.clear();
  out.entries = form_entries(form, pressed);

  if (method != "post") {
    out.method = "GET";
    out.url.query = urlencoded(out.entries);
    out.url.has_query = true;
    return out;
  }
  out.method = "POST";
  if (enctype == "multipart/form-data") {
    write_multipart(out);
  } else if (enctype == "text/plain") {
    write_plain(out);
  } else {
    out.content_type = "application/x-www-form-urlencoded";
    out.body = urlencoded(out.entries);
  }
  return out;
}

}  // namespace assay::html
