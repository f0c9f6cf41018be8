// What every fuzz target shares: its name, a way to say that something must hold, a byte to choose with. A target feeds one parser
// of foreign bytes; it fails by a crash, by a sanitizer, by its time or memory, or by `require`.
#pragma once
#include <cstdint>
#include <string_view>

namespace assay::fuzz {

// One per file, at namespace scope: `--target=NAME` finds it.
struct Target {
  Target(std::string_view target_name, void (*target_run)(std::string_view));

  std::string_view name;
  void (*run)(std::string_view input);
};

// Aborts with `what` unless it holds.
void require(bool holds, const char* what);

// One byte of the input to choose with; 0 when there is none left.
std::uint8_t take_byte(std::string_view& input);

// The input up to the next line end, which is dropped.
std::string_view take_line(std::string_view& input);

}  // namespace assay::fuzz
