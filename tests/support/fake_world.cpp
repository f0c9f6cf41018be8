#include "tests/support/fake_world.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/registration.hpp"
#include "rules/library.hpp"

namespace assay::support {
namespace {

// CheckRun owns its transports; the test owns the scripted one.
class Borrowed final : public net::Transport {
 public:
  explicit Borrowed(net::Transport& inner) : inner_(inner) {}
  net::awaitable<void> exchange(const net::Origin& origin, std::string_view request, net::Answer& answer) override {
    return inner_.exchange(origin, request, answer);
  }
  void close_connections() override { inner_.close_connections(); }

 private:
  net::Transport& inner_;
};

class Listed final : public engine::Progress {
 public:
  explicit Listed(std::vector<std::string>& finished) : finished_(finished) {}
  void rule_started(std::size_t, std::size_t, const rules::Rule&) override {}
  void rule_finished(const record::Rule& rule, const std::vector<record::Exchange>&) override {
    finished_.push_back(rule.full_id());
  }

 private:
  std::vector<std::string>& finished_;
};

constexpr std::string_view target_text = R"({
  "issuer": "http://as.test",
  "endpoints": { "authorization": "http://as.test/authorize", "token": "http://as.test/token", "introspection": "http://as.test/introspect",
                 "revocation": "http://as.test/revoke" },
  "clients": {
    "web": { "id": "web", "secret": "web-secret-value", "redirect_uris": ["http://client.test/cb", "http://client.test/other"] },
    "spa": { "id": "spa", "auth": "none", "redirect_uris": ["http://client.test/cb"] },
    "service": { "id": "service", "secret": "service-secret-value", "auth": "post" }
  },
  "users": [{ "name": "alice", "password": "alice-password" }],
  "scope": "a b", "service_scope": "s", "settings": { "code_lifetime": "60s" }
})";

constexpr std::string_view clauses_text = R"({ "document": "x", "title": "RFC X", "clauses": [
  { "id": "x/1/must", "keyword": "MUST", "section": "1", "text": "must" },
  { "id": "x/1/should", "keyword": "SHOULD", "section": "1", "text": "should" },
  { "id": "x/1/may", "keyword": "MAY", "section": "1", "text": "may" } ] })";

std::string json_answer(int status, const nlohmann::json& body) {
  return json(body.dump(), status, "Cache-Control: no-store\r\n");
}

std::string parameter(const base::Parameters& parameters, std::string_view name) {
  const auto* found = base::find_parameter(parameters, name);
  return found ? *found : "";
}

}  // namespace

FakeWorld::FakeWorld() {
  auto loaded =
      rules::load_target({"fake.jsonc", std::string(target_text)}, [](const std::string&) { return std::nullopt; });
  if (!loaded) throw std::runtime_error(base::to_string(loaded.error().at(0)));
  target = std::move(*loaded);
  transport.on("GET /authorize", [this](const ScriptedRequest& request) {
    const auto code = "code-" + std::to_string(++issued_);
    codes_.insert(code);
    return redirect(parameter(request.query, "redirect_uri") + "?code=" + code +
                    "&state=" + parameter(request.query, "state"));
  });
  transport.on("POST /token", [this](const ScriptedRequest& request) { return token_answer(request); });
  transport.on("POST /introspect", [this](const ScriptedRequest& request) {
    return json_answer(200, {{"active", live.contains(parameter(request.form, "token"))}});
  });
  transport.on("POST /revoke", [this](const ScriptedRequest& request) {
    live.erase(parameter(request.form, "token"));
    return response(200, "", "");
  });
}

