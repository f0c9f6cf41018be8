// Reads run.json. Strict about what it needs and indifferent to members it does not know, so that older programs can read
// newer documents of the same schemaVersion.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "record/run_json.hpp"
#include "record/wall_time.hpp"

namespace assay::record {
namespace {

using Json = nlohmann::ordered_json;

// What is wrong with the document, and where: "/rules/3/verdict".
struct Malformed {
  std::string message;
};

// One value of the document with its place.
class Node {
 public:
  Node(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

  Node operator[](const char* name) const {
    if (!json_.is_object()) fail("an object");
    const auto found = json_.find(name);
    if (found == json_.end())
      throw Malformed{fmt::format("{} has no member \"{}\"", place_.empty() ? "the document" : place_, name)};
    return {*found, place_ + "/" + name};
  }

  bool null() const { return json_.is_null(); }
  // For members that older documents lack.
  bool has(const char* name) const { return json_.is_object() && json_.contains(name); }

  std::string text() const {
    if (!json_.is_string()) fail("a string");
    return json_.get<std::string>();
  }
  bool flag() const {
    if (!json_.is_boolean()) fail("true or false");
    return json_.get<bool>();
  }
  double real() const {
    if (!json_.is_number()) fail("a number");
    return json_.get<double>();
  }
  std::uint64_t count() const {
    if (!json_.is_number_unsigned()) fail("a whole number of at least 0");
    return json_.get<std::uint64_t>();
  }
  template <class T = int>
  T integer() const {
    if (!json_.is_number_integer()) fail("a whole number");
    const bool big = json_.is_number_unsigned() && json_.get<std::uint64_t>() > INT64_MAX;
    const auto value = json_.get<std::int64_t>();
    if (big || !std::in_range<T>(value)) fail("a smaller number");
    return static_cast<T>(value);
  }
  std::chrono::nanoseconds duration() const { return std::chrono::nanoseconds(integer<std::int64_t>()); }
  WallTime time() const {
    const auto time = parse_time(text());
    if (!time) fail("a time such as 2026-03-01T12:00:00.000000000Z");
    return *time;
  }
  Verdict verdict() const {
    const auto verdict = parse_verdict(text());
    if (!verdict) fail("a verdict");
    return *verdict;
  }
  Level level() const {
    const auto level = parse_level(text());
    if (!level) fail("a level");
    return *level;
  }

  template <class Read>
  auto list(Read read) const {
    if (!json_.is_array()) fail("an array");
    std::vector<decltype(read(*this))> out;
    out.reserve(json_.size());
    for (std::size_t i = 0; i < json_.size(); ++i) out.push_back(read(Node(json_[i], fmt::format("{}/{}", place_, i))));
    return out;
  }
  std::vector<int> integers() const {
    return list([](const Node& node) { return node.integer(); });
  }
  std::vector<std::string> texts() const {
    return list([](const Node& node) { return node.text(); });
  }

  template <class Read>
  auto members(Read read) const {
    if (!json_.is_object()) fail("an object");
    std::map<std::string, decltype(read(*this))> out;
    for (const auto& [name, value] : json_.items()) out.emplace(name, read(Node(value, place_ + "/" + name)));
    return out;
  }

 private:
  [[noreturn]] void fail(std::string_view wanted) const {
    throw Malformed{fmt::format("{} is not {}", place_, wanted)};
  }

  const Json& json_;
  std::string place_;
};

PreflightCheck preflight(const Node& node) {
  return {.name = node["name"].text(),
          .verdict = node["verdict"].verdict(),
          .seen = node["seen"].text(),
          .hint = node["hint"].text(),
          .evidence = node["evidence"].integers()};
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

Race race(const Node& node) {
  return {.planned = node["planned"].integer<unsigned>(),
          .trials = node["trials"].integer<unsigned>(),
          .inconclusive = node["inconclusive"].integer<unsigned>(),
          .violations = node["violations"].integer<unsigned>(),
          .ended = node["ended"].text(),
          .copies = node["copies"].list([](const Node& one) { return one.integer<unsigned>(); }),
          .one_winner = node["oneWinner"].flag(),
          .double_mints = node["doubleMints"].integer<unsigned>(),
          .identical = node["identical"].integer<unsigned>(),
          .denials = node["denials"].integer<unsigned>(),
          .requests = node["requests"].count(),
          .server_errors = node["serverErrors"].count(),
          .overloads = node["overloads"].count(),
          .timeouts = node["timeouts"].count(),
          .failures = node["failures"].count(),
          .median_spread = node["medianSpreadNs"].duration(),
          .max_spread = node["maxSpreadNs"].duration(),
          .median_latency = node["medianLatencyNs"].duration()};
}

Rule rule(const Node& node) {
  return {.id = node["id"].text(),
          .case_name = node["case"].text(),
          .title = node["title"].text(),
          .story = node["story"].text(),
          .path = node["path"].text(),
          .verdict = node["verdict"].verdict(),
          .reason = node["reason"].text(),
          .checks = node["checks"].list(check),
          .exchanges = node["exchanges"].integers(),
          .race = node.has("race") && !node["race"].null() ? std::optional(race(node["race"])) : std::nullopt,
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
          .reused_connection = node["reusedConnection"].flag()};
}

Histogram histogram(const Node& node) {
  const auto buckets = node["buckets"].list([](const Node& pair) {
    const auto numbers = pair.list([](const Node& number) { return number.count(); });
    if (numbers.size() != 2) throw Malformed{"a bucket is not [lowest, count]"};
    return Histogram::Bucket{numbers[0], numbers[1]};
  });
  auto out = Histogram::from_buckets(buckets, node["minNs"].count(), node["maxNs"].count(), node["sumNs"].count());
  if (out.count() != node["count"].count()) throw Malformed{"the buckets of a histogram do not add up to its count"};
  return out;
}

StepTimes step(const Node& node) {
  return {.name = node["name"].text(),
          .done = node["done"].count(),
          .failed = node["failed"].count(),
          .service = histogram(node["service"])};
}

LoadSecond second(const Node& node) {
  return {.planned = node["planned"].count(),
          .started = node["started"].count(),
          .done = node["done"].count(),
          .failed = node["failed"].count(),
          .p50_ns = node["p50Ns"].count(),
          .p99_ns = node["p99Ns"].count()};
}

Load load(const Node& node) {
  const auto total = [](const Node& one) { return one.count(); };
  return {.journey = node["journey"].text(),
          .model = node["model"].text(),
          .rate = node["rate"].real(),
          .users = node["users"].integer<unsigned>(),
          .workers = node["workers"].integer<unsigned>(),
          .planned_duration = node["plannedDurationNs"].duration(),
          .measured_duration = node["measuredDurationNs"].duration(),
          .warm_up = node["warmUpNs"].duration(),
          .planned = node["planned"].count(),
          .started = node["started"].count(),
          .done = node["done"].count(),
          .failed = node["failed"].count(),
          .dropped = node["dropped"].count(),
          .requests = node["requests"].count(),
          .cpu_seconds = node["cpuSeconds"].real(),
          .flow_response = histogram(node["flowResponse"]),
          .flow_service = histogram(node["flowService"]),
          .lateness = histogram(node["lateness"]),
          .steps = node["steps"].list(step),
          .seconds = node["seconds"].list(second),
          .errors = node["errors"].members(total),
          .violations = node["violations"].members(total),
          .trust = node["trust"].text(),
          .trust_reasons = node["trustReasons"].texts(),
          .doubts = node["doubts"].list(
              [](const Node& doubt) { return Doubt{.what = doubt["what"].text(), .remedy = doubt["remedy"].text()}; })};
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
          .issuer = target["issuer"].text(),
          .clients = target["clients"].texts(),
          .login_driver = target["login"].text(),
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
          .load = node["load"].null() ? std::nullopt : std::optional<Load>(load(node["load"])),
          .verdict = node["verdict"].verdict(),
          .result = node["result"].text(),
          .exits = node["exits"].integers()};
}

std::unexpected<base::Diagnostics> refuse(const std::string& file, int line, std::string message, std::string hint) {
  return std::unexpected(base::Diagnostics{{file, line, 0, std::move(message), std::move(hint)}});
}

}  // namespace

std::expected<Run, base::Diagnostics> read_run_json(const std::string& file, const std::string& text) {
  constexpr const char* kHint = "give a run.json that assay wrote";
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
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
