// Percentiles in the text format of HdrHistogram, which its plotters and many scripts read.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "report/reports.hpp"

namespace assay::report {
namespace {

constexpr double kUnit = 1e6;        // nanoseconds in the milliseconds that are shown
constexpr double kTicksPerHalf = 5;  // lines for each halving of what is left up to 100 %

std::string hgrm_of(const record::Histogram& histogram) {
  std::string out =
      fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  const auto buckets = histogram.buckets();
  const auto count = histogram.count();
  double percent = 0, squares = 0;
  std::uint64_t seen = 0;
  const double mean = histogram.mean();
  for (const auto& bucket : buckets) {
    seen += bucket.count;
    const double away = static_cast<double>(bucket.lowest) - mean;
    squares += away * away * static_cast<double>(bucket.count);
    const double reached = 100 * static_cast<double>(seen) / static_cast<double>(count);
    while (percent <= reached && percent < 100) {
      const auto value = static_cast<double>(histogram.percentile(percent)) / kUnit;
      if (seen == count && reached - percent < 100.0 / static_cast<double>(count))
        break;  // the last value has a line of its own
      fmt::format_to(std::back_inserter(out), "{:12.3f} {:2.12f} {:10} {:14.2f}\n", value, percent / 100, seen,
                     100 / (100 - percent));
      const double halves = std::floor(std::log2(100 / (100 - percent))) + 1;
      percent += 100 / (kTicksPerHalf * std::pow(2, halves));
    }
  }
  if (count > 0)
    fmt::format_to(std::back_inserter(out), "{:12.3f} {:2.12f} {:10}\n", static_cast<double>(histogram.max()) / kUnit,
                   1.0, count);
  const double deviation = count > 0 ? std::sqrt(squares / static_cast<double>(count)) : 0;
  return out + fmt::format(
                   "#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n#[Max     = {:12.3f}, Total count    = {:12}]\n"
                   "#[Buckets = {:12}, SubBuckets     = {:12}]\n",
                   mean / kUnit, deviation / kUnit, static_cast<double>(histogram.max()) / kUnit, count, 35, 128);
}

}  // namespace

std::string hgrm(const record::Run& run) { return hgrm_of(run.load ? run.load->flow_response : record::Histogram()); }

}  // namespace assay::report
