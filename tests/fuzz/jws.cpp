// Compact JWS as they stand in answers: taken apart without trust, verified, and mutations of a good one refused.
#include "crypto/jws.hpp"
#include "base/json_walk.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void jws(std::string_view input) {
  static const auto key = crypto::Key::generate(crypto::Algorithm::eddsa);
  if (const auto parts = crypto::parse_jws(input)) {
    require(parts->signed_part.size() < input.size(), "the signed part is a part");
    base::JsonWanted wanted[] = {{"alg", {}}};
    (void)base::walk_json(parts->header, wanted);
  }
  // Nobody guesses a signature, whatever the header says.
  require(!crypto::jws_verify(key, input), "foreign bytes are not signed by a fresh key");
  const auto header = input.substr(0, input.find('.'));
  const auto lie = crypto::jws_sign(key, header, input);
  if (const auto payload = crypto::jws_verify(key, lie)) require(*payload == input, "what was signed comes out");
}

const Target jws_target("jws", jws);

}  // namespace
}  // namespace assay::fuzz
