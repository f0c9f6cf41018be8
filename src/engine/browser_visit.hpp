// One authorization of a Browser while it is under way. Internal to the browser's files.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "base/url.hpp"
#include "engine/browser.hpp"
#include "html/page.hpp"

namespace assay::engine {

struct Browser::Visit {
  const LoginTask& task;
  Arrival& out;
  const base::Url& start;
  BrowserRequest& request;  // the one to be sent, then the one that was answered
  std::string& unpacked;    // what html is a view of, if not of the answer
  std::vector<Asked>& asked;
  int sent = 0, redirects = 0;  // requests so far; redirects since the last page
  bool password_sent = false;
  // Of the answer that is being read.
  std::string_view html = {};
  const html::Page* page = nullptr;
  const rules::LoginStep* step = nullptr;  // what is to be done at this page

  // How often this was answered so far; valid until it is called again.
  int& times_asked(std::string_view shape) {
    const auto hash = std::hash<std::string_view>{}(shape);
    for (auto& one : asked)
      if (one.shape == hash) return one.times;
    return asked.emplace_back(hash).times;
  }

  // Ends the visit.
  bool arrive(Landing landing, std::string note) {
    out.landed = landing;
    out.note = std::move(note);
    return false;
  }
  // The same where nothing can be said of the server; says at which page.
  bool get_stuck(Obstacle obstacle, std::string note);
};

inline bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// The page's address without a query, which may hold secrets.
inline std::string where(const base::Url& url) { return url.origin() + url.path; }

// What is in the way at a page, when it is known by sight.
struct Sight {
  Obstacle obstacle = Obstacle::none;
  std::string words;
};
// Of any page: something only a person can answer.
std::optional<Sight> see_captcha(std::string_view html);
bool see_challenge(std::string_view html);  // one that stands in front of the server
// Of a page without a form to fill: made by a script, or a question without a button that says yes.
std::optional<Sight> see_script_page(const html::Page& page, std::string_view html);
std::optional<Sight> see_consent(const html::Page& page);

}  // namespace assay::engine
