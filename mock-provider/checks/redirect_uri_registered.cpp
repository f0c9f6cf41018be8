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

struct Parts {
  std::string_view scheme, authority, path;  // "http", "127.0.0.1:4999", "/cb" and what follows
};

Parts taken_apart(std::string_view uri) {
  const auto scheme = uri.find("://");
  if (scheme == std::string_view::npos) return {};
  const auto rest = uri.substr(scheme + 3);
  const auto slash = std::min(rest.find('/'), rest.size());
  return {uri.substr(0, scheme), rest.substr(0, slash), rest.substr(slash)};
}

// How authorization servers get this wrong (RFC 9700 section 4.1).
bool matches_under_a_defect(const Call& call, std::string_view registered, std::string_view sent) {
  const auto wanted = taken_apart(registered), got = taken_apart(sent);
  if (call.broken(Defect::redirect_path_prefix) && got.scheme == wanted.scheme && got.authority == wanted.authority &&
      got.path.starts_with(wanted.path) && sent.find_first_of("?#@") == std::string_view::npos)
    return true;
  if (call.broken(Defect::redirect_query_ignored) && sent.substr(0, sent.find('?')) == registered) return true;
  if (call.broken(Defect::redirect_any_host) && got.scheme == wanted.scheme && got.path == wanted.path &&
      sent.find_first_of("@\\?#") == std::string_view::npos)
    return true;
  if (call.broken(Defect::redirect_userinfo_trusted)) {
    const std::string authority(wanted.authority);
    if (sent.find("//" + authority + '@') != std::string_view::npos ||
        sent.find('@' + authority) != std::string_view::npos)
      return true;
  }
  return false;
}

bool matches(const Call& call, std::string_view registered, std::string_view sent) {
  return registered == sent || differs_in_loopback_port_only(registered, sent) ||
         matches_under_a_defect(call, registered, sent);
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
  if (std::ranges::none_of(registered, [&](std::string_view uri) { return matches(call, uri, sent); }))
    return {"invalid_request", "this redirect_uri is not registered for the client", 400, true};
  call.authorization.redirect_uri = sent;
  call.authorization.redirect_uri_sent = true;
  // Known from here on, and echoed in errors too (section 4.1.2.1).
  call.authorization.state = call.parameters().value("state");
  return {};
}

}  // namespace assay::mock
