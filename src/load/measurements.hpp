// What one worker counts. Nothing here is shared while the run goes on; workers are added up at the end.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/session.hpp"
#include "record/run.hpp"

namespace assay::load {

using Nanoseconds = std::chrono::nanoseconds;

struct Second {
  std::uint64_t planned = 0, started = 0, done = 0, failed = 0;
  record::Histogram times;
};

struct Measurements {
  std::uint64_t planned = 0, started = 0, done = 0, failed = 0, dropped = 0, requests = 0;
  record::Histogram flow_response, flow_service, lateness;
  std::vector<record::StepTimes> steps;  // by slot
  std::vector<Second> seconds;
  std::map<std::string, std::uint64_t> errors, violations;
  double cpu_seconds = 0;
  unsigned most_busy = 0;

  void merge(const Measurements& other);
  Second& second(Nanoseconds since_start);
};

// Times the steps of the sessions of one worker.
class StepTimer final : public engine::Observer {
 public:
  explicit StepTimer(Measurements& measurements) : out_(measurements) {}

  bool measuring = false;  // false during the warm-up

  int on_exchange(const rules::Step* step, std::string_view purpose, std::string_view request,
                  const net::Answer& answer) override;
  void on_step(const rules::Step& step, const engine::StepResult& result, bool failed) override;

 private:
  Measurements& out_;
};

// Why a flow failed, for the table of errors: "status 503", "timed out", "check says-invalid-grant".
void count_failure(Measurements& out, engine::Session& session);

}  // namespace assay::load
