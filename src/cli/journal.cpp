#include "cli/journal.hpp"

#include <algorithm>
#include <cstdio>

#include "base/file.hpp"

namespace assay::cli {

Journal::Journal(const std::string& path) : path_(base::is_stream(path) ? "" : path) {}

void Journal::write(const std::string& content, Clock::time_point began) {
  // Power that fails takes the last second with it; the wait for the disk would cost more than that second is worth.
  const auto written = base::write_file(path_, content, base::FileMode::usual, base::Durability::fleeting);
  if (!written && !complained_)
    std::fprintf(stderr, "assay: %s; the run goes on, and its record is written at the end\n",
                 written.error().doing.c_str());
  complained_ = complained_ || !written;
  const auto now = Clock::now();
  next_ = std::max<Clock::time_point>(now + 50 * (now - began), began + std::chrono::seconds(1));
}

}  // namespace assay::cli
