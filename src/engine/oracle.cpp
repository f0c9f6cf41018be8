#include "engine/oracle.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "oauth/client_authentication.hpp"
#include "oauth/request.hpp"

namespace assay::engine {

Oracle::Oracle(const BoundTarget& target) {
  for (const auto& name : target.target().oracle)
    add(target,
        name == "introspection" ? EndpointKind::introspection
        : name == "userinfo"    ? EndpointKind::userinfo
                                : EndpointKind::resource,
        "web");
  // Some servers tell a client about its own tokens only (RFC 7662 section 4 lets them).
  const auto& allowed = target.target().oracle;
  if (std::ranges::find(allowed, "introspection") != allowed.end()) add(target, EndpointKind::introspection, "service");
}

void Oracle::add(const BoundTarget& target, EndpointKind kind, std::string_view role) {
  Means means{};
  means.kind = kind;
  means.endpoint = target.endpoint(kind);
  if (!means.endpoint) return;
  const auto& url = means.endpoint->url;
  const bool introspection = kind == EndpointKind::introspection;
  const rules::TargetRequestShape shape =
      introspection ? target.target().introspection_request : rules::TargetRequestShape{};
  means.head = oauth::request_head(introspection ? "POST" : "GET", url, url.target(), shape.accept);
  if (introspection) {
    const auto* caller = target.client(role);
    if (!caller || caller->auth == rules::ClientAuth::none)
      return;  // introspection is for authenticated callers (RFC 7662 section 2.1)
    std::vector<rules::Parameter> parameters = {
        {"token", {rules::Piece{rules::Piece::Kind::field, "", 0, rules::Field::access_token}}}};
    if (caller->auth == rules::ClientAuth::basic) {
      oauth::append_field(means.head, "Authorization",
                          oauth::basic_credentials(caller->id, caller->secret.reveal(), caller->raw_basic));
    } else {
      parameters.push_back({"client_id", rules::literal(caller->id)});
      parameters.push_back({"client_secret", rules::literal(std::string(caller->secret.reveal()))});
    }
    means.parameters = plan_body(parameters, shape.format);
    if (shape.format == rules::RequestFormat::query) {
      const auto line = means.head.find(' ', means.head.find(' ') + 1);
      means.line = means.head.substr(0, line) + (url.has_query ? "&" : "?");
      means.head.erase(0, line);
    } else {
      oauth::append_field(means.head, "Content-Type",
                          means.parameters.json ? "application/json" : "application/x-www-form-urlencoded");
    }
  }
  means_.push_back(std::move(means));
}

std::string_view Oracle::name(std::size_t index) const { return to_string(means_[index].kind); }

net::awaitable<Truth> Oracle::ask(std::size_t index, Wire& wire, std::string_view token, net::Answer& answer) const {
  const Means& means = means_[index];
  std::string request = means.head;
  if (means.kind == EndpointKind::introspection) {
    std::string parameters;
    for (const auto& piece : means.parameters.pieces) {
      parameters += piece.text;
      if (!piece.value.empty()) append_value(parameters, token, means.parameters.json);
    }
    if (!means.line.empty()) request = means.line + std::exchange(parameters, "") + means.head;
    oauth::append_body(request, parameters);
    co_await wire.send(means.endpoint->origin, request, answer, "introspection: is it alive?");
    if (!answer.ok() || answer.status != 200) co_return Truth::unknown;
    const auto active = base::find_json(answer.body(), "/active");
    if (active.type != base::JsonType::boolean) co_return Truth::unknown;
    co_return active.text == "true" ? Truth::yes : Truth::no;
  }
  oauth::append_field(request, "Authorization", "Bearer " + std::string(token));
  request += "\r\n";
  const std::string_view purpose =
      means.kind == EndpointKind::userinfo ? "userinfo: is it alive?" : "resource: is it alive?";
  co_await wire.send(means.endpoint->origin, request, answer, purpose);
  if (!answer.ok()) co_return Truth::unknown;
  if (answer.status / 100 == 2) co_return Truth::yes;
  co_return answer.status == 401 ? Truth::no : Truth::unknown;
}

net::awaitable<std::optional<std::size_t>> Oracle::find_accepting(Wire& wire, std::string_view token,
                                                                  net::Answer& answer) const {
  for (std::size_t i = 0; i < means_.size(); ++i) {
    const Truth truth = co_await ask(i, wire, token, answer);
    if (truth == Truth::yes) co_return i;
  }
  co_return std::nullopt;
}

}  // namespace assay::engine
