// Reads run.json. Strict about what it needs and indifferent to members it does not know, so that older programs can read
// newer documents of the same schemaVersion.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "record/json_node.hpp"
#include "record/load_json.hpp"
#include "record/run_json.hpp"

namespace assay::record {
namespace {

using json::Malformed;
using json::Node;

// Of members that older documents lack.
std::string text_of_newer(const Node& node) { return node.text(); }

PreflightCheck preflight(const Node& node) {
  return {.name = node["name"].text(),
          .verdict = node["verdict"].verdict(),
          .seen = node["seen"].text(),
          .hint = node["hint"].text(),
          .evidence = node["evidence"].integers(),
          .problem = node.get("problem", text_of_newer),
          .product_hint = node.get("productHint", text_of_newer)};
}

Check check(const Node& node) {
  return {.name = node["name"].text(),
          .clause = node["clause"].text(),
          .reference = node["reference"].text(),
          .url = node["url"].text(),
          .requirement = node["requirement"].text(),
          .level = node["level"].level(),
          .verdict = node["verdict"].verdict(),
          .expected = node["expected"].text(),
          .actual = node["actual"].text(),
          .reason = node["reason"].text(),
          .advice = node["advice"].text(),
          .evidence = node["evidence"].integers()};
}

Threat threat(const Node& node) {
  return {.gain = node["gain"].text(), .how = node["how"].text(), .checks = node["checks"].texts()};
}

Jwt jwt(const Node& node) {
  return {.label = node["label"].text(),
          .of_request = node["of"].text() == "request",
          .header = node["header"].text(),
          .claims = node["claims"].text()};
}

Rule rule(const Node& node) {
  return {
      .id = node["id"].text(),
      .case_name = node["case"].text(),
      .title = node["title"].text(),
      .story = node["story"].text(),
      .path = node["path"].text(),
      .clients = node.get("clients", [](const Node& one) { return one.texts(); }),
      .threat = node.has("threat") && !node["threat"].null() ? std::optional(threat(node["threat"])) : std::nullopt,
      .verdict = node["verdict"].verdict(),
      .reason = node["reason"].text(),
      .checks = node["checks"].list(check),
      .exchanges = node["exchanges"].integers(),
      .race = node.has("race") && !node["race"].null() ? std::optional(json::read_race(node["race"])) : std::nullopt,
      .took = node["tookNs"].duration(),
      .flaky = node.has("flaky") && node["flaky"].flag()};
}

Exchange exchange(const Node& node) {
  return {.id = node["id"].integer(),
          .rule = node["rule"].text(),
          .step = node["step"].text(),
          .purpose = node["purpose"].text(),
          .request = node["request"].text(),
          .response = node["response"].text(),
          .response_size = node["responseSize"].count(),
          .outcome = node["outcome"].text(),
          .detail = node["detail"].text(),
          .status = node["status"].integer(),
          .started = node["started"].time(),
          .took = node["tookNs"].duration(),
          .reused_connection = node["reusedConnection"].flag(),
          .jwts = node.get("jwts", [](const Node& all) { return all.list(jwt); })};
}

Waiver waiver(const Node& node) {
  return {.rule = node["rule"].text(),
          .check = node["check"].text(),
          .reason = node["reason"].text(),
          .owner = node["owner"].text(),
          .link = node["link"].text(),
          .until = node["until"].text(),
          .state = node["state"].text(),
          .days_left = node["daysLeft"].integer(),
          .hides = node["hides"].texts(),
          .file = node["file"].text(),
          .line = node["line"].integer()};
}

Change change(const Node& node) {
  return {.kind = node["kind"].text(),
          .rule = node["rule"].text(),
          .case_name = node["case"].text(),
          .check = node["check"].text(),
          .was = node["was"].text(),
          .is = node["is"].text(),
          .before = node["before"].text(),
          .now = node["now"].text()};
}

Since since(const Node& node) {
  return {.started = node["started"].time(),
          .tool_version = node["version"].text(),
          .ruleset_hash = node["ruleset"].text(),
          .changes = node["changes"].list(change)};
}

std::uint64_t seed(const Node& node) {
  const auto text = node.text();
  if (text.empty() || text.size() > 20 ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }))
    throw Malformed{"/seed is not a decimal number"};
  return std::strtoull(text.c_str(), nullptr, 10);
}

