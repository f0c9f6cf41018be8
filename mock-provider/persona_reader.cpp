// Reads persona files. Everything that is wrong with one is told at once, with line and column.
#include "mock-provider/personas.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/json_document.hpp"
#include "base/text.hpp"

namespace assay::mock {
namespace {

using Tree = nlohmann::ordered_json;

class PersonaReader {
 public:
  PersonaReader(const std::string& file, std::string_view text)
      : file_(file), positions_(base::scan_json_positions(file, text, problems_)) {}

  std::expected<Persona, base::Failure> read(const Tree& tree);

  base::Diagnostics problems_;

 private:
  void wrong(const std::string& pointer, std::string message, std::string hint = {}) {
    const auto found = positions_.find(pointer);
    const auto place = found == positions_.end() ? base::Position{} : found->second;
    problems_.push_back({file_, place.line, place.column, std::move(message), std::move(hint)});
  }
  std::string near(const std::string& unknown, const std::vector<std::string>& known) const {
    const auto guess = base::did_you_mean(unknown, known);
    return guess.empty() ? "" : "did you mean \"" + guess + "\"?";
  }
  // The members of an object by name; what nobody takes is told as unknown.
  const Tree* take(const Tree& object, const std::string& name) {
    known_.push_back(name);
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
  }
  void text(const Tree& object, const std::string& at, const std::string& name, std::string& into) {
    if (const Tree* value = take(object, name)) {
      if (value->is_string()) into = value->get<std::string>();
      else wrong(at + '/' + name, "\"" + name + "\" must be a string");
    }
  }
  void flag(const Tree& object, const std::string& at, const std::string& name, bool& into) {
    if (const Tree* value = take(object, name)) {
      if (value->is_boolean()) into = value->get<bool>();
      else wrong(at + '/' + name, "\"" + name + "\" must be true or false");
    }
  }
  // The index of the word among `words`.
  std::optional<std::size_t> word(const Tree& object, const std::string& name, const std::vector<std::string>& words) {
    const Tree* value = take(object, name);
    if (!value) return std::nullopt;
    const auto found = value->is_string() ? std::ranges::find(words, value->get<std::string>()) : words.end();
    if (found != words.end()) return found - words.begin();
    wrong('/' + name, "\"" + name + "\" must be one of: " + joined(words));
    return std::nullopt;
  }
  // Which of `words` the list names; nullopt: there is no such list.
  std::optional<std::vector<bool>> words(const Tree& object, const std::string& name,
                                         const std::vector<std::string>& words) {
    const Tree* value = take(object, name);
    if (!value) return std::nullopt;
    std::vector<bool> out(words.size());
    if (!value->is_array()) {
      wrong('/' + name, "\"" + name + "\" must be a list out of: " + joined(words));
      return std::nullopt;
    }
    for (std::size_t i = 0; i < value->size(); ++i) {
      const auto& element = (*value)[i];
      const auto found = element.is_string() ? std::ranges::find(words, element.get<std::string>()) : words.end();
      if (found == words.end()) wrong('/' + name + '/' + std::to_string(i), "\"" + name + "\" takes: " + joined(words));
      else out[static_cast<std::size_t>(found - words.begin())] = true;
    }
    return out;
  }
  void lifetime(const Tree& object, const std::string& name, std::optional<std::chrono::seconds>& into) {
    const Tree* value = take(object, name);
    if (!value) return;
    const auto parsed = value->is_string() ? base::parse_duration(value->get<std::string>()) : std::nullopt;
    if (!parsed || *parsed < std::chrono::seconds(1))
      return wrong('/' + name, "\"" + name + "\" must be a duration, such as \"10m\"");
    into = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
  }
  void no_others(const Tree& object, const std::string& at) {
    for (const auto& [name, value] : object.items())
      if (std::ranges::find(known_, name) == known_.end())
        wrong(at + '/' + name + "~key", "there is no switch \"" + base::printable(name, 60) + "\"", near(name, known_));
    known_.clear();
  }
  static std::string joined(const std::vector<std::string>& words) {
    std::string out;
    for (const auto& each : words) out += (out.empty() ? "" : ", ") + each;
    return out;
  }

  void endpoints(const Tree& tree, Persona& persona);
  void deviations(const Tree& tree, Persona& persona);
  void errors(const Tree& tree, Persona& persona);
  void metadata(const Tree& tree, Persona& persona);

