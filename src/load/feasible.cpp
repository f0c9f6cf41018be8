#include "load/feasible.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.hpp"

namespace assay::load {
namespace {

using rules::LoadModel;
using rules::LoadPlan;
using rules::Verb;

double seconds(std::chrono::nanoseconds duration) { return std::chrono::duration<double>(duration).count(); }

// "5/s", "0.25/s"
std::string rate_text(double rate) { return fmt::format("{:.4g}/s", rate); }

double weights(const LoadPlan& plan) {
  double sum = 0;
  for (const auto& journey : plan.journeys) sum += journey.weight;
  return sum;
}

bool signs_in(const rules::Rule& rule) {
  const auto authorizes = [](const rules::Step& step) { return step.verb == Verb::authorize; };
  return std::ranges::any_of(rule.arrange, authorizes) || std::ranges::any_of(rule.act, authorizes);
}

// Whether what it prepares is a code: that of its last sign-in was not redeemed yet.
bool prepares_a_code(const rules::Rule& rule) {
  bool code = false;
  for (const auto& step : rule.arrange) {
    if (step.verb == Verb::authorize) code = true;
    else if (step.verb == Verb::token) code = false;
  }
  return code;
}

void pools(const LoadPlan& plan, std::span<const rules::Rule* const> rules, const rules::Target& target,
           std::vector<std::string>& out) {
  const double sum = weights(plan), peak = highest_rate(plan);
  double least = peak;
  for (const auto& stage : plan.stages) least = std::min({least, stage.from, stage.to});
  for (std::size_t i = 0; i < plan.journeys.size(); ++i) {
    const auto& journey = plan.journeys[i];
    if (!journey.act_only || !prepares_a_code(*rules[i])) continue;
    if (journey.keep) {
      out.push_back(
          fmt::format("{} prepares a code, which its first flow uses up: it cannot be kept (\"keep\")", journey.rule));
      continue;
    }
    const double share = journey.weight / sum, rate = least * share, lifetime = seconds(target.code_lifetime);
    if (journey.pool == 0 || rate <= 0 || journey.pool / rate <= lifetime) continue;
    out.push_back(
        fmt::format("the pool of {} is too large: {} prepared codes at {} last {:.0f} s, and codes live for {:.0f} s "
                    "(settings.code_lifetime); a pool of {:.0f} would do",
                    journey.rule, journey.pool, rate_text(rate), journey.pool / rate, lifetime,
                    std::max(1.0, std::floor(rate * lifetime / 2))));
  }
}

}  // namespace

double highest_rate(const LoadPlan& plan) {
  double out = 0;
  if (plan.model == LoadModel::open)
    for (const auto& stage : plan.stages) out = std::max({out, stage.from, stage.to});
  return out;
}

unsigned pool_of(const LoadPlan& plan, const rules::LoadJourney& journey) {
  if (journey.pool > 0) return journey.pool;
  if (plan.model == LoadModel::closed) return plan.users;
  return static_cast<unsigned>(std::min(1e6, highest_rate(plan) * journey.weight / weights(plan) + 1));
}

std::vector<std::string> impossible(const LoadPlan& plan, std::span<const rules::Rule* const> rules,
                                    const rules::Target& target) {
  std::vector<std::string> out;
  const auto driver = target.login.driver;
  const bool by_another = driver == rules::LoginDriver::browser || driver == rules::LoginDriver::command ||
                          driver == rules::LoginDriver::manual;
  if (by_another && std::ranges::any_of(rules, [](const auto* rule) { return signs_in(*rule); }))
    out.push_back(fmt::format(
        "flows that sign in cannot be run as load with the login driver \"{}\": {}. Use \"form\", \"steps\" or "
        "\"cookie\", or journeys without a login, such as client-credentials/success, and --beside none",
        to_string(driver),
        driver == rules::LoginDriver::manual    ? "nobody logs in that often"
        : driver == rules::LoginDriver::browser ? "it would measure how fast Chromium is, not the server"
                                                : "it would measure how fast the program starts, not the server"));
  const bool anybody = !target.users.empty() || target.user_pool;
  for (std::size_t i = 0; i < rules.size() && !anybody; ++i)
    if (i < plan.journeys.size() && signs_in(*rules[i])) {
      const double rate = highest_rate(plan) * plan.journeys[i].weight / weights(plan);
      out.push_back(fmt::format("{} signs users in{}, and the target file has none: add \"users\" or \"user_pool\"",
                                rules[i]->full_id(), rate > 0 ? ", " + rate_text(rate) : ""));
    }
  if (anybody) pools(plan, rules, target, out);
  for (const auto& objective : plan.objectives)
    if (objective.window && *objective.window > plan.duration)
      out.push_back(fmt::format("the window of \"{}\" is {}, and the measurement takes {}: there would be no whole one",
                                objective.text, base::format_duration(*objective.window),
                                base::format_duration(plan.duration)));
  if (highest_rate(plan) > 0) {
    double flows = 0;
    for (const auto& stage : plan.stages) flows += (stage.from + stage.to) / 2 * seconds(stage.duration);
    if (flows < 1)
      out.push_back(fmt::format("this plan has no flow: {:.3g} are due in {}; a higher rate or a longer run is needed",
                                flows, base::format_duration(plan.duration)));
  }
  return out;
}

std::vector<std::string> impossible_after_trial(const LoadPlan& plan, std::span<const Trial> trials) {
  std::vector<std::string> out;
  const double sum = weights(plan), peak = highest_rate(plan);
  for (std::size_t i = 0; i < plan.journeys.size(); ++i) {
    const auto& journey = plan.journeys[i];
    const auto& trial = trials[i];
    const auto took = journey.act_only ? trial.act_took : trial.took;
    if (took > plan.warm_up + plan.duration + plan.drain)
      out.push_back(fmt::format("no flow of {} would end: one took {}, and the run takes {}", journey.rule,
                                base::format_duration(took),
                                base::format_duration(plan.warm_up + plan.duration + plan.drain)));
    if (!journey.keep || journey.pool == 0) continue;
    // Flows of the run may well be twice as quick as the first one of all.
    const double rate = peak * journey.weight / sum, at_once = rate * seconds(trial.act_took);
    if (at_once / 2 > journey.pool)
      out.push_back(
          fmt::format("the pool of {} is too small: {} x {} = {:.0f} flows at once, and {} are prepared; use a pool of "
                      "{:.0f} or a lower rate",
                      journey.rule, rate_text(rate), base::format_duration(trial.act_took), std::ceil(at_once),
                      journey.pool, std::ceil(at_once * 2)));
  }
  return out;
}

std::string futile(const LoadPlan& plan) {
  std::string out;
  if (plan.model != LoadModel::open) return out;
  double flows = 0;
  for (const auto& stage : plan.stages) flows += (stage.from + stage.to) / 2 * seconds(stage.duration);
  for (const auto& one : plan.beside)
    if (flows * one.share < 1)
      out += fmt::format("{}{} ({:.0f} flows x {:.4g} % = {:.2g})", out.empty() ? "hardly runs beside: " : ", ",
                         one.rule, flows, one.share * 100, flows * one.share);
  return out;
}

double requests_per_flow(const LoadPlan& plan, std::span<const Trial> trials) {
  const double sum = weights(plan);
  double out = 0;
  for (std::size_t i = 0; i < plan.journeys.size(); ++i) {
    const auto& journey = plan.journeys[i];
    const auto requests = journey.keep ? trials[i].act_requests : trials[i].requests;
    out += journey.weight / sum * static_cast<double>(std::max<std::size_t>(1, requests));
  }
  for (std::size_t i = 0; i < plan.beside.size(); ++i)
    out += plan.beside[i].share * static_cast<double>(trials[plan.journeys.size() + i].requests);
  return out;
}

}  // namespace assay::load