Run run(const Node& node) {
  const auto tool = node["tool"], ruleset = node["ruleset"], target = node["target"];
  return {.tool_version = tool["version"].text(),
          .command = tool["command"].text(),
          .profile = ruleset["profile"].text(),
          .profile_title = ruleset["title"].text(),
          .profile_frozen = ruleset["frozen"].text(),
          .preset = ruleset["preset"].text(),
          .ruleset_hash = ruleset["hash"].text(),
          .target_name = target["name"].text(),
          .target_file = target["file"].text(),
          .target_lines = target.get(
              "lines", [](const Node& all) { return all.members([](const Node& one) { return one.integer(); }); }),
          .issuer = target["issuer"].text(),
          .clients = target["clients"].texts(),
          .login_driver = target["login"].text(),
          .product = target.get("product", text_of_newer),
          .product_because = target.get("productBecause", text_of_newer),
          .defects = target["defects"].texts(),
          .seed = seed(node["seed"]),
          .clock_ahead = node.has("clockAheadNs") ? node["clockAheadNs"].duration() : std::chrono::nanoseconds{},
          .slow_downs = node.has("slowDowns") ? node["slowDowns"]["times"].integer<unsigned>() : 0,
          .slowed_down = node.has("slowDowns") ? node["slowDowns"]["pausedNs"].duration() : std::chrono::nanoseconds{},
          .started = node["started"].time(),
          .took = node["tookNs"].duration(),
          .environment = node["environment"].members([](const Node& one) { return one.text(); }),
          .capabilities = node["capabilities"].members([](const Node& one) { return one.flag(); }),
          .preflight = node["preflight"].list(preflight),
          .rules = node["rules"].list(rule),
          .exchanges = node["exchanges"].list(exchange),
          .load = node["load"].null() ? std::nullopt : std::optional(json::read_load(node["load"])),
          .waivers = node.get("waivers", [](const Node& all) { return all.list(waiver); }),
          .since = node.has("since") && !node["since"].null() ? std::optional(since(node["since"])) : std::nullopt,
          .verdict = node["verdict"].verdict(),
          .result = node["result"].text(),
          .exits = node["exits"].integers(),
          .finished = !node.has("finished") || node["finished"].flag()};
}

std::unexpected<base::Diagnostics> refuse(const std::string& file, int line, std::string message, std::string hint) {
  return std::unexpected(base::Diagnostics{{file, line, 0, std::move(message), std::move(hint)}});
}

}  // namespace

std::expected<Run, base::Diagnostics> read_run_json(const std::string& file, const std::string& text) {
  constexpr const char* kHint = "give a run.json that assay wrote";
  json::Tree json;
  try {
    json = json::Tree::parse(text);
  } catch (const json::Tree::parse_error& error) {
    const auto before = std::min(error.byte, text.size());
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(before), '\n');
    return refuse(
        file, static_cast<int>(line),
        before >= text.size() ? "the document ends too early: it is empty or was cut off" : "this is not JSON", kHint);
  }
  try {
    const Node root(json, "");
    if (!json.is_object() || !json.contains("schemaVersion") || !json.contains("tool"))
      return refuse(file, 0, "this is JSON, but not the record of a run", kHint);
    if (root["tool"]["name"].text() != "assay") return refuse(file, 0, "another tool wrote this document", kHint);
    const auto version = root["schemaVersion"].integer();
    if (version > kRunSchemaVersion)
      return refuse(file, 0,
                    fmt::format("its schemaVersion is {}, and this assay knows up to {}", version, kRunSchemaVersion),
                    "use the assay that wrote it, or a newer one");
    if (version < 1) return refuse(file, 0, fmt::format("schemaVersion {} does not exist", version), kHint);
    return run(root);
  } catch (const Malformed& malformed) {
    return refuse(file, 0, malformed.message, kHint);
  }
}

}  // namespace assay::record
