// Answers in words. Called only for what is reported, never on the path of a request. Values of tokens do not occur here:
// what is shown is which members there are, and what short public ones say.
#include <algorithm>

#include "base/text.hpp"
#include "engine/judge.hpp"

namespace assay::engine {
namespace {

using rules::Condition;
using rules::Field;
using rules::Verb;

std::string describe_arrival(const StepResult& result) {
  const auto& arrival = result.arrival;
  std::string out;
  switch (arrival.landed) {
    case Landing::redirect_uri: out = "back at the client"; break;
    case Landing::elsewhere: out = "the browser was sent to another URI"; break;
    case Landing::page: out = "a page with status " + std::to_string(arrival.status); break;
    case Landing::stuck: out = "the browser got stuck"; break;
  }
  if (arrival.landed == Landing::elsewhere && !arrival.note.empty()) out += ": " + base::printable(arrival.note, 240);
  if (arrival.landed == Landing::redirect_uri || arrival.landed == Landing::elsewhere) {
    std::string names;
    for (const auto& [name, value] : arrival.parameters) {
      names += names.empty() ? " with " : ", ";
      names += name;
      if (name == "error" || name == "iss") names += " " + base::printable(value, 80);
    }
    out += names;
    if (arrival.in_fragment) out += ", in the fragment";
  } else if (!arrival.note.empty()) {
    out += ": " + base::printable(arrival.note, 400);
  }
  return out;
}

// What the walk over JSON gives up at (RFC 8259 section 9 allows that). Brackets in strings do not matter at such numbers.
bool nests_too_deeply(std::string_view body) {
  int depth = 0;
  for (const char c : body)
    if (c == '{' || c == '[') {
      if (++depth > base::kMostJsonDepth) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  return false;
}

std::string describe_one(const StepResult& result, Verb verb) {
  if (result.state == StepState::not_run) return "not run";
  if (result.state == StepState::impossible) return "could not be sent: " + result.why;
  if (verb == Verb::authorize) return describe_arrival(result);
  if (!result.answer.ok())
    return "no complete answer (" + std::string(net::to_string(result.answer.outcome)) +
           "): " + base::printable(result.answer.detail, 160);
  std::string out = std::to_string(result.answer.status);
  if (result.has(Field::error)) {
    out += result.type(Field::error) == base::JsonType::string ? " " + base::printable(result.text(Field::error), 60)
                                                               : " with an \"error\" that is no string";
    if (result.has(Field::error_description))
      out += " (" + base::printable(result.text(Field::error_description), 120) + ")";
    if (!hands_out(result, verb)) return out;
  }
  std::string members;
  for (const Field field : rules::fields_of(verb)) {
    if (field == Field::status || field == Field::error || field == Field::error_description || !result.has(field))
      continue;
    members += members.empty() ? " with " : ", ";
    members += rules::to_string(field);
    const bool open =
        field == Field::scope || field == Field::expires_in || field == Field::token_type || field == Field::active;
    if (open) members += " " + base::printable(result.text(field), 80);
  }
  out += members;
  if (members.empty() && !result.has(Field::error)) {
    if (result.answer.body().empty()) out += ", empty body";
    else {
      const auto type = result.answer.header("Content-Type");
      const auto coding = result.answer.header("Content-Encoding");
      if (result.shape != base::JsonShape::malformed) out += ", JSON without the expected members";
      else if (coding) out += ", a body in the content coding \"" + base::printable(*coding, 40) + "\"";
      else if (nests_too_deeply(result.answer.body())) out += ", JSON that is nested too deeply to be read";
      else out += ", a body that is not JSON";
      out += " (" + base::printable(type.value_or("no Content-Type"), 60) + ")";
    }
  } else if (result.form_encoded) {
    out += ", form-encoded";
  }
  return out;
}

}  // namespace

std::string describe_answer(const StepResult& result, Verb verb) {
  std::string out = describe_one(result, verb);
  if (result.repetition > 0) out += ", repetition " + std::to_string(result.repetition);
  return out;
}

std::string describe_mismatch(const rules::Expectation& expectation, const StepResult& result, Verb verb) {
  std::string out = describe_answer(result, verb);
  if (result.state != StepState::ran) return out;
  for (const auto& c : expectation) {
    if (c.kind == Condition::Kind::header) {
      const auto value = result.answer.header(c.name);
      out += value ? "; " + c.name + ": " + base::printable(*value, 120) : "; no " + c.name + " header";
    } else if (c.kind == Condition::Kind::media_type) {
      out += "; Content-Type: " + base::printable(result.answer.header("Content-Type").value_or("absent"), 80);
    } else if (c.kind == Condition::Kind::json && !c.name.empty()) {
      const auto value = base::find_json(result.answer.body(), c.name);
      out += "; " + c.name.substr(1) + " is " + std::string(base::to_string(value.type));
    } else if (c.kind == Condition::Kind::params) {
      const auto count =
          std::ranges::count(result.arrival.parameters, c.name, &std::pair<std::string, std::string>::first);
      out += count == 0   ? "; no parameter " + c.name
             : count == 1 ? ""
                          : "; parameter " + c.name + " " + std::to_string(count) + " times";
      if (count == 1 && c.operation == rules::Operation::equals) out += "; parameter " + c.name + " differs";
    }
  }
  return out;
}

}  // namespace assay::engine
