#include "engine/target_request.hpp"

#include "base/encoding.hpp"
#include "base/json_walk.hpp"
#include "base/text.hpp"
#include "engine/bound_target.hpp"
#include "oauth/request.hpp"

namespace assay::engine {
namespace {

using As = rules::RequestPiece::As;

void append_list(std::string& out, std::string_view words) {
  out += '[';
  bool first = true;
  for (const auto word : base::split(words, ' ')) {
    if (word.empty()) continue;
    out += first ? "\"" : ",\"";
    base::append_json_escaped(out, word);
    out += '"';
    first = false;
  }
  out += ']';
}

}  // namespace

std::string filled(const rules::RequestText& text, const RequestValue& value) {
  std::string out;
  for (const auto& piece : text) {
    if (piece.name.empty()) {
      out += piece.text;
      continue;
    }
    const auto filling = value(piece.name);
    switch (piece.as) {
      case As::plain: out += filling; break;
      case As::percent: base::append_percent_encoded(out, filling); break;
      case As::form: base::append_form_encoded(out, filling); break;
      case As::json: base::append_json_escaped(out, filling); break;
      case As::json_list: append_list(out, filling); break;
    }
  }
  return out;
}

net::awaitable<bool> send_target_request(Wire& wire, const rules::RequestTemplate& request, std::string_view url,
                                         std::string_view body, std::string_view bearer, const RequestValue& value,
                                         net::Answer& answer, std::string_view purpose) {
  const auto to = base::parse_url(request.url.empty() ? std::string(url) : filled(request.url, value));
  if (!to) co_return false;
  std::string text = oauth::request_head(request.method, *to, to->target(), "application/json");
  bool typed = false;
  for (const auto& [name, content] : request.headers) {
    typed |= base::equals_ignoring_case(name, "Content-Type");
    oauth::append_field(text, name, filled(content, value));
  }
  if (!bearer.empty()) oauth::append_field(text, "Authorization", "Bearer " + std::string(bearer));
  const std::string content = request.body ? filled(*request.body, value) : std::string(body);
  if (!content.empty() && !typed)
    oauth::append_field(text, "Content-Type",
                        request.body && request.format == rules::RequestFormat::form
                            ? "application/x-www-form-urlencoded"
                            : "application/json");
  if (!content.empty() || (request.method != "GET" && request.method != "HEAD")) oauth::append_body(text, content);
  else text += "\r\n";
  const auto origin = origin_of(*to);
  co_await wire.send(origin, text, answer, purpose);
  co_return true;
}

std::string string_at(const net::Answer& answer, std::string_view pointer) {
  if (!answer.ok()) return "";
  const auto value = base::find_json(answer.body(), pointer);
  const bool text = value.type == base::JsonType::string || value.type == base::JsonType::number;
  return text ? value.unescaped() : "";
}

net::awaitable<std::expected<std::string, std::string>> obtain_bearer(Wire& wire, const rules::TargetBearer& bearer,
                                                                      const RequestValue& value, net::Answer& answer,
                                                                      std::string_view purpose) {
  if (!bearer.request) co_return std::string(bearer.token.reveal());
  if (!co_await send_target_request(wire, *bearer.request, "", "", "", value, answer, purpose))
    co_return std::unexpected("its address is not a URL");
  auto token = string_at(answer, bearer.pointer);
  if (token.empty() || answer.status / 100 != 2)
    co_return std::unexpected(describe_plainly(answer) +
                              (token.empty() ? ", without a string at " + bearer.pointer : std::string()));
  co_return token;
}

std::string describe_plainly(const net::Answer& answer) {
  if (!answer.ok()) return "no complete answer: " + base::printable(answer.detail, 160);
  std::string out = "status " + std::to_string(answer.status);
  for (const auto* name : {"error", "error_description", "message"})
    if (const auto text = string_at(answer, "/" + std::string(name)); !text.empty())
      out += ", " + std::string(name) + " " + base::printable(text, 120);
  return out;
}

}  // namespace assay::engine
