// Defects of concurrency: between the reading of a code or token and the mark that it was used lies a gap, and requests of
// which the second comes within the gap of the first meet each other. The gap takes real time and no thread: whoever
// opened it is answered when it is over, so that a request that waits for that answer never meets the gap.
#pragma once
#include <chrono>
#include <string_view>

#include "mock-provider/application.hpp"
#include "mock-provider/call.hpp"

namespace assay::mock {

// How long the gap of this request is: as the options say, or at random up to 2 ms.
std::chrono::microseconds gap_of(const Call& call);

// Whether another request has read this entry and not marked it yet.
template <class Entry>
bool is_under_way(const Entry& entry) {
  return entry.settles != std::chrono::steady_clock::time_point{} && entry.settles > std::chrono::steady_clock::now();
}

// Opens the gap, unless it was opened before, and delays the answer by its length. False when an earlier gap is over; what is
// used `again` and again has a gap each time.
template <class Entry>
bool open_gap(Call& call, Table<Entry>& table, std::string_view secret, bool again = false) {
  const auto gap = gap_of(call);
  const auto now = std::chrono::steady_clock::now();
  bool open = false;
  table.visit(secret, [&](Entry& entry) {
    if (entry.settles == std::chrono::steady_clock::time_point{} || (again && entry.settles <= now))
      entry.settles = now + gap;
    open = now < entry.settles;
  });
  if (open) call.response.delay = gap;
  return open;
}

// Client credentials: whether many requests of one client are under way. Counts this one.
bool is_crowded(Call& call);

}  // namespace assay::mock
