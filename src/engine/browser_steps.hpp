// Which step belongs to which page, and what pages hold for scripts. Pure; internal to the browser's files.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "base/url.hpp"
#include "rules/login.hpp"

namespace assay::engine {

// The page whose script is being played.
struct StepPage {
  base::Url url;
  std::string html;  // empty before the first page
};

// nullptr: none is for this page. `whole_url_only`: among those that name whole URLs.
const rules::LoginStep* find_step(std::span<const rules::LoginStep> steps, const base::Url& url,
                                  bool whole_url_only = false);

// The value of a field of any form on the page, or the content of <meta name="NAME">; "" without one.
std::string page_field(std::string_view html, std::string_view name);

}  // namespace assay::engine
