// Reads the part of run.json that a load run fills.
#include "record/load_json.hpp"

namespace assay::record::json {
namespace {

std::string text_of(const Node& node) { return node.text(); }
std::uint64_t count_of(const Node& node) { return node.count(); }
unsigned number_of(const Node& node) { return node.integer<unsigned>(); }
double real_of(const Node& node) { return node.real(); }

Histogram histogram(const Node& node) {
  const auto buckets = node["buckets"].list([](const Node& pair) {
    const auto numbers = pair.list(count_of);
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

std::vector<StepTimes> steps(const Node& node) { return node.list(step); }

LoadSecond second(const Node& node) {
  return {.planned = node["planned"].count(),
          .started = node["started"].count(),
          .done = node["done"].count(),
          .failed = node["failed"].count(),
          .violations = node.get("violations", count_of),
          .p50_ns = node["p50Ns"].count(),
          .p90_ns = node.get("p90Ns", count_of),
          .p99_ns = node["p99Ns"].count(),
          .late_p99_ns = node.get("lateP99Ns", count_of),
          .in_flight = node.get("inFlight", number_of)};
}

LoadCheck load_check(const Node& node) {
  return {.name = node["name"].text(),
          .held = node["held"].count(),
          .broken = node["broken"].count(),
          .unknown = node["unknown"].count()};
}

LoadExample example(const Node& node) {
  return {.rule = node["rule"].text(),
          .check = node["check"].text(),
          .at = node["atNs"].duration(),
          .evidence = node["evidence"].integers()};
}

LoadJourney journey(const Node& node) {
  return {.rule = node["rule"].text(),
          .share = node["share"].real(),
          .beside = node["beside"].flag(),
          .planned = node["planned"].count(),
          .started = node["started"].count(),
          .done = node["done"].count(),
          .failed = node["failed"].count(),
          .dropped = node["dropped"].count(),
          .inconclusive = node["inconclusive"].count(),
          .response = histogram(node["response"]),
          .service = histogram(node["service"]),
          .steps = steps(node["steps"]),
          .checks = node["checks"].list(load_check),
          .race = node["race"].null() ? std::nullopt : std::optional(read_race(node["race"]))};
}

Invariant invariant(const Node& node) {
  return {.id = node["id"].text(),
          .check = node["check"].text(),
          .title = node["title"].text(),
          .clause = node["clause"].text(),
          .reference = node["reference"].text(),
          .level = node["level"].level(),
          .held = node["held"].count(),
          .broken = node["broken"].count(),
          .not_judged = node["notJudged"].text(),
          .finding = node["finding"].text(),
          .advice = node["advice"].text(),
          .evidence = node["evidence"].integers(),
          .waived = node.get("waived", [](const Node& one) { return one.text(); })};
}

Objective objective(const Node& node) {
  return {.text = node["text"].text(),
          .met = node["met"].flag(),
          .actual = node["actual"].text(),
          .aborted = node["aborted"].flag(),
          .window = node["windowNs"].duration(),
          .waived = node.get("waived", [](const Node& one) { return one.text(); })};
}

LimitPoint point(const Node& node) {
  return {.rate = node["rate"].real(),
          .achieved = node["achieved"].real(),
          .met = node["met"].flag(),
          .why = node["why"].text(),
          .p50_ns = node["p50Ns"].count(),
          .p99_ns = node["p99Ns"].count(),
          .done = node["done"].count(),
          .failed = node["failed"].count()};
}

std::optional<Limit> limit(const Node& node) {
  if (node.null()) return std::nullopt;
  return Limit{.curve = node["curve"].list(point),
               .rate = node["rate"].real(),
               .reached_generator = node["reachedGenerator"].flag()};
}

Generator generator(const Node& node) {
  return {.worker_cpu = node["workerCpu"].list(real_of),
          .machine_steal = node["machineSteal"].real(),
          .machine_busy = node["machineBusy"].real(),
          .others_busy = node["othersBusy"].real(),
          .most_descriptors = number_of(node["mostDescriptors"]),
          .descriptor_limit = number_of(node["descriptorLimit"]),
          .most_ports = number_of(node["mostPorts"]),
          .port_range = number_of(node["portRange"]),
          .connections = node["connections"].count()};
}

Doubt doubt(const Node& node) { return {.what = node["what"].text(), .remedy = node["remedy"].text()}; }

}  // namespace

Race read_race(const Node& node) {
  return {.planned = number_of(node["planned"]),
          .trials = number_of(node["trials"]),
          .inconclusive = number_of(node["inconclusive"]),
          .violations = number_of(node["violations"]),
          .ended = node["ended"].text(),
          .copies = node["copies"].list(number_of),
          .one_winner = node["oneWinner"].flag(),
          .double_mints = number_of(node["doubleMints"]),
          .identical = number_of(node["identical"]),
          .denials = number_of(node["denials"]),
          .requests = node["requests"].count(),
          .server_errors = node["serverErrors"].count(),
          .overloads = node["overloads"].count(),
          .timeouts = node["timeouts"].count(),
          .failures = node["failures"].count(),
          .median_spread = node["medianSpreadNs"].duration(),
          .max_spread = node["maxSpreadNs"].duration(),
          .median_latency = node["medianLatencyNs"].duration()};
}

Load read_load(const Node& node) {
  return {.parts = node.has("parts") ? number_of(node["parts"]) : 1,
          .plan = node.get("plan", text_of),
          .title = node.get("title", text_of),
          .journey = node["journey"].text(),
          .model = node["model"].text(),
          .arrivals = node.get("arrivals", text_of),
          .rate = node["rate"].real(),
          .users = number_of(node["users"]),
          .workers = number_of(node["workers"]),
          .planned_duration = node["plannedDurationNs"].duration(),
          .measured_duration = node["measuredDurationNs"].duration(),
          .warm_up = node["warmUpNs"].duration(),
          .planned = node["planned"].count(),
          .started = node["started"].count(),
          .done = node["done"].count(),
          .failed = node["failed"].count(),
          .dropped = node["dropped"].count(),
          .cut_off = node.get("cutOff", count_of),
          .requests = node["requests"].count(),
          .cpu_seconds = node["cpuSeconds"].real(),
          .flow_response = histogram(node["flowResponse"]),
          .flow_service = histogram(node["flowService"]),
          .lateness = histogram(node["lateness"]),
          .queue_wait = node.get("queueWait", histogram),
          .steps = steps(node["steps"]),
          .seconds = node["seconds"].list(second),
          .journeys = node.get("journeys", [](const Node& all) { return all.list(journey); }),
          .invariants = node.get("invariants", [](const Node& all) { return all.list(invariant); }),
          .objectives = node.get("objectives", [](const Node& all) { return all.list(objective); }),
          .limit = node.get("limit", limit),
          .generator = node.get("generator", generator),
          .errors = node["errors"].members(count_of),
          .violations = node["violations"].members(count_of),
          .examples = node.get("examples", [](const Node& all) { return all.list(example); }),
          .trust = node["trust"].text(),
          .trust_reasons = node["trustReasons"].texts(),
          .doubts = node["doubts"].list(doubt)};
}

}  // namespace assay::record::json
