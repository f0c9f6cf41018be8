// Is the generator to be believed, or was it the limit itself? And what else can these numbers not say? Pure: facts in, verdict
// and doubts out, each with what to do about it.
#pragma once
#include <chrono>
#include <span>

#include "record/run.hpp"
#include "rules/load_plan.hpp"

namespace assay::load {

// What the record does not tell.
struct Surroundings {
  bool loopback = false;     // the target is on this machine
  bool bundled = false;      // it even lives in this process
  double others_before = 0;  // share of this machine's processor time that other processes used before the load began
  bool tls = false;
  std::chrono::nanoseconds clock_jump{};
  bool keep_alive = true;  // the plan asks for connections that are used again
  std::span<const rules::LoadObjective> objectives{};
};

// Reads load (its generator included) and writes trust, trust_reasons and doubts; what is there already is kept.
void judge_generator(record::Load& load, const Surroundings& surroundings);

}  // namespace assay::load
