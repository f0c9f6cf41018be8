#include "cli/load_plan_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "base/file.hpp"
#include "base/text.hpp"

namespace assay::cli {
namespace {

using rules::LoadModel;
using rules::LoadPlan;

constexpr std::chrono::seconds kUsualDuration{10};
constexpr unsigned kUsualUsers = 16;
constexpr const char* kUsualJourney = "client-credentials/success";

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "RULE=X": what is before and after the last "="; without one, `rest` is empty.
std::string cut_at_equals(const std::string& text, std::string& rest) {
  const auto at = text.rfind('=');
  rest = at == std::string::npos ? "" : text.substr(at + 1);
  return text.substr(0, at);
}

class PlanFromOptions {
 public:
  PlanFromOptions(const Options& options, const rules::Library& library) : options_(options), library_(library) {}

  std::expected<LoadPlan, Stop> make() {
    if (const auto stop = begin()) return std::unexpected(*stop);
    arrivals();
    rules();
    objectives();
    conduct();
    if (problems_.empty())
      for (const auto& found : rules::check_load_plan(plan_, library_))
        problem(found.message + (found.hint.empty() ? "" : "; " + found.hint));
    if (problems_.empty()) return std::move(plan_);
    std::string message;
    for (const auto& one : problems_) message += (message.empty() ? "" : "\n") + one;
    return std::unexpected(Stop{kUsage, message});
  }

 private:
  void problem(std::string text) { problems_.push_back(std::move(text)); }

  std::optional<std::chrono::nanoseconds> duration(const char* option, const std::string& text, bool may_be_nothing) {
    if (text.empty()) return std::nullopt;
    const auto value = base::parse_duration(text);
    if (value && (value->count() > 0 || may_be_nothing)) return value;
    problem(fmt::format("{} {} is not a duration{}; write 10s, 2m, 500ms", option, base::printable(text, 40),
                        may_be_nothing ? "" : " longer than nothing"));
    return std::nullopt;
  }

  // The plan that everything starts from.
  std::optional<Stop> begin() {
    plan_.fresh_login = true;
    plan_.model = LoadModel::closed;
    plan_.users = kUsualUsers;
    plan_.duration = kUsualDuration;
    plan_.journeys = {{.rule = kUsualJourney}};
    if (options_.plan.empty()) return std::nullopt;
    if (const auto found = library_.plans.find(options_.plan); found != library_.plans.end()) {
      plan_ = found->second;
      return std::nullopt;
    }
    std::error_code error;
    if (!options_.plan.contains('/') && !options_.plan.ends_with(".jsonc") &&
        !std::filesystem::exists(options_.plan, error)) {
      std::vector<std::string> names;
      for (const auto& [id, plan] : library_.plans) names.push_back(id);
      return Stop{kUsage, "there is no plan \"" + base::printable(options_.plan, 60) + "\"; " +
                              rules::suggestion(options_.plan, names) + " (assay load --list)"};
    }
    const auto content = base::read_file(options_.plan, 1u << 20);
    if (!content) return Stop{kUsage, content.error().doing};
    const rules::SourceFile file{options_.plan, *content};
    auto plan = rules::load_plan(file);
    base::Diagnostics problems = plan ? base::Diagnostics{} : plan.error();
    if (plan) rules::report_plan_problems(file, rules::check_load_plan(*plan, library_), problems);
    if (problems.empty()) {
      plan_ = *std::move(plan);
      return std::nullopt;
    }
    std::string message;
    for (const auto& one : problems) message += base::to_string(one) + "\n";
    return Stop{kUsage, message + base::plural(problems.size(), "problem") + "; nothing was sent"};
  }

  std::optional<rules::LoadStage> stage(const std::string& text) {
    const auto colon = text.rfind(':');
    const auto dots = text.find("..");
    const auto rates = std::string_view(text).substr(0, colon);
    const auto from = number_of(rates.substr(0, std::min(dots, rates.size())));
    const auto to = dots < rates.size() ? number_of(rates.substr(dots + 2)) : from;
    const auto length = colon == std::string::npos ? std::nullopt : base::parse_duration(text.substr(colon + 1));
    const auto is_rate = [](const auto& rate) { return rate && *rate >= 0 && *rate <= rules::kMostRate; };
    if (length && length->count() > 0 && is_rate(from) && is_rate(to) && *from + *to > 0)
      return rules::LoadStage{*from, *to, *length};
    problem("--stage " + base::printable(text, 40) +
            " is not a stage; write RATE:TIME or FROM..TO:TIME, such as 100:30s or 100..400:30s");
    return std::nullopt;
  }

  void arrivals() {
    const auto length = duration("--duration", options_.duration, false);
    if (!options_.stages.empty()) {
      plan_.model = LoadModel::open;
      plan_.stages.clear();
      for (const auto& text : options_.stages)
        if (const auto one = stage(text)) plan_.stages.push_back(*one);
    } else if (options_.users > 0) {
      plan_.model = LoadModel::closed;
      plan_.users = options_.users;
      plan_.stages.clear();
      if (length) plan_.duration = *length;
    } else if (options_.rate > 0) {
      plan_.model = LoadModel::open;
      plan_.stages = {{options_.rate, options_.rate, length.value_or(plan_.duration)}};
    } else if (length) {  // the stages are stretched
      const double factor = static_cast<double>(length->count()) / static_cast<double>(plan_.duration.count());
      for (auto& one : plan_.stages)
        one.duration = std::chrono::nanoseconds(std::llround(static_cast<double>(one.duration.count()) * factor));
      plan_.duration = *length;
    }
    if (plan_.model == LoadModel::open) {
      plan_.users = 0;
      plan_.duration = {};
      for (const auto& one : plan_.stages) plan_.duration += one.duration;
      if (options_.poisson)
        plan_.arrivals = *options_.poisson ? rules::ArrivalProcess::poisson : rules::ArrivalProcess::constant;
    } else if (options_.poisson) {
      problem("--poisson is about arrivals, and in the closed model nobody arrives; use --rate or --stage");
    }
    if (const auto value = duration("--warm-up", options_.warm_up, true)) plan_.warm_up = *value;
    if (const auto value = duration("--drain", options_.drain, true)) plan_.drain = *value;
    if (plan_.duration + plan_.warm_up + plan_.drain > std::chrono::hours(24))
      problem("the plan takes longer than a day; cut it into several runs");
  }

