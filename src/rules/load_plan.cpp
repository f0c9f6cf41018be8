// Reads a load plan. Whether its rules exist and can be journeys is said in load_plan_check.cpp.
#include "rules/load_plan.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "rules/selection_files.hpp"

namespace assay::rules {
namespace {

constexpr std::string_view kModels[] = {"open", "closed"};
constexpr std::string_view kArrivals[] = {"constant", "poisson"};
constexpr std::string_view kMeasures[] = {"all", "act"};
constexpr std::string_view kConnections[] = {"keep-alive", "per-flow", "per-request"};
constexpr std::string_view kLogins[] = {"every-flow", "once"};
constexpr std::chrono::hours kLongestPlan{24};

class PlanReader {
 public:
  explicit PlanReader(const Node& root) : root_(root) {}

  LoadPlan read() {
    root_.expect_members({"$schema", "id", "title", "story", "model", "arrivals", "stages", "users", "duration",
                          "warm_up", "drain", "journeys", "beside", "objectives", "connections", "tls_resumption",
                          "login"});
    if (!root_.is_object()) return {};
    plan_.path = root_.document().file;
    plan_.fresh_login = true;  // as in `check`
    plan_.id = text_of(root_, "id");
    plan_.title = text_of(root_, "title");
    plan_.story = text_of(root_, "story");
    const auto stem = plan_.path.substr(plan_.path.rfind('/') + 1);
    if (!plan_.id.empty() && stem != plan_.id + ".jsonc")
      root_.member("id")->problem("the id \"" + plan_.id + "\" is not the file's name \"" + stem + "\"",
                                  "they must agree");
    if (const auto word = one_of("model", kModels)) plan_.model = static_cast<LoadModel>(*word);
    if (plan_.model == LoadModel::open) open_model();
    else closed_model();
    duration("warm_up", plan_.warm_up, true);
    duration("drain", plan_.drain, true);
    if (plan_.duration + plan_.warm_up + plan_.drain > kLongestPlan)
      root_.problem("the plan takes longer than a day", "cut it into several runs");
    journeys();
    beside();
    objectives();
    if (const auto word = one_of("connections", kConnections)) plan_.connections = static_cast<ConnectionPolicy>(*word);
    if (const auto node = root_.member("tls_resumption")) plan_.tls_resumption = node->boolean().value_or(true);
    if (const auto word = one_of("login", kLogins)) plan_.fresh_login = *word == 0;
    return std::move(plan_);
  }

 private:
  std::optional<std::size_t> one_of(std::string_view name, std::span<const std::string_view> words) {
    const auto node = root_.member(name);
    return node ? node->word(words, name) : std::nullopt;
  }

  void duration(std::string_view name, std::chrono::nanoseconds& out, bool may_be_nothing) {
    const auto node = root_.member(name);
    if (!node) return;
    const auto value = node->duration();
    if (value && (value->count() > 0 || may_be_nothing)) out = *value;
    else if (value) node->problem("this must be longer than nothing");
  }

  void not_in_this_model(std::initializer_list<std::string_view> names, const std::string& why) {
    for (const auto name : names)
      if (const auto node = root_.member(name)) node->problem("\"" + std::string(name) + "\" " + why, "", true);
  }

  std::optional<double> number(const Node& node, double least, double most, bool may_be_least,
                               const std::string& what) {
    const auto& json = node.json();
    const double value = json.is_number() ? json.get<double>() : -1;
    if (json.is_number() && (value > least || (may_be_least && value == least)) && value <= most) return value;
    node.problem(what);
    return std::nullopt;
  }

  void open_model() {
    not_in_this_model({"users", "duration"}, "belongs to the closed model; in the open model, stages say how long");
    const auto stages = root_.required("stages");
    if (!stages) return;
    const auto list = stages->elements();
    if (stages->is_array() && list.empty()) stages->problem("a plan has at least one stage");
    for (const auto& node : list) {
      if (!node.expect_members({"rate", "from", "to", "for"}) && !node.is_object()) continue;
      LoadStage stage;
      const auto rate = [&](const Node& member, bool may_be_zero) {
        return number(member, 0, kMostRate, may_be_zero, "a number of flows per second up to 1000000 is needed here")
            .value_or(1);
      };
      if (const auto steady = node.member("rate")) {
        stage.from = stage.to = rate(*steady, false);
        if (node.has("from") || node.has("to")) node.problem("a stage has either \"rate\", or \"from\" and \"to\"");
      } else if (!node.has("from") && !node.has("to")) {
        node.problem("a stage needs \"rate\", or \"from\" and \"to\"");
      } else {
        if (const auto from = node.required("from")) stage.from = rate(*from, true);
        if (const auto to = node.required("to")) stage.to = rate(*to, true);
        if (node.has("from") && node.has("to") && stage.from + stage.to <= 0)
          node.problem("a stage from 0 to 0 has no arrivals");
      }
      if (const auto length = node.required("for"))
        if (const auto value = length->duration()) {
          stage.duration = *value;
          if (value->count() <= 0) length->problem("this must be longer than nothing");
        }
      plan_.duration += stage.duration;
      plan_.stages.push_back(stage);
    }
    if (const auto word = one_of("arrivals", kArrivals)) plan_.arrivals = static_cast<ArrivalProcess>(*word);
  }

