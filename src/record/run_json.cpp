// Writes run.json. Every string passes the redactor on its way in; what is not UTF-8 becomes U+FFFD on its way out.
#include "record/run_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "record/json_text.hpp"
#include "record/jwts.hpp"
#include "record/load_json.hpp"
#include "record/wall_time.hpp"

namespace assay::record {
namespace {

using Json = json::Tree;

class Writer {
 public:
  explicit Writer(const Redactor& redactor) : redactor_(redactor) {}

  Json document(const Run& run) const {
    return {{"schemaVersion", kRunSchemaVersion},
            {"tool", {{"name", "assay"}, {"version", text(run.tool_version)}, {"command", text(run.command)}}},
            {"ruleset",
             {{"profile", text(run.profile)},
              {"title", text(run.profile_title)},
              {"frozen", text(run.profile_frozen)},
              {"preset", text(run.preset)},
              {"hash", text(run.ruleset_hash)}}},
            {"target",
             {{"name", text(run.target_name)},
              {"file", text(run.target_file)},
              {"lines", lines(run)},
              {"issuer", text(run.issuer)},
              {"clients", texts(run.clients)},
              {"login", text(run.login_driver)},
              {"product", text(run.product)},
              {"productBecause", text(run.product_because)},
              {"defects", texts(run.defects)}}},
            // A string, because most readers of JSON keep 53 bits of a number.
            {"seed", std::to_string(run.seed)},
            {"clockAheadNs", run.clock_ahead.count()},
            {"slowDowns", {{"times", run.slow_downs}, {"pausedNs", run.slowed_down.count()}}},
            {"started", format_time(run.started)},
            {"tookNs", run.took.count()},
            {"result", text(run.result)},
            {"verdict", to_string(run.verdict)},
            {"exits", run.exits},
            {"finished", run.finished},
            {"counts", counts(run)},
            {"environment", environment(run)},
            {"capabilities", capabilities(run)},
            {"preflight", list(run.preflight)},
            {"rules", list(run.rules)},
            {"exchanges", list(run.exchanges)},
            {"load", run.load ? json::write_load(*run.load, redactor_) : Json()},
            {"waivers", list(run.waivers)},
            {"since", run.since ? value(*run.since) : Json()}};
  }

  Json value(const Rule& rule) const {
    return {{"id", text(rule.id)},
            {"case", text(rule.case_name)},
            {"title", text(rule.title)},
            {"story", text(rule.story)},
            {"path", text(rule.path)},
            {"verdict", to_string(rule.verdict)},
            {"reason", text(rule.reason)},
            {"tookNs", rule.took.count()},
            {"checks", list(rule.checks)},
            {"flaky", rule.flaky},
            {"exchanges", rule.exchanges},
            {"clients", texts(rule.clients)},
            {"race", rule.race ? json::write_race(*rule.race, redactor_) : Json()},
            {"threat", rule.threat ? value(*rule.threat) : Json()}};
  }

  Json value(const Exchange& exchange) const {
    return {{"id", exchange.id},
            {"rule", text(exchange.rule)},
            {"step", text(exchange.step)},
            {"purpose", text(exchange.purpose)},
            {"started", format_time(exchange.started)},
            {"tookNs", exchange.took.count()},
            {"outcome", text(exchange.outcome)},
            {"detail", text(exchange.detail)},
            {"status", exchange.status},
            {"reusedConnection", exchange.reused_connection},
            {"request", text(exchange.request)},
            {"response", text(exchange.response)},
            {"responseSize", exchange.response_size},
            {"jwts", list(jwts_of(redactor_, exchange))}};
  }

 private:
  std::string text(const std::string& raw) const { return redactor_.redact(raw); }

  Json texts(const std::vector<std::string>& raw) const {
    Json out = Json::array();
    for (const auto& one : raw) out.push_back(text(one));
    return out;
  }

  template <class T>
  Json list(const std::vector<T>& items) const {
    Json out = Json::array();
    for (const auto& item : items) out.push_back(value(item));
    return out;
  }

  static Json counts(const Run& run) {
    Json out = Json::object();
    for (const auto& [verdict, count] : count_rules(run)) out[std::string(to_string(verdict))] = count;
    return out;
  }

  Json environment(const Run& run) const {
    Json out = Json::object();
    for (const auto& [name, seen] : run.environment) out[text(name)] = text(seen);
    return out;
  }

