// What a person sees of a run that goes on: a few lines, made of snapshots. Pure; whoever prints them knows the terminal.
#pragma once
#include <deque>
#include <string>
#include <vector>

#include "load/metrics_text.hpp"
#include "load/snapshot.hpp"

namespace assay::load {

class LiveLines {
 public:
  LiveLines(Cleaner clean, bool utf8) : clean_(std::move(clean)), utf8_(utf8) {}

  // At most seven lines of at most `width` columns.
  std::vector<std::string> lines(const Snapshot& snapshot, int width);

 private:
  Cleaner clean_;
  bool utf8_;
  std::deque<Interval> recent_;  // of the last ten seconds
};

}  // namespace assay::load
