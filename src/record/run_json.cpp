// Writes run.json. Every string passes the redactor on its way in; what is not UTF-8 becomes U+FFFD on its way out.
#include "record/run_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

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
            {"counts", counts(run)},
            {"environment", environment(run)},
            {"capabilities", capabilities(run)},
            {"preflight", list(run.preflight)},
            {"rules", list(run.rules)},
            {"exchanges", list(run.exchanges)},
            {"load", run.load ? json::write_load(*run.load, redactor_) : Json()}};
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

  Json value(const Rule& rule) const {
    return {{"id", text(rule.id)},         {"case", text(rule.case_name)},
            {"title", text(rule.title)},   {"story", text(rule.story)},
            {"path", text(rule.path)},     {"verdict", to_string(rule.verdict)},
            {"reason", text(rule.reason)}, {"tookNs", rule.took.count()},
            {"checks", list(rule.checks)}, {"flaky", rule.flaky},
            {"exchanges", rule.exchanges}, {"race", rule.race ? json::write_race(*rule.race, redactor_) : Json()}};
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
            {"responseSize", exchange.response_size}};
  }

  const Redactor& redactor_;
};

// C1 controls and direction marks as \u escapes: they are valid JSON, but whoever prints the file on a terminal would obey
// them. Outside of strings a JSON document holds no such bytes.
std::string with_marks_escaped(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = [&](std::size_t k) { return i + k < json.size() ? static_cast<unsigned char>(json[i + k]) : 0u; };
    unsigned point = 0;
    if (byte(0) == 0xc2 && byte(1) < 0xa0) point = byte(1);
    else if (byte(0) == 0xe2 && (byte(1) == 0x80 || byte(1) == 0x81))
      point = 0x2000 + (byte(1) - 0x80) * 64 + (byte(2) & 63);
    else if (byte(0) == 0xef && byte(1) == 0xbb && byte(2) == 0xbf) point = 0xfeff;
    const bool mark = (point > 0 && point < 0xa0) || (point >= 0x200b && point <= 0x200f) ||
                      (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) || point == 0xfeff;
    if (!mark) {
      out += json[i];
      continue;
    }
    out += fmt::format("\\u{:04x}", point);
    i += point < 0x100 ? 1 : 2;
  }
  return out;
}

}  // namespace

std::string write_run_json(const Run& run, const Redactor& redactor) {
  return with_marks_escaped(Writer(redactor).document(run).dump(2, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace assay::record
