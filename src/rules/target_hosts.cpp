#include "rules/target_hosts.hpp"

#include <algorithm>

#include "base/url.hpp"
#include "rules/endpoint_names.hpp"

namespace assay::rules {
namespace {

// What begins with the host stands in one piece: read_login.cpp and request_template.cpp see to that.
std::string beginning(const LoginText& text) {
  return !text.empty() && text.front().kind == LoginPiece::Kind::literal ? text.front().name : "";
}

}  // namespace

std::vector<std::string> urls_of(const Target& target) {
  std::vector<std::string> out = {target.issuer, target.discovery.value_or("")};
  for (const auto& [name, member] : kEndpointNames) out.push_back(target.endpoints.*member);
  const auto add = [&](const RequestTemplate& request) {
    if (!request.url.empty()) out.push_back(request.url.front().text);  // begins with the host
  };
  if (const auto& bearer = target.authorization_request.bearer_token; bearer && bearer->request) add(*bearer->request);
  if (const auto& registration = target.registration) {
    add(registration->request);
    if (const auto& bearer = registration->initial_access_token; bearer && bearer->request) add(*bearer->request);
  }
  return out;
}

std::string foreign_host(std::span<const std::string> urls) {
  for (const auto& text : urls)
    if (const auto url = base::parse_url(text); url && !url->is_loopback()) return url->host;
  return "";
}

std::vector<std::string> named_hosts(const Target& target) {
  auto urls = urls_of(target);
  const auto& login = target.login;
  urls.insert(urls.end(), login.origins.begin(), login.origins.end());
  for (const auto& cookie : login.cookies) urls.push_back(cookie.origin);
  for (const auto& step : login.steps) {
    urls.push_back(beginning(step.go));
    for (const auto& call : step.calls) urls.push_back(beginning(call.url));
  }
  for (const auto& [role, client] : target.clients) urls.push_back(client.registration_uri);
  auto out = target.hosts;
  for (const auto& text : urls)
    if (const auto url = base::parse_url(text)) out.push_back(url->host);
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

}  // namespace assay::rules
