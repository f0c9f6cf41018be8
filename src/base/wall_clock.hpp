// The time of day for everything that a run dates or compares: it goes on evenly from the start of the program, whatever
// somebody sets the machine's clock to meanwhile.
#pragma once
#include <chrono>

namespace assay::base {

// What the machine's clock showed at the first call, plus what has passed since, a sleep of the machine included.
std::chrono::system_clock::time_point wall_now();

}  // namespace assay::base