  void rules() {
    std::string rest;
    if (!options_.journeys.empty()) plan_.journeys.clear();
    for (const auto& text : options_.journeys) {
      auto& journey = plan_.journeys.emplace_back();
      journey.rule = cut_at_equals(text, rest);
      const auto weight = rest.empty() && !text.ends_with('=') ? 1 : number_of(rest);
      if (weight && *weight > 0 && *weight <= 1e6) journey.weight = *weight;
      else problem("--journey " + base::printable(text, 60) + ": a weight is a number above zero, as in pkce/s256=3");
    }
    for (auto& journey : plan_.journeys) {
      if (!options_.measure.empty()) journey.act_only = options_.measure != "all";
      if (!journey.act_only) {
        journey.keep = false;
        journey.pool = 0;
        continue;
      }
      if (!options_.measure.empty()) journey.keep = options_.measure == "act-kept";
      if (options_.pool > 0) journey.pool = options_.pool;
    }
    const auto prepares = [](const rules::LoadJourney& journey) { return journey.act_only; };
    if (options_.pool > 0 && std::ranges::none_of(plan_.journeys, prepares))
      problem("--pool is about prepared flows, and this plan prepares none; add --measure act");
    if (!options_.beside.empty()) plan_.beside.clear();
    for (const auto& text : options_.beside) {
      if (text == "none") {  // neither what the plan has, nor what was named before
        plan_.beside.clear();
        continue;
      }
      auto& beside = plan_.beside.emplace_back();
      beside.rule = cut_at_equals(text, rest);
      if (const auto share = rules::parse_share(rest)) beside.share = *share;
      else
        problem("--beside " + base::printable(text, 60) +
                ": the share is missing or not between 0 and 1; write RULE=1% or RULE=0.01");
    }
  }

  void objectives() {
    if (!options_.objectives.empty()) plan_.objectives.clear();
    for (const auto& text : options_.objectives) {
      auto objective = rules::parse_objective(text);
      if (objective) plan_.objectives.push_back(*std::move(objective));
      else problem("--objective: " + objective.error());
    }
    const auto window = duration("--window", options_.window, false);
    if (window && *window < std::chrono::seconds(1))
      problem("--window " + options_.window + ": a window is at least a second long");
    if ((window || options_.abort_on_fail) && plan_.objectives.empty())
      problem(std::string(window ? "--window" : "--abort-on-fail") +
              " is about objectives, and there are none; add --objective");
    for (auto& objective : plan_.objectives) {
      if (window) objective.window = *window;
      if (!options_.abort_on_fail) continue;
      objective.abort = objective.window.has_value();
    }
    if (options_.abort_on_fail && !plan_.objectives.empty() &&
        std::ranges::none_of(plan_.objectives, [](const auto& one) { return one.abort; }))
      problem("--abort-on-fail needs objectives with a window; add --window 10s");
  }

  void conduct() {
    if (options_.connections == "keep-alive") plan_.connections = rules::ConnectionPolicy::keep_alive;
    else if (options_.connections == "per-flow") plan_.connections = rules::ConnectionPolicy::per_flow;
    else if (options_.connections == "per-request") plan_.connections = rules::ConnectionPolicy::per_request;
    if (options_.no_tls_resumption) plan_.tls_resumption = false;
    if (!options_.load_login.empty()) plan_.fresh_login = options_.load_login == "every-flow";
  }

  const Options& options_;
  const rules::Library& library_;
  LoadPlan plan_;
  std::vector<std::string> problems_;
};

}  // namespace

std::expected<LoadPlan, Stop> plan_of(const Options& options, const rules::Library& library) {
  return PlanFromOptions(options, library).make();
}

std::string list_of_plans(const rules::Library& library) {
  std::string out = "Plans (--plan NAME; every part of them is an option, too)\n";
  for (const auto& [id, plan] : library.plans) {
    double peak = 0;
    for (const auto& stage : plan.stages) peak = std::max({peak, stage.from, stage.to});
    const std::string size =
        plan.model == LoadModel::closed
            ? base::plural(plan.users, "user")
            : fmt::format("{}{:.4g}/s",
                          plan.stages.size() > 1 || plan.stages[0].from < plan.stages[0].to ? "up to " : "", peak);
    out += fmt::format("  {:<15} {}\n  {:<15} {} for {}; {}", id, plan.title, "", size,
                       base::format_duration(plan.duration), base::plural(plan.journeys.size(), "journey"));
    if (!plan.beside.empty()) out += fmt::format(", {} beside", base::plural(plan.beside.size(), "rule"));
    out += "\n";
  }
  std::string journeys;
  for (const auto& rule : library.rules)
    if (rule.has_tag("journey")) journeys += (journeys.empty() ? "" : ", ") + rule.full_id();
  return out + "\nWithout a plan, a rule: --journey " + journeys + ",\nor any other without races and waits.\n";
}

}  // namespace assay::cli
