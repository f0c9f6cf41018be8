// What a flow sent and received, kept for the few flows that break something. Raw: redaction happens when a document is written.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "engine/recorder.hpp"
#include "net/answer.hpp"
#include "rules/rule.hpp"

namespace assay::load {

struct CapturedExchange {
  std::string step;  // its name, not the step: that ends with the run; "probe": a liveness probe
  std::string_view purpose;
  std::string request, response;  // the response is cut
  std::size_t response_size = 0;  // before the cut
  net::Outcome outcome{};
  int status = 0;
  bool reused_connection = false;
  net::SteadyTime started{};
  std::chrono::nanoseconds took{};
};

// Puts it into the record of the run. Returns its id there.
int keep(engine::Recorder& recorder, const std::string& rule, const CapturedExchange& exchange);

struct Evidence {
  std::string rule, check;        // ids; of an invariant: its own
  std::chrono::nanoseconds at{};  // since the start of the measurement
  std::vector<CapturedExchange> exchanges;
};

// The exchanges of the flow that is running. Its buffers are reused from flow to flow. `lasting`: request and answer stay as they are
// until begin(), so that they are copied only if somebody wants to have them.
class Capture {
 public:
  void begin() { used_ = 0; }
  void add(const rules::Step* step, std::string_view purpose, std::string_view request, const net::Answer& answer,
           bool lasting);
  std::vector<CapturedExchange> taken() const;

 private:
  struct Entry {
    const rules::Step* step = nullptr;
    std::string_view purpose, request;
    const net::Answer* answer = nullptr;  // null: `copy` holds what there is to know
    CapturedExchange copy;
  };

  std::vector<Entry> exchanges_;
  std::size_t used_ = 0;
};

}  // namespace assay::load
