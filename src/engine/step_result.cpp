#include "engine/step_result.hpp"

#include "base/text.hpp"

namespace assay::engine {
namespace {

using rules::Field;

struct Interest {
  std::array<base::JsonWanted, 9> wanted;
  std::array<Field, 9> fields;
  std::size_t size = 0;
};

const Interest& interest_of(rules::Verb verb) {
  static const auto table = [] {
    std::array<Interest, static_cast<std::size_t>(rules::Verb::http) + 1> out{};
    for (std::size_t v = 0; v < out.size(); ++v)
      for (const Field field : rules::fields_of(static_cast<rules::Verb>(v))) {
        if (field == Field::status || static_cast<rules::Verb>(v) == rules::Verb::authorize) continue;
        out[v].wanted[out[v].size].name = rules::to_string(field);
        out[v].fields[out[v].size++] = field;
      }
    return out;
  }();
  return table[static_cast<std::size_t>(verb)];
}

bool is_form(std::optional<std::string_view> content_type) {
  return content_type && base::lower(content_type->substr(0, content_type->find(';'))).find("x-www-form-urlencoded") !=
                             std::string::npos;
}

// A form has no types: digits are a number where one is due.
base::JsonType type_of(Field field, std::string_view value) {
  const bool number =
      field == Field::expires_in && !value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos;
  return number ? base::JsonType::number : base::JsonType::string;
}

}  // namespace

void StepResult::clear() {
  state = StepState::not_run;
  why.clear();
  answer.clear();
  if (arrival.landed != Landing::stuck || !arrival.location.empty() || !arrival.note.empty()) arrival.clear();
  shape = base::JsonShape::malformed;
  form_encoded = false;
  repetition = 0;
  exchanges.clear();
  began = ended = {};
  set_ = 0;
}

void StepResult::keep(Field field, std::string_view value, base::JsonType type) {
  const auto i = index(field);
  kept_[i].assign(value);
  values_[i] = {kept_[i], type, false};
  set_ |= bit(field);
}

void StepResult::read_body(rules::Verb verb) {
  const Interest& interest = interest_of(verb);
  auto wanted = interest.wanted;  // names are views of static text: a copy of 9 small structs
  const auto used = std::span(wanted).first(interest.size);
  shape = base::walk_json(answer.body(), used);
  if (shape == base::JsonShape::object) {
    for (std::size_t i = 0; i < interest.size; ++i) {
      const auto& value = wanted[i].value;
      if (value.type == base::JsonType::absent) continue;
      const auto at = index(interest.fields[i]);
      if (value.escaped) kept_[at] = value.unescaped();
      values_[at] = {value.escaped ? std::string_view(kept_[at]) : value.text, value.type, value.repeated};
      set_ |= bit(interest.fields[i]);
    }
  } else if (is_form(answer.header("Content-Type"))) {
    // Some servers answer in form encoding (against RFC 6749 section 5.1); what they hand out must be seen all the same.
    form_encoded = true;
    for (const auto& [name, value] : base::parse_form(answer.body()))
      for (const Field field : rules::fields_of(verb))
        if (rules::to_string(field) == name) keep(field, value, type_of(field, value));
  }
}

}  // namespace assay::engine
