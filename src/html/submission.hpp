// Turns a filled form and the pressed button into the request a browser would send (HTML, "form submission algorithm").
// Pure; whether and where to send it is decided elsewhere.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "base/url.hpp"
#include "html/page.hpp"

namespace assay::html {

struct Submission {
  std::string_view method;   // "GET" or "POST"
  base::Url url;             // for GET with the entries as its query; without a fragment
  std::string content_type;  // of the body; empty for GET
  std::string body;
};

// The names and values of everything that takes part, with the pressed button's own at its place.
base::Parameters form_entries(const Form& form, const Button* pressed);

// `page_url` is where the page came from, `base_href` its <base> as written (may be empty). nullopt when the action is no
// http(s) URL, such as "javascript:", or the form closes a dialog.
std::optional<Submission> build_submission(const base::Url& page_url, std::string_view base_href, const Form& form,
                                           const Button* pressed);
// The same into `out`, whose memory is used again; false where there is no result.
bool build_submission(const base::Url& page_url, std::string_view base_href, const Form& form, const Button* pressed,
                      Submission& out);

}  // namespace assay::html