  const std::string file_;
  const base::JsonPositions positions_;
  std::vector<std::string> known_;
};

// Those that are named are there and no others; the pages of a browser always are.
void PersonaReader::endpoints(const Tree& tree, Persona& persona) {
  const auto found = tree.find("endpoints");
  if (found != tree.end() && !found->is_object()) return wrong("/endpoints", "\"endpoints\" must be an object");
  for (std::size_t i = 0; i < endpoint_table.size(); ++i) {
    const auto endpoint = static_cast<Endpoint>(i);
    const bool is_page = endpoint == Endpoint::login || endpoint == Endpoint::consent;
    if (found == tree.end() || is_page) persona.paths[i] = endpoint_table[i].path;
    if (found == tree.end() || is_page) continue;
    const std::string name(endpoint_table[i].name);
    text(*found, "/endpoints", name, persona.paths[i]);
    if (!persona.paths[i].empty() && !persona.paths[i].starts_with('/'))
      wrong("/endpoints/" + name, "an endpoint is a path, such as \"/token\"");
  }
  if (found != tree.end()) no_others(*found, "/endpoints");
}

void PersonaReader::deviations(const Tree& tree, Persona& persona) {
  const Tree* list = take(tree, "deviations");
  if (!list) return;
  if (!list->is_array())
    return wrong("/deviations", "\"deviations\" must be a list of names (assay mock --list-defects)");
  for (std::size_t i = 0; i < list->size(); ++i) {
    const auto at = "/deviations/" + std::to_string(i);
    if (!(*list)[i].is_string()) {
      wrong(at, "a deviation is the name of a defect");
      continue;
    }
    const std::string name[] = {(*list)[i].get<std::string>()};
    const auto set = DefectSet::of(name);
    if (set) persona.deviations.add(*set);
    else wrong(at, "there is no defect \"" + base::printable(name[0], 60) + "\"", set.error().hint);
  }
}

void PersonaReader::errors(const Tree& tree, Persona& persona) {
  const auto found = tree.find("errors");
  if (found != tree.end() && !found->is_object()) wrong("/errors", "\"errors\" must be an object");
  if (found != tree.end() && found->is_object()) {
    const std::string at = "/errors";
    if (const Tree* status = take(*found, "status")) {
      if (status->is_number_integer() && *status >= 200 && *status <= 499) persona.error_status = status->get<int>();
      else wrong(at + "/status", "\"status\" must be a number from 200 to 499");
    }
    flag(*found, at, "description", persona.error_description);
    flag(*found, at, "challenges", persona.challenges);
    text(*found, at, "uri", persona.error_uri);
    text(*found, at, "redirect_mismatch", persona.redirect_mismatch_error);
    if (const Tree* codes = take(*found, "codes")) {
      if (!codes->is_object()) wrong(at + "/codes", "\"codes\" must be an object");
      else
        for (const auto& [error, own] : codes->items()) {
          if (own.is_string()) persona.error_codes.emplace_back(error, own.get<std::string>());
          else wrong(at + "/codes/" + error, "an error code is a string");
        }
    }
    no_others(*found, at);
  }
}

void PersonaReader::metadata(const Tree& tree, Persona& persona) {
  const Tree* members = take(tree, "metadata");
  if (!members) return;
  if (!members->is_object()) return wrong("/metadata", "\"metadata\" must be an object");
  for (const auto& [name, value] : members->items())
    persona.metadata.emplace_back(name, value.is_null() ? std::string() : value.dump());
}

std::expected<Persona, base::Failure> PersonaReader::read(const Tree& tree) {
  Persona persona;
  endpoints(tree, persona);
  errors(tree, persona);
  known_ = {"endpoints", "errors"};
  text(tree, "", "name", persona.name);
  text(tree, "", "summary", persona.summary);
  deviations(tree, persona);
  metadata(tree, persona);
  if (const auto given = words(tree, "token_request", {"form", "query", "json"})) {
    persona.reads_form = (*given)[0];
    persona.reads_query = (*given)[1];
    persona.reads_json = (*given)[2];
  }
  if (const auto given = word(tree, "token_answer", {"json", "by-accept"})) persona.answers_by_accept = *given == 1;
  if (const auto given = words(tree, "client_authentication", {"client_secret_basic", "client_secret_post", "none"})) {
    if (!(*given)[1]) wrong("/client_authentication", "client_secret_post cannot be switched off");
    persona.reads_basic = (*given)[0];
    persona.has_public_clients = (*given)[2];
  }
  if (const auto given = words(tree, "grants", {"authorization_code", "refresh_token", "client_credentials"}))
    std::ranges::copy(*given, persona.grants.begin());
  text(tree, "", "token_type", persona.token_type);
  text(tree, "", "cache_control", persona.cache_control);
  if (std::string scopes; take(tree, "scopes")) {
    text(tree, "", "scopes", scopes);
    if (const auto parsed = Scopes::parse(scopes); parsed && !parsed->empty()) persona.scopes = *parsed;
    else wrong("/scopes", "\"scopes\" takes some of: openid profile read write offline_access");
  }
  if (const auto given = word(tree, "unknown_scopes", {"refused", "ignored"}))
    persona.ignores_unknown_scopes = *given == 1;
  if (const auto given = word(tree, "scope_separator", {" ", ","})) persona.scope_separator = *given == 1 ? ',' : ' ';
  flag(tree, "", "pkce", persona.knows_pkce);
  text(tree, "", "console", persona.console);
  persona.consents_by_json = !persona.console.empty();
  if (const auto given = word(tree, "access_tokens", {"opaque", "es256", "rs256"}))
    persona.access_tokens = static_cast<AccessTokenFormat>(*given);
  flag(tree, "", "user_claims", persona.user_claims);
  lifetime(tree, "code_lifetime", persona.code_lifetime);
  lifetime(tree, "access_token_lifetime", persona.access_token_lifetime);
  lifetime(tree, "refresh_token_lifetime", persona.refresh_token_lifetime);
  no_others(tree, "");
  if (problems_.empty()) return persona;
  std::ranges::sort(problems_, {}, [](const auto& problem) { return std::pair(problem.line, problem.column); });
  std::string all;
  for (const auto& problem : problems_) all += base::to_string(problem) + '\n';
  all += problems_.size() == 1 ? "1 problem" : std::to_string(problems_.size()) + " problems";
  return std::unexpected(
      base::Failure{base::FailureCode::bad_argument, all + " in this persona; nothing was started", ""});
}

}  // namespace

std::expected<Persona, base::Failure> Persona::read(const std::string& file, std::string_view text) {
  PersonaReader reader(file, text);
  Tree tree;
  if (!base::parse_jsonc(file, text, tree, reader.problems_) || !tree.is_object()) {
    const std::string why =
        reader.problems_.empty() ? file + ": it is not a JSON object" : base::to_string(reader.problems_.front());
    return std::unexpected(base::Failure{base::FailureCode::bad_argument, why, ""});
  }
  return reader.read(tree);
}

}  // namespace assay::mock
