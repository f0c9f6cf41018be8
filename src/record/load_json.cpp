// Writes the part of run.json that a load run fills. Every string passes the redactor on its way in.
#include "record/load_json.hpp"

#include <nlohmann/json.hpp>

namespace assay::record::json {
namespace {

class LoadWriter {
 public:
  explicit LoadWriter(const Redactor& redactor) : redactor_(redactor) {}

  Tree value(const Load& load) const {
    return {{"parts", load.parts},
            {"plan", text(load.plan)},
            {"title", text(load.title)},
            {"journey", text(load.journey)},
            {"model", text(load.model)},
            {"arrivals", text(load.arrivals)},
            {"rate", load.rate},
            {"users", load.users},
            {"workers", load.workers},
            {"plannedDurationNs", load.planned_duration.count()},
            {"measuredDurationNs", load.measured_duration.count()},
            {"warmUpNs", load.warm_up.count()},
            {"planned", load.planned},
            {"started", load.started},
            {"done", load.done},
            {"failed", load.failed},
            {"dropped", load.dropped},
            {"cutOff", load.cut_off},
            {"requests", load.requests},
            {"cpuSeconds", load.cpu_seconds},
            {"flowResponse", value(load.flow_response)},
            {"flowService", value(load.flow_service)},
            {"lateness", value(load.lateness)},
            {"queueWait", value(load.queue_wait)},
            {"steps", list(load.steps)},
            {"journeys", list(load.journeys)},
            {"seconds", list(load.seconds)},
            {"errors", totals(load.errors)},
            {"violations", totals(load.violations)},
            {"examples", list(load.examples)},
            {"invariants", list(load.invariants)},
            {"objectives", list(load.objectives)},
            {"limit", load.limit ? value(*load.limit) : Tree()},
            {"trust", text(load.trust)},
            {"trustReasons", texts(load.trust_reasons)},
            {"doubts", list(load.doubts)},
            {"generator", value(load.generator)}};
  }

  Tree value(const Race& race) const {
    return {{"planned", race.planned},
            {"trials", race.trials},
            {"inconclusive", race.inconclusive},
            {"violations", race.violations},
            {"ended", text(race.ended)},
            {"copies", race.copies},
            {"oneWinner", race.one_winner},
            {"doubleMints", race.double_mints},
            {"identical", race.identical},
            {"denials", race.denials},
            {"requests", race.requests},
            {"serverErrors", race.server_errors},
            {"overloads", race.overloads},
            {"timeouts", race.timeouts},
            {"failures", race.failures},
            {"medianSpreadNs", race.median_spread.count()},
            {"maxSpreadNs", race.max_spread.count()},
            {"medianLatencyNs", race.median_latency.count()}};
  }

 private:
  std::string text(const std::string& raw) const { return redactor_.redact(raw); }

  Tree texts(const std::vector<std::string>& raw) const {
    Tree out = Tree::array();
    for (const auto& one : raw) out.push_back(text(one));
    return out;
  }

  template <class T>
  Tree list(const std::vector<T>& items) const {
    Tree out = Tree::array();
    for (const auto& item : items) out.push_back(value(item));
    return out;
  }

  static Tree value(const Histogram& histogram) {
    Tree buckets = Tree::array();
    for (const auto& bucket : histogram.buckets()) buckets.push_back({bucket.lowest, bucket.count});
    return {{"count", histogram.count()},
            {"minNs", histogram.min()},
            {"maxNs", histogram.max()},
            {"sumNs", histogram.sum()},
            {"buckets", std::move(buckets)}};
  }

  Tree value(const StepTimes& step) const {
    return {{"name", text(step.name)}, {"done", step.done}, {"failed", step.failed}, {"service", value(step.service)}};
  }

  Tree value(const LoadJourney& journey) const {
    return {{"rule", text(journey.rule)},
            {"share", journey.share},
            {"beside", journey.beside},
            {"planned", journey.planned},
            {"started", journey.started},
            {"done", journey.done},
            {"failed", journey.failed},
            {"dropped", journey.dropped},
            {"inconclusive", journey.inconclusive},
            {"response", value(journey.response)},
            {"service", value(journey.service)},
            {"steps", list(journey.steps)},
            {"checks", list(journey.checks)},
            {"race", journey.race ? value(*journey.race) : Tree()}};
  }

  Tree value(const LoadCheck& check) const {
    return {{"name", text(check.name)}, {"held", check.held}, {"broken", check.broken}, {"unknown", check.unknown}};
  }

  Tree value(const LoadExample& example) const {
    return {{"rule", text(example.rule)},
            {"check", text(example.check)},
            {"atNs", example.at.count()},
            {"evidence", example.evidence}};
  }

  static Tree value(const LoadSecond& second) {
    return {{"planned", second.planned},   {"started", second.started},       {"done", second.done},
            {"failed", second.failed},     {"violations", second.violations}, {"p50Ns", second.p50_ns},
            {"p90Ns", second.p90_ns},      {"p99Ns", second.p99_ns},          {"lateP99Ns", second.late_p99_ns},
            {"inFlight", second.in_flight}};
  }

  Tree value(const Invariant& one) const {
    return {{"id", text(one.id)},
            {"check", text(one.check)},
            {"title", text(one.title)},
            {"clause", text(one.clause)},
            {"reference", text(one.reference)},
            {"level", to_string(one.level)},
            {"held", one.held},
            {"broken", one.broken},
            {"notJudged", text(one.not_judged)},
            {"finding", text(one.finding)},
            {"advice", text(one.advice)},
            {"evidence", one.evidence},
            {"waived", text(one.waived)}};
  }

  Tree value(const Objective& one) const {
    return {{"text", text(one.text)},         {"met", one.met},
            {"actual", text(one.actual)},     {"aborted", one.aborted},
            {"windowNs", one.window.count()}, {"waived", text(one.waived)}};
  }

  Tree value(const LimitPoint& point) const {
    return {{"rate", point.rate},    {"achieved", point.achieved}, {"met", point.met},   {"why", text(point.why)},
            {"p50Ns", point.p50_ns}, {"p99Ns", point.p99_ns},      {"done", point.done}, {"failed", point.failed}};
  }

  Tree value(const Limit& limit) const {
    return {{"rate", limit.rate}, {"reachedGenerator", limit.reached_generator}, {"curve", list(limit.curve)}};
  }

  static Tree value(const Generator& generator) {
    return {{"workerCpu", generator.worker_cpu},
            {"machineSteal", generator.machine_steal},
            {"machineBusy", generator.machine_busy},
            {"othersBusy", generator.others_busy},
            {"mostDescriptors", generator.most_descriptors},
            {"descriptorLimit", generator.descriptor_limit},
            {"mostPorts", generator.most_ports},
            {"portRange", generator.port_range},
            {"connections", generator.connections}};
  }

  Tree value(const Doubt& doubt) const { return {{"what", text(doubt.what)}, {"remedy", text(doubt.remedy)}}; }

  // Names that differ only in what is redacted become one, and their counts one sum.
  Tree totals(const std::map<std::string, std::uint64_t>& raw) const {
    std::map<std::string, std::uint64_t> sums;
    for (const auto& [name, count] : raw) sums[text(name)] += count;
    Tree out = Tree::object();
    for (const auto& [name, count] : sums) out[name] = count;
    return out;
  }

  const Redactor& redactor_;
};

}  // namespace

Tree write_load(const Load& load, const Redactor& redactor) { return LoadWriter(redactor).value(load); }
Tree write_race(const Race& race, const Redactor& redactor) { return LoadWriter(redactor).value(race); }

}  // namespace assay::record::json
