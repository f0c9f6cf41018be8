// Metadata documents of authorization servers.
#include "oauth/metadata.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void metadata(std::string_view input) {
  const auto metadata = oauth::parse_metadata(input);
  if (!metadata) {
    require(!metadata.error().empty(), "a refusal says why");
    return;
  }
  require(oauth::same_issuer(metadata->issuer, metadata->issuer), "an issuer is the same as itself");
}

const Target metadata_target("metadata", metadata);

}  // namespace
}  // namespace assay::fuzz
