// The record of a run that goes on, written over and over, so that what was measured is there whatever happens to the process.
#pragma once
#include <chrono>
#include <string>

namespace assay::cli {

class Journal {
 public:
  // No path, or one that is no file: nothing is written.
  explicit Journal(const std::string& path);

  bool on() const { return !path_.empty(); }
  // Once a second; less often when a record is so large that this would take more than a fiftieth of the time.
  bool due() const { return on() && Clock::now() >= next_; }
  std::chrono::nanoseconds until_due() const { return next_ - Clock::now(); }
  // `began`: when the content was begun to be made. That it cannot be written is said once; it may be possible later.
  using Clock = std::chrono::steady_clock;
  void write(const std::string& content, Clock::time_point began);

 private:
  std::string path_;
  Clock::time_point next_ = Clock::now() + std::chrono::seconds(1);
  bool complained_ = false;
};

}  // namespace assay::cli
