// run.json as it may come from a disk that was full, another version or another program.
#include "record/run_json.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void run_json(std::string_view input) {
  const auto read = record::read_run_json("run.json", std::string(input));
  if (!read) {
    require(!read.error().empty(), "a refusal says why");
    return;
  }
  const record::Redactor nothing_secret;
  const auto text = record::write_run_json(*read, nothing_secret);
  require(record::read_run_json("again.json", text).has_value(), "what was written can be read");
}

const Target run_json_target("run_json", run_json);

}  // namespace
}  // namespace assay::fuzz
