#include "engine/recorder.hpp"

#include "base/json_walk.hpp"
#include "base/text.hpp"
#include "base/wall_clock.hpp"
#include "engine/secret_fields.hpp"
#include "oauth/client_authentication.hpp"

namespace assay::engine {
namespace {

constexpr std::size_t kEvidenceLimit = 64 * 1024;  // bytes of one response

}  // namespace

void Recorder::add_secrets(const BoundTarget& target) {
  for (const auto& [role, client] : target.target().clients) {
    if (!client.registration_token.empty()) redactor_.add("registration", client.registration_token.reveal());
    if (client.secret.empty()) continue;
    redactor_.add("client-secret", client.secret.reveal());
    // As it stands in an Authorization header.
    redactor_.add("basic", oauth::basic_credentials(client.id, client.secret.reveal(), client.raw_basic).substr(6));
  }
  for (const auto& user : target.target().users)
    if (!user.password.empty()) redactor_.add("password", user.password.reveal());
  for (const auto& secret : target.target().login.secrets)
    if (!secret.empty()) redactor_.add("login", secret.reveal());
  for (const auto& cookie : target.target().login.cookies)
    if (!cookie.value.empty()) redactor_.add("cookie", cookie.value.reveal());
  if (const auto& pool = target.target().user_pool; pool && !pool->password.empty())
    redactor_.add("password", pool->password.reveal());
  const auto& authorization = target.target().authorization_request;
  for (const auto& secret : authorization.secrets) redactor_.add("authorization", secret.reveal());
  if (const auto& bearer = authorization.bearer_token) {
    redactor_.add("access", bearer->token.reveal());
    if (bearer->request)
      for (const auto& secret : bearer->request->secrets) redactor_.add("authorization", secret.reveal());
  }
}

int Recorder::on_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                          const net::Answer& answer) {
  record::Exchange exchange;
  exchange.rule = rule_;
  exchange.step = step ? step->name : "probe";
  exchange.purpose = purpose;
  exchange.request = request;
  exchange.response.assign(answer.head());
  exchange.response.append(answer.body());
  exchange.response_size = exchange.response.size();
  if (exchange.response.size() > kEvidenceLimit) exchange.response.resize(kEvidenceLimit);
  exchange.outcome = net::to_string(answer.outcome);
  exchange.detail = answer.detail;
  exchange.status = answer.status;
  const auto now = base::wall_now();
  if (answer.done > answer.started && answer.started != net::SteadyTime{}) exchange.took = answer.done - answer.started;
  exchange.started = now - std::chrono::duration_cast<std::chrono::system_clock::duration>(exchange.took);
  exchange.reused_connection = answer.reused_connection;
  // RFC 9110 section 6.6.1. An answer with an Age (section 5.6.1 of RFC 9111) comes from a cache, and its date is old.
  if (const auto date = answer.header("Date"); date && answer.ok() && !answer.header("Age"))
    if (const auto time = base::parse_http_date(base::trim(*date))) server_clock_.observe(exchange.started, now, *time);
  return keep(std::move(exchange), answer.ok() ? answer.body() : std::string_view(), answer.fields());
}

int Recorder::keep(record::Exchange exchange, std::string_view body, std::span<const net::HeaderField> fields) {
  exchange.id = static_cast<int>(run_.exchanges.size()) + 1;
  run_.exchanges.push_back(std::move(exchange));
  // Tokens are known here already, whatever the step makes of them.
  base::JsonWanted wanted[std::size(kSecretFields)];
  std::string_view kinds[std::size(kSecretFields)];
  std::size_t count = 0;
  for (const auto& secret : kSecretFields) {
    if (secret.member.empty()) continue;
    wanted[count].name = secret.member;
    kinds[count++] = secret.kind;
  }
  if (base::walk_json(body, std::span(wanted).first(count)) == base::JsonShape::object)
    for (std::size_t i = 0; i < count; ++i)
      if (wanted[i].value.type == base::JsonType::string && !wanted[i].value.text.empty())
        redactor_.add(kinds[i], wanted[i].value.unescaped());
  // Long cookie values identify a session; short ones ("1", "deleted") are words that also occur elsewhere.
  for (const auto& field : fields) {
    if (!base::equals_ignoring_case(field.name, "Set-Cookie")) continue;
    const auto pair = field.value.substr(0, field.value.find(';'));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && pair.size() - equals > 16)
      redactor_.add("cookie", base::trim(pair.substr(equals + 1)));
  }
  return static_cast<int>(run_.exchanges.size());
}

void Recorder::add_secrets(const Session& session) {
  for (const auto& result : session.results())
    each_secret(result, [&](std::string_view kind, std::string_view value) { on_secret(kind, value); });
}

}  // namespace assay::engine
