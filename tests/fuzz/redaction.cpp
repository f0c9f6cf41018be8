// The redactor: a secret that was registered stands in no text that it returns.
#include "record/redaction.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void redaction(std::string_view input) {
  static constexpr std::string_view secret = "s3cr3t-Value_of~36.chars+and/more==";
  record::Redactor redactor;
  redactor.add("access", secret);
  const auto split = input.find('\n');
  if (split != std::string_view::npos) redactor.add("code", input.substr(0, split));
  const auto out = redactor.redact(input);
  require(!out.contains(secret), "no registered secret comes through");
  const auto around = redactor.redact(std::string(input) + std::string(secret) + std::string(input));
  require(!around.contains(secret), "whatever stands around it");
}

const Target redaction_target("redaction", redaction);

}  // namespace
}  // namespace assay::fuzz
