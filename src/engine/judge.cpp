#include "engine/judge.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.hpp"
#include "crypto/jws.hpp"
#include "crypto/key.hpp"
#include "engine/judge_values.hpp"
#include "oauth/challenge.hpp"

namespace assay::engine {
namespace {

using rules::Condition;
using rules::Field;
using rules::Operation;
using rules::Verb;

std::string_view media_type(const net::Answer& answer) {
  const auto value = answer.header("Content-Type");
  return value ? base::trim(value->substr(0, value->find(';'))) : std::string_view{};
}

bool contains_token(std::string_view list, std::string_view token) {
  for (const auto part : base::split(list, ','))
    if (base::equals_ignoring_case(base::trim(part), token)) return true;
  return false;
}

bool has_challenge(std::string_view field, const std::vector<oauth::Challenge>& wanted) {
  const auto found = oauth::read_challenges(field);
  return std::ranges::any_of(found, [&](const auto& c) { return !wanted.empty() && c.covers(wanted.front()); });
}

bool matches_status(const Condition& condition, int status) {
  const bool found =
      std::ranges::any_of(condition.statuses, [&](int s) { return s < 0 ? status / 100 == -s : status == s; });
  return found != condition.negated;
}

rules::Landed landed(const Arrival& arrival) { return static_cast<rules::Landed>(arrival.landed); }

const std::string* parameter(const StepResult& result, std::string_view name) {
  return base::find_parameter(result.arrival.parameters, name);
}

double number_of(std::string_view text) {
  double value = NAN;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// RFC 6749 section 3.1.2: every parameter of the redirect URI's own query is in the redirect, as it was.
bool keeps_query(const StepResult& result) {
  const auto query = [](std::string_view uri) {
    uri = uri.substr(0, uri.find('#'));
    const auto mark = uri.find('?');
    return base::parse_form(mark == std::string_view::npos ? std::string_view() : uri.substr(mark + 1));
  };
  const auto there = query(result.text(Field::location));
  return std::ranges::all_of(query(result.text(Field::redirect_uri)),
                             [&](const auto& parameter) { return std::ranges::find(there, parameter) != there.end(); });
}

}  // namespace

bool says_nothing(const StepResult& result, Verb verb) {
  if (result.state != StepState::ran) return true;
  if (verb == Verb::authorize && result.arrival.landed == Landing::stuck) return true;  // however it got there
  const auto status = result.answer.status;
  if (!result.answer.ok()) return !net::is_server_fault(result.answer.outcome);
  if (verb == Verb::authorize && result.arrival.landed != Landing::page) return false;
  return status == 429 || status == 502 || status == 503 || status == 504;
}

bool is_jwt(std::string_view token) {
  const auto parts = crypto::parse_jws(token);
  return parts && base::find_json(parts->header, "/alg").type == base::JsonType::string;
}

bool hands_out(const StepResult& result, Verb verb) {
  if (verb == Verb::authorize) return result.has(Field::code);
  const auto given = [&](Field field) {
    return result.has(field) && result.type(field) != base::JsonType::null && !result.text(field).empty();
  };
  return given(Field::access_token) || given(Field::refresh_token);
}

Truth Judge::holds(const rules::Expectation& expectation, const StepResult& result, Verb verb) const {
  const bool about_stuck = std::ranges::any_of(expectation, [](const Condition& c) {
    return c.kind == Condition::Kind::landed && std::ranges::find(c.landings, rules::Landed::stuck) != c.landings.end();
  });
  if (says_nothing(result, verb) && !(about_stuck && result.state == StepState::ran)) return Truth::unknown;
  if (verb != Verb::authorize && !result.answer.ok()) {
    // Truncated, malformed or endless: the server's fault, and no answer as it should be. But garbage is no token either: it
    // does not show that a request was granted which had to be refused.
    const bool about_refusal = std::ranges::any_of(
        expectation, [](const Condition& c) { return c.kind == Condition::Kind::denied && c.flag; });
    return about_refusal ? Truth::unknown : Truth::no;
  }
  bool unknown = false;
  for (const auto& part : expectation) {
    if (part.kind == Condition::Kind::credentials_answered && result.arrival.credentials_status == 0) unknown = true;
    else if (part.kind == Condition::Kind::signed_by && signature(part, result) == Truth::unknown) unknown = true;
    else if (!condition(part, result, verb)) return Truth::no;
  }
  return unknown ? Truth::unknown : Truth::yes;
}

// OpenID Connect Core section 3.1.3.7, item 6. unknown: an algorithm that we do not verify, or no keys.
Truth Judge::signature(const Condition& c, const StepResult& result) const {
  const auto compact = result.text(Field::id_token);
  const auto jws = crypto::parse_jws(compact);
  if (!jws) return Truth::no;
  const auto algorithm = base::find_json(jws->header, "/alg").unescaped();
  if (algorithm.empty() || algorithm == "none") return Truth::no;
  using crypto::Algorithm;
  if (std::ranges::none_of(std::initializer_list{Algorithm::es256, Algorithm::rs256, Algorithm::eddsa},
                           [&](Algorithm known) { return crypto::names(algorithm, known); }))
    return Truth::unknown;
  const auto& keys = results_[static_cast<std::size_t>(c.keys)];
  if (keys.state != StepState::ran || !keys.answer.ok() || keys.answer.status != 200) return Truth::unknown;
  const auto key = crypto::find_key(keys.answer.body(), base::find_json(jws->header, "/kid").unescaped());
  // RFC 8037 section 3.1: EdDSA may also mean Ed448, which we do not verify.
  if (!key && algorithm == "EdDSA" && keys.answer.body().contains("Ed448")) return Truth::unknown;
  return key && crypto::jws_verify(*key, compact) ? Truth::yes : Truth::no;
}

Truth Judge::differ(const rules::That& that) const {
  std::vector<std::string> values;
  for (const auto& value : that.values) {
    std::string text;
    if (!append(text, value)) return Truth::unknown;
    values.push_back(std::move(text));
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t k = i + 1; k < values.size(); ++k)
      if ((values[i] == values[k]) == (that.kind == rules::That::Kind::distinct)) return Truth::no;
  return Truth::yes;
}

bool Judge::append(std::string& out, const rules::Template& value) const {
  using Kind = rules::Piece::Kind;
  for (const auto& piece : value) {
    switch (piece.kind) {
      case Kind::literal: out += piece.text; break;
      case Kind::target: break;  // bound before
      case Kind::fresh_random: random_->append_token(out); break;
      case Kind::fresh_word:
        for (int i = 0; i < 8; ++i) out += static_cast<char>('a' + random_->number() % 26);
        break;
      case Kind::fresh_chars: {
        static constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        for (int i = 0; i < piece.slot; ++i) out += letters[random_->number() % letters.size()];
        break;
      }
      case Kind::field: {
        const auto& result = results_[static_cast<std::size_t>(piece.slot)];
        if (piece.filter != rules::Filter::none) {
          if (!result.has(piece.field)) return false;
          out += engine::filtered(piece.filter, result.text(piece.field), piece.claim);
        } else if (piece.field == Field::status) {
          if (result.answer.status == 0) return false;
          out += std::to_string(result.answer.status);
        } else {
          if (!result.has(piece.field)) return false;
          out += result.text(piece.field);
        }
      }
    }
  }
  return true;
}

std::string Judge::filled(const rules::Template& value) const {
  std::string out;
  append(out, value);
  return out;
}

bool Judge::condition(const Condition& c, const StepResult& result, Verb verb) const {
  const auto& answer = result.answer;
  switch (c.kind) {
    case Condition::Kind::status:
      return matches_status(c, verb == Verb::authorize ? result.arrival.status : answer.status);
    case Condition::Kind::denied: return hands_out(result, verb) != c.flag;
    case Condition::Kind::oauth_error: {
      const bool there = result.has(Field::error) && result.type(Field::error) == base::JsonType::string;
      if (c.operation == Operation::present) return there;
      if (c.operation == Operation::absent)
        return !result.has(Field::error) || result.type(Field::error) == base::JsonType::null;
      return there && std::ranges::any_of(c.operands, [&](const auto& t) {
               return t.size() == 1 && t[0].text == result.text(Field::error);
             });
    }
    case Condition::Kind::header: {
      // Repeated fields count as one list (RFC 9110 section 5.3).
      if (c.operation == Operation::contains_token || c.operation == Operation::lacks_token) {
        const std::string token = filled(c.operands[0]);
        return (c.operation == Operation::contains_token) ==
               std::ranges::any_of(answer.fields(), [&](const net::HeaderField& f) {
                 return base::equals_ignoring_case(f.name, c.name) && contains_token(f.value, token);
               });
      }
      if (c.operation == Operation::challenge) {
        const auto wanted = oauth::read_challenges(filled(c.operands[0]));
        return std::ranges::any_of(answer.fields(), [&](const net::HeaderField& f) {
          return base::equals_ignoring_case(f.name, c.name) && has_challenge(f.value, wanted);
        });
      }
      const auto value = answer.header(c.name);
      return compare(c, result, value.value_or(""), base::JsonType::string, value.has_value());
    }
    case Condition::Kind::media_type: return base::equals_ignoring_case(media_type(answer), c.word);
    case Condition::Kind::json: {
      if (c.name.empty()) {
        const auto whole = base::find_json(answer.body(), "");
        return compare(c, result, whole.text, whole.type, whole.type != base::JsonType::absent);
      }
      // Of a form-encoded answer, too: that it is no JSON is for the rules to say that are about that.
      if (c.member) return compare(c, result, result.text(*c.member), result.type(*c.member), result.has(*c.member));
      const auto value = base::find_json(answer.body(), c.name);
      const std::string clear = value.escaped ? value.unescaped() : std::string();  // some servers write "https:\/\/"
      return compare(c, result, value.escaped ? std::string_view(clear) : value.text, value.type,
                     value.type != base::JsonType::absent);
    }
    case Condition::Kind::landed: {
      const bool found = std::ranges::find(c.landings, landed(result.arrival)) != c.landings.end();
      return found != c.negated;
    }
    case Condition::Kind::params: {
      const auto* value = parameter(result, c.name);
      if (c.operation == Operation::once)
        return std::ranges::count(result.arrival.parameters, c.name, &std::pair<std::string, std::string>::first) == 1;
      return compare(c, result, value ? std::string_view(*value) : std::string_view(), base::JsonType::string,
                     value != nullptr);
    }
    case Condition::Kind::keeps_query: return keeps_query(result);
    case Condition::Kind::credentials_answered: return matches_status(c, result.arrival.credentials_status);
    case Condition::Kind::claims:
    case Condition::Kind::id_token_header: {
      const auto jws = crypto::parse_jws(result.text(Field::id_token));
      if (!jws) return false;
      const auto value = base::find_json(c.kind == Condition::Kind::claims ? jws->payload : jws->header, c.name);
      return compare(c, result, value.escaped ? value.unescaped() : value.text, value.type,
                     value.type != base::JsonType::absent);
    }
    case Condition::Kind::signed_by: return signature(c, result) == Truth::yes;
    case Condition::Kind::in: {
      const auto& arrival = result.arrival;
      const auto place = arrival.in_form_post ? "form" : arrival.in_fragment ? "fragment" : "query";
      return arrival.landed == Landing::redirect_uri && c.word == place;
    }
    case Condition::Kind::any_of:
      return std::ranges::any_of(c.alternatives, [&](const rules::Expectation& alternative) {
        return std::ranges::all_of(alternative, [&](const Condition& part) { return condition(part, result, verb); });
      });
  }
  return false;
}

bool Judge::compare(const Condition& c, const StepResult& result, std::string_view text, base::JsonType type,
                    bool there) const {
  using base::JsonType;
  if (c.operation == Operation::present) return there;
  if (c.operation == Operation::absent) return !there;
  if (!there)
    return c.operation == Operation::differs_from || c.operation == Operation::lacks_word ||
           c.operation == Operation::lacks_element || c.operation == Operation::lacks_token ||
           c.operation == Operation::hides;
  const auto operand = [&] { return c.operands.empty() ? std::string() : filled(c.operands[0]); };
  // When the answer came, by the server's clock.
  const auto now = [&] { return std::chrono::duration<double>(result.server_now.time_since_epoch()).count(); };
  const auto number = [&] { return number_of(text); };
  switch (c.operation) {
    case Operation::equals: return text == operand();
    case Operation::differs_from: return text != operand();
    case Operation::one_of:
      return std::ranges::any_of(c.operands, [&](const rules::Template& t) { return text == filled(t); });
    case Operation::equals_ignoring_case: return base::equals_ignoring_case(text, operand());
    case Operation::type:
      if (c.word == "integer") return type == JsonType::number && text.find_first_of(".eE") == std::string_view::npos;
      return to_string(type) == c.word;
    case Operation::jwt: return (type == JsonType::string && is_jwt(text)) == c.flag;
    case Operation::min_length: return static_cast<double>(text.size()) >= c.number;
    case Operation::min: return type == JsonType::number && number() >= c.number;
    case Operation::max_length: return static_cast<double>(text.size()) <= c.number;
    case Operation::charset: return is_made_of(c.word, text);
    case Operation::near: {
      double other = 0;
      for (const auto& part : c.operands) other += number_of(filled(part));
      return type == JsonType::number && std::abs(number() - other) <= c.number;
    }
    case Operation::near_now: return type == JsonType::number && std::abs(number() - now()) <= c.number;
    case Operation::after_now: return type == JsonType::number && number() > now();
    case Operation::has_element: return engine::has_element(type, text, operand());
    case Operation::lacks_element: return !engine::has_element(type, text, operand());
    case Operation::only_members: {
      std::vector<std::string> names;
      for (const auto& name : c.operands) names.push_back(filled(name));
      return has_only_members(text, names);
    }
    case Operation::hides: return !reveals(text, operand());
    case Operation::max: return type == JsonType::number && number() <= c.number;
    case Operation::has_word: return base::has_word(text, operand());
    case Operation::lacks_word: return !base::has_word(text, operand());
    case Operation::words_within: {
      const auto allowed = operand();
      return std::ranges::all_of(base::split(text, ' '),
                                 [&](std::string_view word) { return base::has_word(allowed, word); });
    }
    case Operation::starts_with: {
      const auto prefix = operand();
      return base::equals_ignoring_case(text.substr(0, prefix.size()), prefix);
    }
    default: return false;
  }
}

}  // namespace assay::engine
