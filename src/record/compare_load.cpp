#include "record/compare_load.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace assay::record {
namespace {

constexpr double kPercentiles[] = {50, 90, 99};

using Histograms = std::vector<std::pair<std::string, std::vector<const Histogram*>>>;

// The histograms of a side by step, in the order of the first run.
Histograms histograms_of(std::span<const Run> runs) {
  Histograms out;
  const auto add = [&](const std::string& name, const Histogram& one) {
    auto at = std::ranges::find(out, name, &Histograms::value_type::first);
    if (at == out.end()) at = out.insert(at, {name, {}});
    at->second.push_back(&one);
  };
  for (const auto& run : runs) {
    add("flow", run.load->flow_response);
    for (const auto& step : run.load->steps) add(step.name, step.service);
  }
  return out;
}

struct Side {
  std::uint64_t all = 0, low = 0, high = 0;
};

Side side_of(const std::vector<const Histogram*>& parts, double percentile) {
  Histogram sum;
  Side out;
  for (const auto* part : parts) {
    sum.merge(*part);
    const auto value = part->percentile(percentile);
    out.low = part == parts.front() ? value : std::min(out.low, value);
    out.high = std::max(out.high, value);
  }
  out.all = sum.percentile(percentile);
  return out;
}

std::string change_of(const Side& before, const Side& now) {
  const auto less = std::min(before.all, now.all), more = std::max(before.all, now.all);
  if (more - less <= kLeastTime || static_cast<double>(more - less) <= kLeastShare * static_cast<double>(before.all))
    return "";
  if (now.low > before.high) return "slower";
  return now.high < before.low ? "faster" : "";
}

// What of a side is wrong whatever its times are.
std::set<std::string> faults_of(std::span<const Run> runs) {
  std::set<std::string> out;
  for (const auto& run : runs) {
    for (const auto& [name, count] : run.load->violations) out.insert("broken under load: " + name);
    for (const auto& one : run.load->invariants)
      if (one.broken > 0 && one.waived.empty()) out.insert("broken under load: " + one.id + "#" + one.check);
    for (const auto& one : run.load->journeys)
      if (one.race && one.race->violations > 0) out.insert("broken in a race: " + one.rule);
    for (const auto& one : run.load->objectives)
      if (!one.met && one.waived.empty()) out.insert("objective missed: " + one.text);
  }
  return out;
}

void count(std::span<const Run> runs, std::uint64_t& failed, std::uint64_t& done) {
  for (const auto& run : runs) {
    failed += run.load->failed;
    done += run.load->done;
  }
}

}  // namespace

bool LoadComparison::regression() const {
  return !broken.empty() || std::ranges::any_of(rows, [](const LoadRow& row) { return row.change == "slower"; });
}

bool LoadComparison::anything() const {
  return !broken.empty() || !mended.empty() ||
         std::ranges::any_of(rows, [](const LoadRow& row) { return !row.change.empty(); });
}

LoadComparison compare_load(std::span<const Run> before, std::span<const Run> now) {
  LoadComparison out;
  out.runs_before = before.size();
  out.runs_now = now.size();
  out.enough = std::min(before.size(), now.size()) >= kRunsPerSide;
  const auto old_steps = histograms_of(before), new_steps = histograms_of(now);
  for (const auto& [name, parts] : old_steps) {
    const auto same = std::ranges::find(new_steps, name, &Histograms::value_type::first);
    if (same == new_steps.end()) continue;
    for (const double percentile : kPercentiles) {
      const auto was = side_of(parts, percentile), is = side_of(same->second, percentile);
      out.rows.push_back({name, percentile, was.all, was.low, was.high, is.all, is.low, is.high,
                          out.enough ? change_of(was, is) : ""});
    }
  }
  count(before, out.failed_before, out.done_before);
  count(now, out.failed_now, out.done_now);
  const auto old_faults = faults_of(before), new_faults = faults_of(now);
  std::ranges::set_difference(new_faults, old_faults, std::back_inserter(out.broken));
  std::ranges::set_difference(old_faults, new_faults, std::back_inserter(out.mended));
  if (out.failed_before == 0 && out.failed_now > 0) out.broken.emplace_back("flows fail");
  if (out.failed_before > 0 && out.failed_now == 0) out.mended.emplace_back("flows fail");
  return out;
}

std::string incomparable_load(const Run& one, const Run& other) {
  const auto& a = *one.load;
  const auto& b = *other.load;
  if (a.plan != b.plan || a.journey != b.journey) return "they are runs of different plans or journeys";
  if (a.model != b.model) return "one is of the open model, the other of the closed one";
  if (a.rate != b.rate) return "their rates differ";
  if (a.model == "closed" && a.users != b.users) return "their numbers of users differ";
  if (a.trust == "invalid" || b.trust == "invalid") return "in one of them the generator was the limit, not the server";
  return "";
}

}  // namespace assay::record
