#include "record/merge_runs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "record/run_json.hpp"

namespace assay::record {
namespace {

constexpr std::string_view kLabel = "‹";

// Calls `found(kind, number, begin of the number, its end)` for each label with a number.
void each_label(const std::string& text,
                const std::function<void(std::string_view, unsigned long, std::size_t, std::size_t)>& found) {
  for (auto at = text.find(kLabel); at != std::string::npos; at = text.find(kLabel, at + kLabel.size())) {
    const auto begin = at + kLabel.size();
    auto hash = begin;
    while (hash < text.size() && hash - begin < 40 &&
           (std::isalnum(static_cast<unsigned char>(text[hash])) || text[hash] == '-' || text[hash] == '_'))
      ++hash;
    auto end = hash + 1;
    while (end < text.size() && end - hash < 10 && text[end] >= '0' && text[end] <= '9') ++end;
    if (hash >= text.size() || text[hash] != '#' || end == hash + 1) continue;
    found(std::string_view(text).substr(begin, hash - begin), std::strtoul(text.c_str() + hash + 1, nullptr, 10),
          hash + 1, end);
  }
}

void add(std::map<std::string, std::uint64_t>& into, const std::map<std::string, std::uint64_t>& from) {
  for (const auto& [name, count] : from) into[name] += count;
}

void add(std::vector<StepTimes>& into, const std::vector<StepTimes>& from) {
  for (const auto& step : from) {
    const auto same = std::ranges::find(into, step.name, &StepTimes::name);
    if (same == into.end()) {
      into.push_back(step);
      continue;
    }
    same->done += step.done;
    same->failed += step.failed;
    same->service.merge(step.service);
  }
}

void add(std::optional<Race>& into, const std::optional<Race>& from) {
  if (!from) return;
  if (!into) {
    into = from;
    return;
  }
  into->planned += from->planned;
  if (into->ended != from->ended)
    into->ended += into->ended.empty() || from->ended.empty() ? from->ended : ", " + from->ended;
  add_outcomes(*into, *from);
  std::ranges::sort(into->copies);
}

void add(std::vector<LoadJourney>& into, const std::vector<LoadJourney>& from) {
  for (std::size_t i = 0; i < from.size() && i < into.size(); ++i) {
    auto& sum = into[i];
    const auto& one = from[i];
    sum.planned += one.planned;
    sum.started += one.started;
    sum.done += one.done;
    sum.failed += one.failed;
    sum.dropped += one.dropped;
    sum.inconclusive += one.inconclusive;
    sum.response.merge(one.response);
    sum.service.merge(one.service);
    add(sum.steps, one.steps);
    for (std::size_t k = 0; k < sum.checks.size() && k < one.checks.size(); ++k) {
      sum.checks[k].held += one.checks[k].held;
      sum.checks[k].broken += one.checks[k].broken;
      sum.checks[k].unknown += one.checks[k].unknown;
    }
    add(sum.race, one.race);
  }
}

void add(std::vector<LoadSecond>& into, const std::vector<LoadSecond>& from) {
  if (into.size() < from.size()) into.resize(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    auto& sum = into[i];
    const auto& one = from[i];
    sum.planned += one.planned;
    sum.started += one.started;
    sum.done += one.done;
    sum.failed += one.failed;
    sum.violations += one.violations;
    sum.in_flight += one.in_flight;
    sum.p50_ns = std::max(sum.p50_ns, one.p50_ns);
    sum.p90_ns = std::max(sum.p90_ns, one.p90_ns);
    sum.p99_ns = std::max(sum.p99_ns, one.p99_ns);
    sum.late_p99_ns = std::max(sum.late_p99_ns, one.late_p99_ns);
  }
}

void add(std::vector<Invariant>& into, const std::vector<Invariant>& from) {
  for (const auto& one : from) {
    const auto same = std::ranges::find_if(
        into, [&](const Invariant& other) { return other.id == one.id && other.check == one.check; });
    if (same == into.end()) {
      into.push_back(one);
      continue;
    }
    if (same->not_judged.empty() != one.not_judged.empty()) same->not_judged.clear();  // one of them could judge it
    if (one.broken > 0 && same->broken == 0) same->finding = one.finding, same->waived = one.waived;
    if (one.broken > 0 && one.waived.empty()) same->waived.clear();
    same->held += one.held;
    same->broken += one.broken;
    if (same->finding.empty()) same->finding = one.finding;
    same->evidence.insert(same->evidence.end(), one.evidence.begin(), one.evidence.end());
  }
}

void add(std::vector<Objective>& into, const std::vector<Objective>& from) {
  for (const auto& one : from) {
    const auto same = std::ranges::find(into, one.text, &Objective::text);
    if (same == into.end()) {
      into.push_back(one);
      continue;
    }
    if (!same->met && !one.met && one.waived.empty()) same->waived.clear();
    if (same->met && !one.met) *same = {one.text, false, one.actual, same->aborted, one.window, one.waived};
    same->aborted = same->aborted || one.aborted;
  }
}

void add(Generator& into, const Generator& from) {
  into.worker_cpu.insert(into.worker_cpu.end(), from.worker_cpu.begin(), from.worker_cpu.end());
  into.machine_steal = std::max(into.machine_steal, from.machine_steal);
  into.machine_busy = std::max(into.machine_busy, from.machine_busy);
  into.others_busy = std::max(into.others_busy, from.others_busy);
  into.most_descriptors = std::max(into.most_descriptors, from.most_descriptors);
  into.descriptor_limit = into.descriptor_limit == 0 || from.descriptor_limit == 0
                              ? std::max(into.descriptor_limit, from.descriptor_limit)
                              : std::min(into.descriptor_limit, from.descriptor_limit);
  into.most_ports = std::max(into.most_ports, from.most_ports);
  into.port_range = into.port_range == 0 || from.port_range == 0 ? std::max(into.port_range, from.port_range)
                                                                 : std::min(into.port_range, from.port_range);
  into.connections += from.connections;
}

void add(Load& into, const Load& from) {
  into.parts += from.parts;
  into.rate += from.rate;
  into.users += from.users;
  into.workers += from.workers;
  into.measured_duration = std::max(into.measured_duration, from.measured_duration);
  into.planned += from.planned;
  into.started += from.started;
  into.done += from.done;
  into.failed += from.failed;
  into.dropped += from.dropped;
  into.cut_off += from.cut_off;
  into.requests += from.requests;
  into.cpu_seconds += from.cpu_seconds;
  into.flow_response.merge(from.flow_response);
  into.flow_service.merge(from.flow_service);
  into.lateness.merge(from.lateness);
  into.queue_wait.merge(from.queue_wait);
  add(into.steps, from.steps);
  add(into.seconds, from.seconds);
  add(into.journeys, from.journeys);
  add(into.invariants, from.invariants);
  add(into.objectives, from.objectives);
  add(into.generator, from.generator);
  add(into.errors, from.errors);
  add(into.violations, from.violations);
  into.examples.insert(into.examples.end(), from.examples.begin(), from.examples.end());
  const auto distrust = [](const std::string& trust) { return trust == "valid" ? 0 : trust == "suspect" ? 1 : 2; };
  if (distrust(from.trust) > distrust(into.trust)) into.trust = from.trust;
  for (const auto& reason : from.trust_reasons)
    if (std::ranges::find(into.trust_reasons, reason) == into.trust_reasons.end()) into.trust_reasons.push_back(reason);
  for (const auto& doubt : from.doubts)
    if (std::ranges::find(into.doubts, doubt.what, &Doubt::what) == into.doubts.end()) into.doubts.push_back(doubt);
}

// Exchange ids of a document that comes after one which used ids up to `last`.
void number_after(int last, Run& run) {
  const auto all = [&](std::vector<int>& ids) {
    for (auto& id : ids) id += last;
  };
  for (auto& exchange : run.exchanges) exchange.id += last;
  for (auto& check : run.preflight) all(check.evidence);
  for (auto& rule : run.rules) {
    all(rule.exchanges);
    for (auto& check : rule.checks) all(check.evidence);
  }
  for (auto& invariant : run.load->invariants) all(invariant.evidence);
  for (auto& example : run.load->examples) all(example.evidence);
}

}  // namespace

std::string with_labels_after(const std::string& a, const std::string& b) {
  std::map<std::string, unsigned long, std::less<>> last;
  each_label(a, [&](std::string_view kind, unsigned long number, std::size_t, std::size_t) {
    auto& most = last[std::string(kind)];
    most = std::max(most, number);
  });
  std::string out;
  std::size_t copied = 0;
  each_label(b, [&](std::string_view kind, unsigned long number, std::size_t begin, std::size_t end) {
    const auto most = last.find(kind);
    out += b.substr(copied, begin - copied) + std::to_string(number + (most == last.end() ? 0 : most->second));
    copied = end;
  });
  return out + b.substr(copied);
}

void add_outcomes(Race& into, const Race& from) {
  into.trials += from.trials;
  into.inconclusive += from.inconclusive;
  into.violations += from.violations;
  for (const auto copies : from.copies)
    if (std::ranges::find(into.copies, copies) == into.copies.end()) into.copies.push_back(copies);
  into.one_winner |= from.one_winner;
  into.double_mints += from.double_mints;
  into.identical += from.identical;
  into.denials += from.denials;
  into.requests += from.requests;
  into.server_errors += from.server_errors;
  into.overloads += from.overloads;
  into.timeouts += from.timeouts;
  into.failures += from.failures;
  into.median_spread = std::max(into.median_spread, from.median_spread);
  into.max_spread = std::max(into.max_spread, from.max_spread);
  into.median_latency = std::max(into.median_latency, from.median_latency);
}

std::string merge_obstacle(const Run& a, const Run& b) {
  if (!a.load || !b.load) return "only runs of assay load add up";
  const auto differ = [](std::string_view what, const std::string& one, const std::string& other) {
    return one == other ? std::string() : fmt::format("their {} differ: \"{}\" and \"{}\"", what, one, other);
  };
  const auto& one = *a.load;
  const auto& two = *b.load;
  if (one.limit || two.limit) return "a search for the limit has no sum";
  const auto seconds = [](std::chrono::nanoseconds duration) {
    return fmt::format("{:g} s", std::chrono::duration<double>(duration).count());
  };
  const auto asked = [](const Load& load) {
    return load.model == "open" ? fmt::format("{:g} per second", load.rate / load.parts)
                                : fmt::format("{:g} users", static_cast<double>(load.users) / load.parts);
  };
  const auto mix = [](const Load& load) {
    std::string out;
    for (const auto& journey : load.journeys)
      out += fmt::format("{}{}{:g} {}", out.empty() ? "" : ", ", journey.beside ? "beside " : "", journey.share,
                         journey.rule);
    return out;
  };
  const auto defects = [](const Run& run) {
    std::string out;
    for (const auto& defect : run.defects) out += (out.empty() ? "" : ", ") + defect;
    return out;
  };
  for (const auto& why :
       {differ("targets", a.target_name, b.target_name),
        // The bundled mock has another port each time.
        a.target_file.empty() && b.target_file.empty() ? std::string() : differ("issuers", a.issuer, b.issuer),
        differ("defects", defects(a), defects(b)), differ("profiles", a.profile, b.profile),
        differ("rule sets", a.ruleset_hash, b.ruleset_hash), differ("plans", one.plan, two.plan),
        differ("journeys", one.journey, two.journey), differ("mixes", mix(one), mix(two)),
        differ("models", one.model + " " + one.arrivals, two.model + " " + two.arrivals),
        differ("rates", asked(one), asked(two)),
        differ("durations", seconds(one.planned_duration), seconds(two.planned_duration))})
    if (!why.empty()) return why;
  return "";
}

std::expected<Run, std::string> merge_runs(const Run& a, const Run& b) {
  if (auto why = merge_obstacle(a, b); !why.empty()) return std::unexpected(std::move(why));
  const Redactor done_already;
  auto later =
      read_run_json("run.json", with_labels_after(write_run_json(a, done_already), write_run_json(b, done_already)));
  if (!later) return std::unexpected(later.error().front().message);
  Run out = a;
  int last = 0;
  for (const auto& exchange : a.exchanges) last = std::max(last, exchange.id);
  number_after(last, *later);
  out.exchanges.insert(out.exchanges.end(), later->exchanges.begin(), later->exchanges.end());
  for (const auto& rule : later->rules) {
    const auto same = std::ranges::find_if(
        out.rules, [&](const Rule& other) { return other.id == rule.id && other.case_name == rule.case_name; });
    if (same == out.rules.end()) out.rules.push_back(rule);
    else if (same->verdict != rule.verdict && worse(same->verdict, rule.verdict) == rule.verdict) *same = rule;
  }
  add(*out.load, *later->load);
  out.started = std::min(out.started, later->started);
  out.took = std::max(out.took, later->took);
  out.slow_downs += later->slow_downs;
  out.slowed_down += later->slowed_down;
  out.verdict = worse(out.verdict, later->verdict);
  out.finished = out.finished && later->finished;
  return out;
}

}  // namespace assay::record