  Json lines(const Run& run) const {
    Json out = Json::object();
    for (const auto& [name, line] : run.target_lines) out[text(name)] = line;
    return out;
  }

  Json capabilities(const Run& run) const {
    Json out = Json::object();
    for (const auto& [name, held] : run.capabilities) out[text(name)] = held;
    return out;
  }

  Json value(const PreflightCheck& check) const {
    return {{"name", text(check.name)},       {"verdict", to_string(check.verdict)},
            {"seen", text(check.seen)},       {"hint", text(check.hint)},
            {"problem", text(check.problem)}, {"productHint", text(check.product_hint)},
            {"evidence", check.evidence}};
  }

  Json value(const Check& check) const {
    return {{"name", text(check.name)},
            {"clause", text(check.clause)},
            {"reference", text(check.reference)},
            {"url", text(check.url)},
            {"requirement", text(check.requirement)},
            {"level", to_string(check.level)},
            {"verdict", to_string(check.verdict)},
            {"expected", text(check.expected)},
            {"actual", text(check.actual)},
            {"reason", text(check.reason)},
            {"advice", text(check.advice)},
            {"evidence", check.evidence}};
  }

  Json value(const Threat& threat) const {
    return {{"gain", text(threat.gain)}, {"how", text(threat.how)}, {"checks", texts(threat.checks)}};
  }

  static Json value(const Jwt& jwt) {  // redacted by jwts_of
    return {{"label", jwt.label},
            {"of", jwt.of_request ? "request" : "response"},
            {"header", jwt.header},
            {"claims", jwt.claims}};
  }

  Json value(const Waiver& waiver) const {
    return {{"rule", text(waiver.rule)},   {"check", text(waiver.check)},  {"reason", text(waiver.reason)},
            {"owner", text(waiver.owner)}, {"link", text(waiver.link)},    {"until", text(waiver.until)},
            {"state", text(waiver.state)}, {"daysLeft", waiver.days_left}, {"hides", texts(waiver.hides)},
            {"file", text(waiver.file)},   {"line", waiver.line}};
  }

  Json value(const Since& since) const {
    return {{"started", format_time(since.started)},
            {"version", text(since.tool_version)},
            {"ruleset", text(since.ruleset_hash)},
            {"changes", list(since.changes)}};
  }

  Json value(const Change& change) const {
    return {{"kind", text(change.kind)},     {"rule", text(change.rule)}, {"case", text(change.case_name)},
            {"check", text(change.check)},   {"was", text(change.was)},   {"is", text(change.is)},
            {"before", text(change.before)}, {"now", text(change.now)}};
  }

  const Redactor& redactor_;
};

// Without its line end.
std::string compact(const Json& json) {
  auto out = json::written(json, -1);
  out.pop_back();
  return out;
}

}  // namespace

std::string write_run_json(const Run& run, const Redactor& redactor, int indent) {
  return json::written(Writer(redactor).document(run), indent);
}

void GrowingRunJson::add(Rule rule, std::vector<Exchange> exchanges, const Redactor& redactor) {
  for (auto& id : rule.exchanges) id += exchanges_;
  for (auto& check : rule.checks)
    for (auto& id : check.evidence) id += exchanges_;
  const Writer writer(redactor);
  rules_[rule.full_id()] = compact(writer.value(rule));
  for (auto& exchange : exchanges) {
    exchange.id += exchanges_;
    exchange_list_ += ",\n" + compact(writer.value(exchange));
  }
  exchanges_ += static_cast<int>(exchanges.size());
}

std::string GrowingRunJson::document(const Run& run, const Redactor& redactor) const {
  std::string out;
  const auto document = Writer(redactor).document(run);
  for (const auto& [name, member] : document.items()) {
    out += (out.empty() ? "{" : ",\n") + compact(Json(name)) + ":";
    if (name == "rules") {
      std::string list;
      for (const auto& [id, rule] : rules_) list += (list.empty() ? "\n" : ",\n") + rule;
      out += "[" + list + "]";
    } else if (name == "exchanges") {
      auto list = compact(member);
      list.pop_back();
      out += list + (list == "[" && !exchange_list_.empty() ? exchange_list_.substr(1) : exchange_list_) + "]";
    } else out += compact(member);
  }
  return out + "}\n";
}

}  // namespace assay::record
