// Waivers files, and what `assay waive` adds to them.
#include "base/day.hpp"
#include "base/embedded.hpp"
#include "rules/waivers.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

const rules::Library& library() {
  static const auto loaded = [] {
    std::vector<rules::SourceFile> files;
    for (const auto& file : base::embedded_files())
      if (file.path.contains("clauses/") || file.path.ends_with("code/single-use.jsonc"))
        files.push_back({std::string(file.path), std::string(file.content)});
    return *rules::load_library(files);
  }();
  return loaded;
}

void waivers_file(std::string_view input) {
  static const auto today = *base::parse_day("2026-11-22");
  const std::string content(input);
  const auto read = rules::load_waivers({"waivers.jsonc", content}, library(), today);
  if (!read) {
    require(!read.error().empty(), "a refusal says why");
    for (const auto& problem : read.error()) require(!base::to_string(problem).empty(), "a problem has words");
    return;
  }
  for (const auto& entry : *read)
    require(!entry.reason.empty() && !entry.owner.empty(), "an entry has a reason and an owner");
  const rules::WaiverEntry more{
      .rule = "code/single-use", .check = "error-fits", .reason = "x", .owner = "y", .link = "", .until = "2026-12-01"};
  const auto after = rules::with_waiver(content, more);
  if (!after) return;
  const auto again = rules::load_waivers({"waivers.jsonc", *after}, library(), today);
  if (again) require(again->size() == read->size() + 1, "one entry was added");
  else
    require(again.error().size() == 1 && again.error().front().message.contains("twice"),
            "only a second one of the same is refused");
}

const Target waivers_file_target("waivers_file", waivers_file);

}  // namespace
}  // namespace assay::fuzz
