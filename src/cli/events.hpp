// events.ndjson: a line of JSON for each rule as it ends, and for each second of a load run, for programs that watch.
#pragma once
#include <cstdio>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "cli/setup.hpp"
#include "engine/check_run.hpp"
#include "load/snapshot.hpp"

namespace assay::cli {

class EventStream final : public engine::Progress {
 public:
  // `next` is told, too.
  EventStream(const record::Redactor& redactor, engine::Progress& next) : redactor_(redactor), next_(next) {}
  ~EventStream() override;
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  // Without --events, nothing is written. A stop if the file cannot be.
  std::optional<Stop> open(const Options& options);
  void begin(const record::Run& run, std::size_t rules);
  void show(const load::Snapshot& snapshot);
  bool end(const record::Run& run);  // false: something could not be written (said on stderr)
  void rule_started(std::size_t done, std::size_t total, const rules::Rule& rule) override;
  void rule_finished(const record::Rule& rule, const std::vector<record::Exchange>& exchanges) override;

 private:
  void write(const nlohmann::ordered_json& event);

  const record::Redactor& redactor_;
  engine::Progress& next_;
  std::FILE* file_ = nullptr;
  std::string path_;
  bool failed_ = false;
};

}  // namespace assay::cli
