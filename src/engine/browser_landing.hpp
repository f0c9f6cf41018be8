// Tells whether a URL that the server sent the browser to is the client's, and what it carries. Pure.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/encoding.hpp"
#include "base/url.hpp"
#include "engine/login_driver.hpp"

namespace assay::engine {

// What going to `location` means; `url` is the same, resolved, if it is http or https. redirect_uri: it is a registered
// redirect URI, whatever query and fragment were added. elsewhere: it is the redirect URI of the request, which is not
// registered in that form. nullopt: neither.
std::optional<Landing> match_redirect_uri(std::string_view location, const std::optional<base::Url>& url,
                                          std::span<const std::string> registered, std::string_view sent);

struct ResponseParameters {
  base::Parameters parameters;
  bool in_fragment = false;
};

// The parameters of an authorization response in a URL: its query's, or its fragment's when only that holds any
// (RFC 6749 sections 4.1.2 and 4.2.2).
ResponseParameters response_parameters(std::string_view location);

// Ends at `location`, as the server wrote it, if that is a redirect URI to wait for, registered or altered. False: it is neither,
// and nothing was set. `url` is the same, resolved, if it is http or https.
bool land(Arrival& out, const LoginTask& task, std::string_view location, const std::optional<base::Url>& url);
// Ends at `location`, off the server.
void leave(Arrival& out, std::string_view location, const std::optional<base::Url>& url);

// Whether these look like an authorization response at all.
bool is_response(const base::Parameters& parameters);
bool is_response_name(std::string_view name);  // of one of the parameters that say so

}  // namespace assay::engine