  void closed_model() {
    not_in_this_model({"stages", "arrivals"},
                      "belongs to the open model; here, users start a flow when their last has ended");
    if (const auto users = root_.required("users"))
      if (const auto value = users->integer()) {
        if (*value >= 1 && *value <= kMostLoadUsers) plan_.users = static_cast<unsigned>(*value);
        else users->problem("a number of users from 1 to " + std::to_string(kMostLoadUsers) + " is needed here");
      }
    if (root_.required("duration")) duration("duration", plan_.duration, false);
  }

  void journeys() {
    const auto node = root_.required("journeys");
    if (!node) return;
    const auto list = node->elements();
    if (node->is_array() && list.empty()) node->problem("a plan has at least one journey");
    for (const auto& one : list) {
      if (!one.expect_members({"rule", "weight", "measure", "pool", "keep"}) && !one.is_object()) continue;
      LoadJourney journey;
      journey.rule = text_of(one, "rule");
      if (const auto weight = one.member("weight"))
        journey.weight = number(*weight, 0, 1e6, false, "a weight is a number above zero").value_or(1);
      if (const auto measure = one.member("measure"))
        if (const auto word = measure->word(kMeasures, "measure")) journey.act_only = *word == 1;
      for (const auto* name : {"pool", "keep"})
        if (const auto member = one.member(name); member && !journey.act_only)
          member->problem("\"" + std::string(name) + "\" needs \"measure\": \"act\"", "without it, nothing is prepared",
                          true);
      if (const auto pool = one.member("pool"))
        if (const auto value = pool->integer()) {
          if (*value >= 1 && *value <= kMostPool) journey.pool = static_cast<unsigned>(*value);
          else pool->problem("a number from 1 to " + std::to_string(kMostPool) + " is needed here");
        }
      if (const auto keep = one.member("keep")) journey.keep = keep->boolean().value_or(false);
      plan_.journeys.push_back(std::move(journey));
    }
  }

  void beside() {
    const auto node = root_.member("beside");
    if (!node) return;
    for (const auto& one : node->elements()) {
      if (!one.expect_members({"rule", "share"}) && !one.is_object()) continue;
      LoadBeside beside;
      beside.rule = text_of(one, "rule");
      if (const auto share = one.required("share")) {
        const auto value = share->is_string()          ? parse_share(share->json().get<std::string>())
                           : share->json().is_number() ? parse_share(share->json().dump())
                                                       : std::nullopt;
        if (value) beside.share = *value;
        else share->problem("the share is not between 0 and 1", "write 0.01 or \"1%\" for one in a hundred flows");
      }
      plan_.beside.push_back(std::move(beside));
    }
  }

  void objectives() {
    const auto node = root_.member("objectives");
    if (!node) return;
    for (const auto& one : node->elements()) {
      std::optional<Node> text = one;
      if (!one.is_string()) {
        if (!one.is_object()) {
          one.problem("an objective is a string, or an object with \"objective\"");
          continue;
        }
        one.expect_members({"objective", "window", "abort"});
        text = one.required("objective");
      }
      const auto words = text ? text->string() : std::nullopt;
      if (!words) continue;
      auto objective = parse_objective(*words);
      if (!objective) {
        text->problem(objective.error());
        continue;
      }
      if (const auto window = one.member("window"))
        if (const auto value = window->duration()) {
          objective->window = *value;
          if (*value < std::chrono::seconds(1)) window->problem("a window is at least a second long");
        }
      if (const auto abort = one.member("abort")) {
        objective->abort = abort->boolean().value_or(false);
        if (objective->abort && !one.has("window"))
          abort->problem("only an objective with a \"window\" can end the run", "", true);
      }
      plan_.objectives.push_back(*std::move(objective));
    }
  }

  Node root_;
  LoadPlan plan_;
};

}  // namespace

std::optional<double> parse_share(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (percent) value /= 100;
  if (error != std::errc() || end != text.data() + text.size() || !(value > 0) || value > 1) return std::nullopt;
  return value;
}

std::expected<LoadPlan, base::Diagnostics> load_plan(const SourceFile& file) {
  base::Diagnostics problems;
  Json tree;
  Document document{file.path, {}, problems};
  if (!parse(file, document, tree, problems)) return std::unexpected(std::move(problems));
  const Node root(document, tree, "");
  LoadPlan plan = PlanReader(root).read();
  if (!problems.empty()) return std::unexpected(std::move(problems));
  return plan;
}

}  // namespace assay::rules