std::string FakeWorld::token_answer(const ScriptedRequest& request) {
  const auto grant = parameter(request.form, "grant_type");
  const bool good = grant == "client_credentials" ||
                    (grant == "authorization_code" && codes_.erase(parameter(request.form, "code")) > 0) ||
                    (grant == "refresh_token" && refresh_tokens_.erase(parameter(request.form, "refresh_token")) > 0);
  if (!good) return json_answer(400, {{"error", "invalid_grant"}});
  const auto number = std::to_string(++issued_);
  nlohmann::json body = {{"access_token", "access-token-" + number}, {"token_type", "Bearer"}, {"expires_in", 3600}};
  if (grant != "client_credentials") {
    body["refresh_token"] = "refresh-token-" + number;
    refresh_tokens_.insert("refresh-token-" + number);
  }
  live.insert("access-token-" + number);
  return json_answer(200, body);
}

record::Run FakeWorld::check(const std::vector<std::string>& texts, const std::vector<std::string>& only) {
  std::vector<rules::SourceFile> files = {{"clauses/x.jsonc", std::string(clauses_text)}};
  for (const auto& text : texts) {
    const auto id = nlohmann::json::parse(text).at("id").get<std::string>();
    files.push_back({"rules/" + id + ".jsonc", text});
  }
  files.push_back(
      {"profiles/p.jsonc",
       R"({"id":"p","title":"P","summary":"S","frozen":"2026-11-01","include":["*"],"levels":{)" + levels + "}}"});
  const auto library = rules::load_library(files);
  if (!library) {
    for (const auto& problem : library.error()) ADD_FAILURE() << base::to_string(problem);
    return {};
  }
  run = {};
  finished.clear();
  engine::Recorder recorder(run, redactor);
  engine::Throttle throttle(time);
  const engine::BoundTarget bound(target, metadata, "");
  recorder.add_secrets(bound);
  Listed progress(finished);
  const auto& profile = library->profiles.at("p");
  engine::CheckRun check(
      *library, profile, bound, preflight_result,
      [&]() -> std::unique_ptr<net::Transport> { return std::make_unique<Borrowed>(transport); }, time,
      {.slow = slow, .concurrency = concurrency, .throttle = polite ? &throttle : nullptr, .seed = seed}, recorder,
      progress);
  const auto selected = engine::select_rules(*library, profile, only);
  support::run(check.run(selected, stop));
  run.slow_downs = throttle.times();
  run.slowed_down = throttle.waited();
  return run;
}

engine::PreflightResult FakeWorld::preflight() {
  engine::PreflightResult out;
  run = {};
  engine::Recorder recorder(run, redactor);
  const auto task = [&]() -> net::awaitable<void> {
    co_await engine::discover(target, transport, recorder, out);
    engine::hold_to_named_hosts(target, out);
    if (!out.reachable) co_return;
    co_await engine::register_clients(target, transport, recorder, out);
    const engine::BoundTarget bound(target, out.metadata, out.metadata_url);
    co_await engine::try_target(bound, transport, time, recorder, out);
  };
  support::run(task());
  return out;
}

std::string FakeWorld::metadata_text() const {
  const nlohmann::json body = {{"issuer", "http://as.test"},
                               {"authorization_endpoint", "http://as.test/authorize"},
                               {"token_endpoint", "http://as.test/token"},
                               {"introspection_endpoint", "http://as.test/introspect"}};
  return json_answer(200, body);
}

const record::Rule& rule_of(const record::Run& run, const std::string& full_id) {
  static const record::Rule none;
  for (const auto& rule : run.rules)
    if (rule.full_id() == full_id) return rule;
  ADD_FAILURE() << "no rule " << full_id;
  return none;
}

std::string verdict(const record::Run& run, const std::string& check) {
  for (const auto& rule : run.rules)
    for (const auto& one : rule.checks)
      if (rule.full_id() + "#" + one.name == check || (run.rules.size() == 1 && one.name == check))
        return std::string(to_string(one.verdict));
  return "none";
}

std::string rule_file(const std::string& members, const std::string& id) {
  return R"({"id":")" + id + R"(","title":"T","story":"S",)" + members + "}";
}

}  // namespace assay::support
