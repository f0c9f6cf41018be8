// Reads one objective of a load plan: what is measured, over what, and which side of a limit it must be on.
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "rules/load_plan.hpp"

namespace assay::rules {
namespace {

using Metric = LoadObjective::Metric;

constexpr std::string_view kHowToWrite =
    "write one of: p99(token) < 250ms, p99.9 < 1s, mean < 20ms, errors < 0.1%, dropped < 1%, violations < 1, rate >= "
    "500, "
    "lateness p99 < 1ms";

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value) || value < 0)
    return std::nullopt;
  return value;
}

std::string quoted(std::string_view text) { return "\"" + base::printable(text, 60) + "\""; }

// "p99", "p99.9"
std::optional<double> percentile_of(std::string_view text) {
  if (!text.starts_with('p')) return std::nullopt;
  const auto value = number_of(text.substr(1));
  return value && *value > 0 && *value <= 100 ? value : std::nullopt;
}

// What is measured: all before the comparison sign.
std::optional<std::string> read_metric(std::string_view text, LoadObjective& out) {
  std::string_view name = text;
  if (const auto open = text.find('('); open != std::string_view::npos) {
    if (!text.ends_with(')')) return "in " + quoted(text) + " the \")\" is missing or not at the end";
    name = base::trim(text.substr(0, open));
    out.of = base::trim(text.substr(open + 1, text.size() - open - 2));
    if (out.of.empty()) return "between the parentheses of " + quoted(text) + " a step or a journey is missing";
    if (out.of == "flow") out.of.clear();
    const bool of_times = name == "mean" || name.starts_with('p');
    if (!of_times) return "only times are of a step: p99(...) or mean(...), not " + quoted(text);
  }
  if (const auto percentile = percentile_of(name)) {
    out.metric = Metric::percentile;
    out.percentile = *percentile;
    return std::nullopt;
  }
  if (name.starts_with("lateness")) {
    const auto percentile = percentile_of(base::trim(name.substr(8)));
    if (!percentile) return "lateness needs a percentile: \"lateness p99 < 1ms\"";
    out.metric = Metric::lateness;
    out.percentile = *percentile;
    return std::nullopt;
  }
  static const std::vector<std::string> names = {"mean", "errors", "dropped", "violations", "rate"};
  static constexpr Metric metrics[] = {Metric::mean, Metric::errors, Metric::dropped, Metric::violations, Metric::rate};
  for (std::size_t i = 0; i < names.size(); ++i)
    if (name == names[i]) {
      out.metric = metrics[i];
      return std::nullopt;
    }
  std::string message = "nothing is measured that is called " + quoted(name);
  if (const auto near = base::did_you_mean(name, names); !near.empty()) message += ", did you mean \"" + near + "\"?";
  return message;
}

std::optional<std::string> read_limit(std::string_view text, LoadObjective& out) {
  switch (out.metric) {
    case Metric::percentile:
    case Metric::mean:
    case Metric::lateness: {
      const auto value = base::parse_duration(text);
      if (!value || value->count() <= 0) return quoted(text) + " is not a duration above zero, such as 250ms";
      out.limit = static_cast<double>(value->count());
      return std::nullopt;
    }
    case Metric::errors:
    case Metric::dropped: {
      const bool percent = text.ends_with('%');
      const auto value = number_of(base::trim(percent ? text.substr(0, text.size() - 1) : text));
      const double fraction = value ? *value / (percent ? 100 : 1) : 0;
      if (!value || fraction <= 0 || fraction > 1)
        return quoted(text) + " is not a share of the flows, such as 0.1% or 0.001";
      out.limit = fraction;
      return std::nullopt;
    }
    case Metric::violations: {
      const auto value = number_of(text);
      if (!value || *value < 1 || *value != std::floor(*value))
        return quoted(text) + " is not a number of violations; write < 1 for none";
      out.limit = *value;
      return std::nullopt;
    }
    case Metric::rate: {
      const auto value = number_of(base::trim(text.ends_with("/s") ? text.substr(0, text.size() - 2) : text));
      if (!value || *value <= 0) return quoted(text) + " is not a number of flows per second above zero";
      out.limit = *value;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::expected<LoadObjective, std::string> parse_objective(std::string_view text) {
  LoadObjective out;
  out.text = base::trim(text);
  text = out.text;
  const auto fail = [&](const std::string& why) { return std::unexpected(why + "; " + std::string(kHowToWrite)); };
  const auto sign = text.find_first_of("<>=!");
  if (sign == std::string_view::npos) return fail("the objective " + quoted(text) + " compares nothing with a limit");
  auto after = sign;
  while (after < text.size() && std::string_view("<>=!").contains(text[after])) ++after;
  const auto comparison = text.substr(sign, after - sign);
  if (auto why = read_metric(base::trim(text.substr(0, sign)), out)) return fail(*why);
  const std::string_view wanted = out.metric == Metric::rate ? ">=" : "<";
  if (comparison != wanted)
    return fail(std::string(out.metric == Metric::rate ? "a rate must be >= its limit" : "this must be < its limit") +
                ", not " + quoted(comparison));
  out.at_least = out.metric == Metric::rate;
  if (auto why = read_limit(base::trim(text.substr(after)), out)) return fail(*why);
  return out;
}

}  // namespace assay::rules
