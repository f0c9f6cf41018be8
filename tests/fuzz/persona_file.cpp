// Personas of the mock that people write.
#include "mock-provider/personas.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void persona_file(std::string_view input) {
  const auto persona = mock::Persona::read("persona.jsonc", input);
  if (!persona) require(!persona.error().doing.empty(), "a refusal says why");
}

const Target persona_file_target("persona_file", persona_file);

}  // namespace
}  // namespace assay::fuzz
