// The personas that come with the provider, and those of a user.
#include "mock-provider/personas.hpp"

#include <algorithm>

#include "base/embedded.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace assay::mock {
namespace {

constexpr std::string_view persona_folder = "mock-provider/personas/";
constexpr std::size_t persona_size_limit = 256 * 1024;

// "github" of "mock-provider/personas/github.jsonc"; empty for other files.
std::string_view name_in(std::string_view path) {
  if (!path.starts_with(persona_folder)) return {};
  path.remove_prefix(persona_folder.size());
  return path.substr(0, path.find('.'));
}

}  // namespace

std::string_view Persona::error_code(std::string_view error) const {
  for (const auto& [usual, own] : error_codes)
    if (usual == error) return own;
  return error;
}

std::expected<Persona, base::Failure> Persona::load(const std::string& name) {
  if (name.ends_with(".jsonc")) {
    const auto text = base::read_file(name, persona_size_limit);
    if (!text) return std::unexpected(text.error());
    return read(name, *text);
  }
  std::vector<std::string> known;
  for (const auto& file : base::embedded_files()) {
    if (name_in(file.path).empty()) continue;
    if (name_in(file.path) == name) return read(std::string(file.path), file.content);
    known.emplace_back(name_in(file.path));
  }
  std::string all;
  for (const auto& each : known) all += (all.empty() ? "" : ", ") + each;
  const auto guess = base::did_you_mean(name, known);
  return std::unexpected(base::Failure{base::FailureCode::bad_argument,
                                       "there is no persona \"" + base::printable(name, 60) + "\"",
                                       (guess.empty() ? "" : "did you mean \"" + guess + "\"? ") + "there are: " + all +
                                           ", or a file of your own, NAME.jsonc"});
}

std::vector<PersonaInfo> personas() {
  std::vector<PersonaInfo> out;
  for (const auto& file : base::embedded_files()) {
    if (name_in(file.path).empty()) continue;
    const auto persona = Persona::read(std::string(file.path), file.content);
    out.push_back({std::string(name_in(file.path)), persona ? persona->summary : persona.error().doing});
  }
  std::ranges::sort(out, {}, [](const auto& info) { return std::pair(info.name != "strict", info.name); });
  return out;
}

}  // namespace assay::mock
