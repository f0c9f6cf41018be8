#include "engine/browser_landing.hpp"

#include <algorithm>
#include <array>
#include <deque>

namespace assay::engine {
namespace {

// The length of `uri` if `location` is that URI with more of a query or a fragment; 0 if not.
std::size_t matched(std::string_view location, std::string_view uri) {
  if (uri.empty() || !location.starts_with(uri.front()) || !location.starts_with(uri)) return 0;
  const bool ends =
      location.size() == uri.size() || std::string_view("?#&").find(location[uri.size()]) != std::string_view::npos;
  const bool may_grow =
      location.size() == uri.size() || location[uri.size()] != '&' || uri.find('?') != std::string_view::npos;
  return ends && may_grow ? uri.size() : 0;
}

// URIs as a browser would write them. A program meets the same few redirect URIs again and again.
class NormalUris {
 public:
  struct Known {
    std::string written, text;  // the text is the written one where it is no http(s) URL
    std::optional<base::Url> url;
  };
  // Valid until make_room().
  const Known& of(std::string_view uri) {
    for (const auto& known : known_)
      if (known.written == uri) return known;
    auto url = base::parse_url(uri);
    auto text = url ? url->text() : std::string(uri);
    return known_.emplace_back(std::string(uri), std::move(text), std::move(url));
  }
  void make_room() {
    if (known_.size() > 64) known_.clear();
  }

 private:
  std::deque<Known> known_;  // few: comparing is quicker than hashing
};

std::string_view without_query(std::string_view uri) { return uri.substr(0, uri.find_first_of("?#")); }

// The longest match decides: the altered URI may be a registered one with an addition, and the other way round.
template <class Uris>
std::optional<Landing> match(std::string_view location, const Uris& registered, std::string_view sent) {
  std::size_t best = 0;
  for (const auto& uri : registered) best = std::max(best, matched(location, uri));
  const bool altered = matched(location, sent) > best && std::ranges::find(registered, sent) == registered.end();
  if (altered) return Landing::elsewhere;
  if (best > 0) return Landing::redirect_uri;
  return std::nullopt;
}

}  // namespace

std::optional<Landing> match_redirect_uri(std::string_view location, const std::optional<base::Url>& url,
                                          std::span<const std::string> registered, std::string_view sent) {
  // As it was written first: what only looks equal after resolving ("/cb/../cb") is still an altered redirect URI.
  if (const auto found = match(location, registered, sent)) return found;
  if (!url) return std::nullopt;
  thread_local NormalUris normal;
  normal.make_room();
  // Most redirects stay on the server, where no redirect URI leads.
  const auto elsewhere = [&](std::string_view uri) {
    const auto& known = normal.of(uri);
    return known.url && !known.url->same_origin(*url);
  };
  if (elsewhere(sent) && std::ranges::all_of(registered, elsewhere)) return std::nullopt;
  std::vector<std::string_view> known;
  for (const auto& uri : registered) known.push_back(normal.of(uri).text);
  const auto text = url->text();
  if (const auto found = match(text, known, normal.of(sent).text)) return found;
  // A registered URI with a query of its own, of which the server made something else.
  const auto place = without_query(text);
  for (const auto uri : known)
    if (uri.starts_with(place) && without_query(uri) == place) return Landing::redirect_uri;
  return std::nullopt;
}

ResponseParameters response_parameters(std::string_view location) {
  ResponseParameters out;
  std::string_view fragment, query;
  if (const auto hash = location.find('#'); hash != std::string_view::npos) {
    fragment = location.substr(hash + 1);
    location = location.substr(0, hash);
  }
  if (const auto mark = location.find('?'); mark != std::string_view::npos) query = location.substr(mark + 1);
  out.parameters = base::parse_form(query);
  if (is_response(out.parameters) || fragment.find('=') == std::string_view::npos) return out;
  auto hidden = base::parse_form(fragment);
  if (!is_response(hidden) && !out.parameters.empty()) return out;
  out.parameters = std::move(hidden);
  out.in_fragment = true;
  return out;
}

bool land(Arrival& out, const LoginTask& task, std::string_view location, const std::optional<base::Url>& url) {
  const auto matched = match_redirect_uri(location, url, task.registered, task.sent_redirect_uri);
  if (!matched) return false;
  leave(out, location, url);
  out.landed = *matched;
  out.note = *matched == Landing::redirect_uri ? "" : "the server sent the browser to the redirect URI of the request";
  return true;
}

void leave(Arrival& out, std::string_view location, const std::optional<base::Url>& url) {
  out.landed = Landing::elsewhere;
  out.location.clear();
  if (url) url->append_text(out.location);
  else out.location = location;
  auto response = response_parameters(out.location);
  out.parameters = std::move(response.parameters);
  out.in_fragment = response.in_fragment;
}

bool is_response_name(std::string_view name) {
  static constexpr std::array<std::string_view, 6> names{"code",         "error",    "state",
                                                         "access_token", "id_token", "response"};
  return std::ranges::find(names, name) != names.end();
}

bool is_response(const base::Parameters& parameters) {
  return std::ranges::any_of(parameters, [](const auto& one) { return is_response_name(one.first); });
}

}  // namespace assay::engine
