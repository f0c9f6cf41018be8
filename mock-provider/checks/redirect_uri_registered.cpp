// The redirect URI is one of the client's, character for character (RFC 9700 section 2.1, RFC 6749 section 3.1.2.3).
#include "mock-provider/checks/checks.hpp"

#include <algorithm>

namespace assay::mock {
namespace {

// RFC 8252 section 7.3: a native client takes any free port of the loopback address, so the port alone may differ.
bool differs_in_loopback_port_only(std::string_view registered, std::string_view sent) {
  constexpr std::string_view loopback = "http://127.0.0.1";
  if (!registered.starts_with(loopback) || !sent.starts_with(loopback)) return false;
  const auto after_port = [](std::string_view rest) -> std::optional<std::string_view> {
    if (!rest.starts_with(':')) return rest;
    const auto digits = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (digits < 2 || digits > 6) return std::nullopt;
    return rest.substr(digits);
  };
  const auto a = after_port(registered.substr(loopback.size())), b = after_port(sent.substr(loopback.size()));
  return a && b && *a == *b;
}

bool matches(std::string_view registered, std::string_view sent) {
  return registered == sent || differs_in_loopback_port_only(registered, sent);
}

}  // namespace

Refusal redirect_uri_registered(Call& call) {
  const auto sent = call.parameters().value("redirect_uri");
  const auto registered = call.client->redirect_uris;
  if (sent.empty()) {
    // Section 3.1.2.3: it may be left out only where there is no choice.
    if (registered.size() != 1) return {"invalid_request", "redirect_uri is missing", 400, true};
    call.authorization.redirect_uri = registered.front();
    return {};
  }
  if (std::ranges::none_of(registered, [&](std::string_view uri) { return matches(uri, sent); }))
    return {"invalid_request", "this redirect_uri is not registered for the client", 400, true};
  call.authorization.redirect_uri = sent;
  call.authorization.redirect_uri_sent = true;
  // Known from here on, and echoed in errors too (section 4.1.2.1).
  call.authorization.state = call.parameters().value("state");
  return {};
}

}  // namespace assay::mock
