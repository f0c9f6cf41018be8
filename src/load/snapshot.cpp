#include "load/snapshot.hpp"

#include <algorithm>

namespace assay::load {
namespace {

void add(std::vector<NamedTimes>& into, const std::vector<NamedTimes>& from) {
  for (const auto& one : from) {
    auto found = std::ranges::find(into, one.name, &NamedTimes::name);
    if (found == into.end()) {
      into.push_back(one);
      continue;
    }
    found->done += one.done;
    found->failed += one.failed;
    found->times.merge(one.times);
  }
}

}  // namespace

void Interval::merge(const Interval& later) {
  from = std::min(from, later.from);
  to = std::max(to, later.to);
  planned += later.planned;
  done += later.done;
  failed += later.failed;
  dropped += later.dropped;
  requests += later.requests;
  violations += later.violations;
  response.merge(later.response);
  lateness.merge(later.lateness);
  add(steps, later.steps);
  add(journeys, later.journeys);
}

}  // namespace assay::load
