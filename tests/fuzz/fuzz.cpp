// One program for all targets, because linking it takes longer than compiling any of them: --target=NAME chooses. The rest of its
// command line is libFuzzer's.
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace assay::fuzz {
namespace {

std::vector<const Target*>& targets() {
  static std::vector<const Target*> all;
  return all;
}

const Target* chosen = nullptr;

}  // namespace

Target::Target(std::string_view target_name, void (*target_run)(std::string_view))
    : name(target_name), run(target_run) {
  targets().push_back(this);
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

std::uint8_t take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return byte;
}

std::string_view take_line(std::string_view& input) {
  const auto end = input.find('\n');
  const auto line = input.substr(0, end);
  input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  return line;
}

}  // namespace assay::fuzz

extern "C" int LLVMFuzzerInitialize(int* count, char*** arguments) {
  using namespace assay::fuzz;
  constexpr std::string_view option = "--target=";
  for (int i = 1; i < *count; ++i) {
    const std::string_view argument = (*arguments)[i];
    if (!argument.starts_with(option)) continue;
    const auto found = std::ranges::find(targets(), argument.substr(option.size()), &Target::name);
    if (found != targets().end()) chosen = *found;
  }
  if (chosen != nullptr) return 0;
  std::fputs("choose one by --target=NAME:", stderr);
  for (const auto* target : targets())
    std::fprintf(stderr, " %.*s", static_cast<int>(target->name.size()), target->name.data());
  std::fputs("\n", stderr);
  std::exit(2);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  assay::fuzz::chosen->run({reinterpret_cast<const char*>(data), size});
  return 0;
}
