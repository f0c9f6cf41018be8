// SARIF 2.1.0 for code scanning: what is wrong as results, each at a line of the target file, because GitHub refuses a whole
// file in which one result has no place. What could not be judged is a notification of the tool, not a result.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.hpp"
#include "record/json_text.hpp"
#include "report/findings.hpp"
#include "report/http_message.hpp"
#include "report/reports.hpp"

namespace assay::report {
namespace {

using Json = nlohmann::ordered_json;
using record::Level;
using record::Verdict;

constexpr std::size_t kMostTags = 20;  // GitHub ignores more

std::string_view level_word(Level level) {
  return level == Level::must ? "error" : level == Level::should ? "warning" : "note";
}

// GitHub sorts by this number: 7 and above is high, 4 and above medium.
std::string_view severity(Level level) { return level == Level::must ? "7.5" : level == Level::should ? "4.5" : "1.0"; }

// FNV-1a: stable over versions and machines; nothing secret enters it.
std::string fingerprint(std::initializer_list<std::string_view> parts) {
  std::uint64_t hash = 14695981039346656037ull;
  const auto add = [&](unsigned char c) { hash = (hash ^ c) * 1099511628211ull; };
  for (const auto part : parts) {
    for (const char c : part) add(static_cast<unsigned char>(c));
    add(0);
  }
  return fmt::format("{:016x}", hash);
}

std::string url_path(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  std::string out = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/._-~+,=@").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

class Sarif {
 public:
  Sarif(const record::Run& run, const record::Redactor& redactor) : run_(run), redactor_(redactor) {}

  std::string document() {
    describe_rules();
    Json results = Json::array();
    for (const auto& finding : findings_) results.push_back(result(finding));
    Json run = {{"tool",
                 {{"driver",
                   {{"name", "Assay"},
                    {"version", text(run_.tool_version)},
                    {"semanticVersion", text(run_.tool_version)},
                    {"shortDescription", {{"text", "Conformance and load testing for OAuth 2 servers"}}},
                    {"rules", descriptors_}}}}},
                {"automationDetails", {{"id", text(automation_id(), 300)}}},
                {"columnKind", "utf16CodeUnits"},
                {"invocations", Json::array({invocation()})},
                {"results", std::move(results)}};
    return record::json::written({{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                                  {"version", "2.1.0"},
                                  {"runs", Json::array({std::move(run)})}});
  }

 private:
  std::string text(std::string_view raw, std::size_t limit = 1000) const { return shown(redactor_, raw, limit); }
  Json message(std::string_view raw, std::size_t limit = 1000) const { return {{"text", text(raw, limit)}}; }

  // Category of the upload: runs of one category replace each other.
  std::string automation_id() const {
    return fmt::format("assay/{}/{}{}/{}/", run_.command, run_.profile, run_.preset.empty() ? "" : "-" + run_.preset,
                       run_.target_name);
  }

  // All rules of the run, so that a reader can see what was asked; then what load adds.
  void describe_rules() {
    for (const auto& rule : run_.rules) {
      if (index_.contains(rule.id)) continue;
      Finding like;
      like.id = rule.id;
      like.title = rule.title;
      like.story = rule.story;
      like.level = Level::observe;
      for (const auto& check : rule.checks) {
        if (check.level < like.level || like.url.empty()) like.url = check.url;
        like.level = std::min(like.level, check.level);
        if (like.advice.empty()) like.advice = check.advice;
      }
      describe(like, rule.checks);
    }
    for (const auto& finding : findings_)
      if (!index_.contains(finding.id)) describe(finding, {});
  }

  void describe(const Finding& rule, const std::vector<record::Check>& checks) {
    index_[rule.id] = descriptors_.size();
    std::string help = rule.story, markdown = rule.story;
    const auto paragraph = [&](const std::string& line, const std::string& marked) {
      help += (help.empty() ? "" : "\n\n") + line;
      markdown += (markdown.empty() ? "" : "\n\n") + marked;
    };
    std::set<std::string> documents;
    for (const auto& check : checks) {
      if (!check.clause.empty()) documents.insert(check.clause.substr(0, check.clause.find('/')));
      const auto line = fmt::format("{} {}: {}", to_string(check.level), check.reference, check.requirement);
      if (!check.reference.empty() && !help.contains(line)) paragraph(line, "**" + line + "**");
      if (!check.advice.empty() && !help.contains(check.advice))
        paragraph("What to do: " + check.advice, "What to do: " + check.advice);
    }
    if (help.empty()) help = markdown = rule.title.empty() ? rule.id : rule.title;
    Json tags = {"security", "oauth2", text(rule.id.substr(0, rule.id.find('/')), 60), to_string(rule.level)};
    for (const auto& document : documents)
      if (tags.size() < kMostTags) tags.push_back(text(document, 60));
    Json descriptor = {{"id", text(rule.id, 200)},
                       {"shortDescription", message(rule.title.empty() ? rule.id : rule.title)},
                       {"fullDescription", message(rule.story.empty() ? rule.title : rule.story)},
                       {"help", {{"text", lines(help)}, {"markdown", lines(markdown)}}},
                       {"defaultConfiguration", {{"level", level_word(rule.level)}}},
                       {"properties",
                        {{"tags", std::move(tags)},
                         {"precision", "high"},
                         {"problem.severity", rule.level == Level::must ? "error" : "warning"},
                         {"security-severity", severity(rule.level)}}}};
    if (rule.url.starts_with("http")) descriptor["helpUri"] = text(rule.url, 500);
    descriptors_.push_back(std::move(descriptor));
  }

  // Paragraphs stay paragraphs.
  std::string lines(std::string_view raw) const {
    std::string out;
    for (const auto& line : shown_lines(redactor_, raw, 8000).lines) out += (out.empty() ? "" : "\n") + line;
    return out;
  }

  Json result(const Finding& finding) const {
    std::string said = finding.requirement.empty() ? finding.title : finding.requirement;
    if (!finding.case_name.empty()) said += fmt::format(" (case {})", finding.case_name);
    if (!finding.reference.empty()) said += fmt::format(" [{} {}]", to_string(finding.level), finding.reference);
    if (!finding.expected.empty()) said += "\nExpected: " + finding.expected;
    if (!finding.actual.empty()) said += "\nActual: " + finding.actual;
    if (!finding.threat.empty()) said += "\nWhat an attacker gains: " + finding.threat;
    if (!finding.advice.empty()) said += "\nWhat to do: " + finding.advice;
    if (!finding.reason.empty() && finding.verdict != Verdict::waived) said += "\nNote: " + finding.reason;
    Json out = {{"ruleId", text(finding.id, 200)},
                {"ruleIndex", index_.at(finding.id)},
                {"kind", "fail"},
                {"level", level_word(finding.level)},
                {"message", {{"text", lines(said)}}},
                {"locations", Json::array({{{"physicalLocation",
                                             {{"artifactLocation", {{"uri", url_path(text(finding.place.file))}}},
                                              {"region", {{"startLine", finding.place.line}}}}}}})},
                {"partialFingerprints",
                 {{"assayCheck/v1", fingerprint({finding.id, finding.case_name, finding.check, finding.client,
                                                 run_.target_name, finding.under_load ? "under load" : ""})}}}};
    if (finding.verdict == Verdict::waived)
      out["suppressions"] =
          Json::array({{{"kind", "external"}, {"status", "accepted"}, {"justification", text(finding.reason)}}});
    if (!finding.evidence.empty())
      if (const auto* exchange = find_exchange(run_, finding.evidence.back())) add_exchange(*exchange, out);
    out["properties"] = {{"check", text(finding.check, 200)},
                         {"case", text(finding.case_name, 200)},
                         {"client", text(finding.client, 200)},
                         {"evidence", finding.evidence}};
    return out;
  }

  Json headers_of(const HttpMessage& message) const {
    Json out = Json::object();
    for (const auto& [name, value] : message.headers)
      out[name] = out.contains(name) ? out[name].get<std::string>() + ", " + value : value;
    return out;
  }

  void add_exchange(const record::Exchange& exchange, Json& out) const {
    const auto request = http_message(redactor_, exchange.request),
               response = http_message(redactor_, exchange.response);
    if (!request.first.empty())
      out["webRequest"] = {{"protocol", "HTTP"},
                           {"version", "1.1"},
                           {"target", request.part(1)},
                           {"method", request.part(0)},
                           {"headers", headers_of(request)},
                           {"body", {{"text", request.body}}}};
    if (exchange.status == 0 || response.first.empty()) out["webResponse"] = {{"noResponseReceived", true}};
    else
      out["webResponse"] = {{"protocol", "HTTP"},
                            {"version", "1.1"},
                            {"statusCode", exchange.status},
                            {"reasonPhrase", response.part(2)},
                            {"headers", headers_of(response)},
                            {"body", {{"text", response.body}}}};
  }

  Json invocation() const {
    Json notes = Json::array();
    const auto note = [&](std::string_view level, const std::string& what) {
      notes.push_back({{"level", level}, {"message", message(what)}});
    };
    if (const auto broken_off = interruption(run_); !broken_off.empty()) note("error", broken_off);
    for (const auto& check : run_.preflight)
      if (check.verdict == Verdict::blocked) note("error", "preflight: " + check.name + ": " + check.seen);
    for (const auto& rule : run_.rules)
      if (unproven(rule.verdict))
        note("warning", fmt::format("{} {}: {}", rule.full_id(), word(rule.verdict), reason_of(rule)));
    for (const auto& waiver : run_.waivers)
      if (waiver.state != "active" && waiver.state != "unused") note("warning", waiver_words(waiver));
    if (run_.load && run_.load->trust == "invalid")
      note("error", fmt::format("the load is not to be believed: {}", fmt::join(run_.load->trust_reasons, ", ")));
    return {{"executionSuccessful", run_.result == "PASS" || run_.result == "FAIL"},
            {"exitCode", run_.exits.empty() ? 0 : run_.exits.front()},
            {"startTimeUtc", utc(run_.started)},
            {"endTimeUtc", utc(run_.started + std::chrono::duration_cast<record::WallTime::duration>(run_.took))},
            {"toolExecutionNotifications", std::move(notes)}};
  }

  static std::string utc(record::WallTime time) {
    auto out = day_and_time(time).substr(0, 19);
    out[10] = 'T';
    return out + "Z";
  }

  const record::Run& run_;
  const record::Redactor& redactor_;
  const std::vector<Finding> findings_ = findings(run_);
  Json descriptors_ = Json::array();
  std::map<std::string, std::size_t> index_;
  // Many findings may rest on one exchange, and redacting it takes time.
  mutable std::map<int, std::pair<HttpMessage, HttpMessage>> messages_;
};

}  // namespace

std::string sarif(const record::Run& run, const record::Redactor& redactor) { return Sarif(run, redactor).document(); }

}  // namespace assay::report
