#include "engine/preflight.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/day.hpp"
#include "base/text.hpp"
#include "engine/preflight_trial.hpp"
#include "rules/library.hpp"
#include "rules/target_hosts.hpp"

namespace assay::engine {
namespace {

using record::Verdict;

// A throw-away rule of one or two steps: preflight uses the same steps, requests and front channel as the rules do.
rules::Rule small_rule(const std::string& steps) {
  base::Diagnostics problems;
  const std::string text = R"({"id":"preflight","title":"-","story":"-","arrange":[],"act":[)" + steps +
                           R"(],"assert":[{"check":"c","observe":"-","that":{"distinct":["a","b"]}}]})";
  auto compiled = rules::compile_rule({"rules/preflight.jsonc", text}, problems);
  if (compiled.empty())
    throw std::logic_error("preflight rule: " + (problems.empty() ? "" : base::to_string(problems[0])));
  return compiled[0];
}

net::awaitable<void> try_keys(Trial& trial) {
  if (!trial.target().endpoint(EndpointKind::jwks)) co_return;
  const auto result = co_await trial.perform(R"({"jwks":{},"as":"step"})");
  const auto json = nlohmann::json::parse(result.body, nullptr, false);
  const bool good =
      result.ok && result.status == 200 && json.is_object() && json.contains("keys") && json["keys"].is_array();
  if (good) trial.say("keys", Verdict::pass, base::plural(json["keys"].size(), "key"), "", result.exchanges);
  else
    trial.say("keys", Verdict::warn, result.actual, "jwks_uri should give a JSON object with a \"keys\" list",
              result.exchanges);
}

void compare_clocks(const ServerClock& clock, PreflightResult& out) {
  if (!clock.known()) return;
  out.clock_ahead = clock.ahead();
  const bool far = std::chrono::abs(out.clock_ahead) > std::chrono::minutes(1);
  out.checks.push_back({"clock",
                        far ? Verdict::warn : Verdict::pass,
                        clock.describe(),
                        far ? "set one of the two right: who reads the iat and exp of its tokens will refuse them" : "",
                        {}});
}

// Dozens of requests at once, again and again, are for one's own server, or with leave.
std::string refuse_races(const rules::Target& target, net::Timekeeper& time) {
  const auto foreign = rules::foreign_host(rules::urls_of(target));
  if (foreign.empty()) return "";
  const auto today = base::format_day(std::chrono::floor<std::chrono::days>(time.now()));
  if (!target.permission)
    return "races send many requests at once, " + foreign +
           " is not this machine, and the target file does not say that this is allowed; add to it: \"permission\": { "
           "\"who\": \"name, team\", \"until\": \"2027-01-31\", \"rate\": 50 }";
  if (target.permission->until < today)
    return "races send many requests at once, and the permission for " + foreign + " ended on " +
           target.permission->until;
  return "";
}

}  // namespace

net::awaitable<Finding> Trial::perform(const std::string& steps) {
  const auto rule = small_rule(steps);
  const Program program(rule, target_);
  Session session(program, oracle_, transport_, time_, recorder_, {});
  recorder_.begin_rule("");
  co_await session.run();
  recorder_.add_secrets(session);
  for (const auto& step : program.rule().act)
    if (step.name == "step") {
      const StepResult& result = session.result(step);
      Finding out;
      out.ok = result.answer.ok();
      out.nothing = says_nothing(result, step.verb);
      out.status = result.answer.status;
      out.outcome = result.answer.outcome;
      out.error = result.text(rules::Field::error);
      out.error_description = result.text(rules::Field::error_description);
      out.access_token = result.text(rules::Field::access_token);
      out.refresh_token = result.text(rules::Field::refresh_token);
      out.body = result.answer.body();
      out.actual = describe_answer(result, step.verb);
      out.note = result.arrival.note;
      out.landed = result.arrival.landed;
      out.obstacle = result.arrival.obstacle;
      out.code = result.has(rules::Field::code);
      out.exchanges = result.exchanges;
      co_return out;
    }
  co_return Finding{};
}

net::awaitable<std::optional<std::size_t>> Trial::ask_oracle(std::string token) {
  // The session is only the wire here.
  const auto rule = small_rule(R"({"discover":{},"as":"step"})");
  const Program program(rule, target_);
  Session wire(program, oracle_, transport_, time_, recorder_, {});
  net::Answer answer;
  co_return co_await oracle_.find_accepting(wire, token, answer);
}

record::PreflightCheck& Trial::say(std::string name, Verdict verdict, std::string seen, std::string hint,
                                   const std::vector<int>& evidence) {
  return out_.checks.emplace_back(
      record::PreflightCheck{std::move(name), verdict, std::move(seen), std::move(hint), evidence});
}

std::string PreflightResult::blocks(const rules::Rule& rule) const {
  if (!no_races.empty() && rule.has_tag("race")) return no_races;
  for (const auto* steps : {&rule.arrange, &rule.act, &rule.control})
    for (const auto& step : *steps) {
      const auto bad = bad_clients.find(step.client);
      if (bad != bad_clients.end()) return bad->second;
      if (step.verb == rules::Verb::authorize && !bad_login.empty()) return bad_login;
      if (step.user != 0 && !bad_second_login.empty()) return bad_second_login;
    }
  return "";
}

bool PreflightResult::blocked() const {
  return std::ranges::any_of(checks, [](const auto& check) { return check.verdict == Verdict::blocked; });
}

net::awaitable<void> try_target(const BoundTarget& target, net::Transport& transport, net::Timekeeper& time,
                                Recorder& recorder, PreflightResult& out) {
  out.no_races = refuse_races(target.target(), time);
  Trial trial(target, transport, time, recorder, out);
  co_await try_keys(trial);
  for (const auto& [role, client] : target.target().clients)
    if (!out.bad_clients.contains(role)) co_await try_client(trial, role);  // else it could not be registered
  co_await try_login(trial);
  compare_clocks(recorder.server_clock(), out);
}

}  // namespace assay::engine
