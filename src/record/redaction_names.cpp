// Finds secrets that nobody registered by the names they go under. One scan for names, one for HTML tags, one for JWTs; it
// keeps no state and never changes what is already a label.
#include "record/redaction_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace assay::record {
namespace {

using Known = std::function<std::string(std::string_view)>;

constexpr std::array<std::string_view, 22> kNames = {
    "assertion",     "auth_req_id",  "client_assertion", "code",       "code_verifier", "device_code",
    "id_token_hint", "jsessionid",   "passphrase",       "passwd",     "phpsessid",     "pin",
    "pwd",           "samlresponse", "session",          "session_id", "session_state", "sessionid",
    "sid",           "user_code",    "verifier",         "private_key"};
constexpr std::array<std::string_view, 6> kHeaders = {"authorization", "cookie",    "proxy-authorization",
                                                      "set-cookie",    "x-api-key", "x-auth-token"};
// Hidden inputs that carry a request through a login page; what they hold is no secret.
constexpr std::string_view kHarmlessInputs =
    "client_id redirect_uri response_type response_mode scope state nonce code_challenge code_challenge_method prompt "
    "max_age display ui_locales login_hint acr_values action utf8 resource audience";

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& all, std::string_view name) {
  return std::find(all.begin(), all.end(), name) != all.end();
}

bool is_sensitive(std::string_view name) {  // lower case
  if (contains(kNames, name)) return true;
  if (name.ends_with("token")) return true;  // access_token, authenticity_token, token; not token_type
  for (const std::string_view part : {"secret", "password", "csrf", "xsrf"})
    if (name.find(part) != std::string_view::npos) return true;
  return false;
}

constexpr std::string_view kOpen = "‹", kClose = "›";

bool is_label(std::string_view value) {
  return value.starts_with(kOpen) && value.find(kClose) == value.size() - kClose.size();
}

// Behind the label that begins at `at`, or `at` if none does. Labels hold blanks, which end other values.
std::size_t skip_label(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with(kOpen)) return at;
  const auto close = text.find(kClose, at);
  return close == std::string_view::npos || close - at > 80 ? at : close + kClose.size();
}

std::string masked(std::string_view name, std::string_view value) {
  return fmt::format("‹{} {} chars›", name, value.size());
}

// "name=value; name=value": the values go. Of Set-Cookie only the first is a cookie, the others are attributes.
std::string mask_cookies(std::string_view line, bool only_first) {
  std::string out;
  bool first = true;
  while (!line.empty()) {
    const auto end = std::min(line.find(';'), line.size());
    const auto pair = line.substr(0, end);
    const auto equals = pair.find('=');
    if ((first || !only_first) && equals != std::string_view::npos) {
      const auto value = base::trim(pair.substr(equals + 1));
      out += pair.substr(0, equals + 1);
      out += value.empty() || is_label(value) ? std::string(value) : masked("cookie", value);
    } else {
      out += pair;
    }
    if (end < line.size()) out += ';';
    line.remove_prefix(std::min(end + 1, line.size()));
    first = false;
  }
  return out;
}

std::string mask_header(std::string_view name, std::string_view value) {
  if (name == "cookie" || name == "set-cookie") return mask_cookies(value, name == "set-cookie");
  // The scheme says how a client authenticated and stays.
  const auto blank = value.find(' ');
  const auto scheme = blank == std::string_view::npos ? std::string_view{} : value.substr(0, blank + 1);
  const auto rest = value.substr(scheme.size());
  if (rest.empty() || is_label(rest)) return std::string(value);
  return std::string(scheme) + masked("credentials", rest);
}

// The place of a value in the text: [begin, end).
struct Place {
  std::size_t begin = 0, end = 0;
  enum class Kind { parameter, member, header } kind = Kind::parameter;
};

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) ++at;
  return at;
}

// "name": "value", also with the quotes escaped (JSON inside JSON). `after` is the place behind the name.
std::optional<Place> member_value(std::string_view text, std::size_t after) {
  const std::string_view quote = text.substr(after).starts_with("\\\"") ? "\\\"" : "\"";
  if (!text.substr(after).starts_with(quote)) return std::nullopt;
  std::size_t at = skip_blanks(text, after + quote.size());
  if (at >= text.size() || text[at] != ':') return std::nullopt;
  at = skip_blanks(text, at + 1);
  if (!text.substr(at).starts_with(quote)) return std::nullopt;
  at += quote.size();
  std::size_t end = at;
  while (end < text.size() && !text.substr(end).starts_with(quote)) end += text[end] == '\\' ? 2 : 1;
  return Place{at, std::min(end, text.size()), Place::Kind::member};
}

// name=value in a query, a form body or a fragment; also percent-encoded, as inside another URL.
std::optional<Place> parameter_value(std::string_view text, std::size_t after) {
  const bool encoded = text.substr(after).starts_with("%3D") || text.substr(after).starts_with("%3d");
  if (!encoded && (after >= text.size() || text[after] != '=')) return std::nullopt;
  const std::size_t begin = after + (encoded ? 3 : 1);
  std::size_t end = begin;
  while (end < text.size()) {
    const char c = text[end];
    if (c == '&' || c == '#' || c == '"' || c == '\'' || c == '<' || c == '>' || c == ';' || c == ',' || c == ')' ||
        c == '\\' || static_cast<unsigned char>(c) <= ' ')
      break;
    if (encoded && (text.substr(end).starts_with("%26") || text.substr(end).starts_with("%23"))) break;
    const auto behind = skip_label(text, end);
    end = behind == end ? end + 1 : behind;
  }
  return Place{begin, end, Place::Kind::parameter};
}

std::optional<Place> find_value(std::string_view text, std::size_t begin, std::size_t after, bool header) {
  if (begin > 0 && text[begin - 1] == '"')
    if (const auto found = member_value(text, after)) return found;
  if (header && after < text.size() && text[after] == ':') {
    std::size_t at = after + 1;
    while (at < text.size() && text[at] == ' ') ++at;
    return Place{at, std::min(text.find_first_of("\r\n", at), text.size()), Place::Kind::header};
  }
  return parameter_value(text, after);
}

std::string mask_named(std::string_view text, const Known& known) {
  std::string out;
  out.reserve(text.size());
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (!is_name(text[i])) {
      ++i;
      continue;
    }
    std::size_t begin = i;
    while (i < text.size() && is_name(text[i])) ++i;
    if (begin > 0 && text[begin - 1] == '%' && i - begin > 2) begin += 2;  // %26code
    if (i - begin > 48 || i >= text.size()) continue;
    const auto name = base::lower(text.substr(begin, i - begin));
    const bool header = contains(kHeaders, name);
    const auto place = find_value(text, begin, i, header);
    if (!place || place->begin >= place->end) continue;
    const auto value = text.substr(place->begin, place->end - place->begin);
    std::string replacement = known(base::percent_decoded(value, place->kind == Place::Kind::parameter));
    if (replacement.empty()) {
      if (is_label(value) || !(header || is_sensitive(name))) continue;
      // In JSON, a short "code" is an error code.
      if (place->kind == Place::Kind::member && name == "code" && value.size() < 16) continue;
      replacement = place->kind == Place::Kind::header ? mask_header(name, value) : masked(name, value);
    }
    out += text.substr(copied, place->begin - copied);
    out += replacement;
    copied = i = place->end;
  }
  out += text.substr(copied);
  return out;
}

// The value of attribute `name` in the tag at [begin, end), as a place; quotes excluded.
std::optional<Place> attribute(std::string_view text, std::size_t begin, std::size_t end, std::string_view name) {
  for (std::size_t at = begin; at + name.size() < end; ++at) {
    if (!base::equals_ignoring_case(text.substr(at, name.size()), name) || is_name(text[at - 1])) continue;
    std::size_t value = skip_blanks(text, at + name.size());
    if (value >= end || text[value] != '=') continue;
    value = skip_blanks(text, value + 1);
    if (value >= end) return std::nullopt;
    const char quote = text[value];
    const bool quoted = quote == '"' || quote == '\'';
    if (quoted) ++value;
    const auto close = quoted ? text.find(quote, value) : text.find_first_of(" \t\r\n>", skip_label(text, value));
    return Place{value, std::min(close, quoted ? text.size() : end), Place::Kind::parameter};
  }
  return std::nullopt;
}

// Behind the tag that begins at `at`: a ">" inside quotes does not end it.
std::size_t tag_end(std::string_view text, std::size_t at) {
  char quote = 0;
  for (; at < text.size(); ++at) {
    if (quote) quote = text[at] == quote ? 0 : quote;
    else if (text[at] == '"' || text[at] == '\'') quote = text[at];
    else if (text[at] == '>') return at;
  }
  return text.size();
}

std::string mask_inputs(std::string_view text) {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const bool input = base::equals_ignoring_case(text.substr(at, 7).substr(0, 6), "<input");
    const bool meta = base::equals_ignoring_case(text.substr(at, 5), "<meta");
    if (!input && !meta) continue;
    const auto end = tag_end(text, at);
    const auto part = [&](std::string_view name) -> std::string_view {
      const auto place = attribute(text, at + 1, end, name);
      return place && place->end >= place->begin ? text.substr(place->begin, place->end - place->begin)
                                                 : std::string_view{};
    };
    const auto name = base::lower(part("name"));
    const auto type = base::lower(part("type"));
    const bool secret =
        input ? (type == "hidden" || type == "password") && !base::has_word(kHarmlessInputs, name) : is_sensitive(name);
    if (!secret) continue;
    const auto place = attribute(text, at + 1, end, input ? "value" : "content");
    if (!place || place->begin >= place->end || place->begin < copied) continue;
    const auto value = text.substr(place->begin, place->end - place->begin);
    if (is_label(value)) continue;
    out += text.substr(copied, place->begin - copied);
    out += masked("hidden", value);
    copied = place->end;
  }
  out += text.substr(copied);
  return out;
}

// header.claims.signature: the first two are worth reading, the third makes it a credential.
std::string mask_signatures(std::string_view text) {
  std::string out;
  std::size_t copied = 0;
  for (std::size_t at = text.find("eyJ"); at != std::string_view::npos; at = text.find("eyJ", at + 3)) {
    if (at < copied || (at > 0 && is_name(text[at - 1]))) continue;
    std::size_t dot = at;
    while (dot < text.size() && is_name(text[dot])) ++dot;
    if (dot >= text.size() || text[dot] != '.' || dot - at < 10) continue;
    std::size_t second = skip_label(text, dot + 1);
    while (second < text.size() && is_name(text[second])) ++second;
    if (second >= text.size() || text[second] != '.') continue;
    std::size_t end = second + 1;
    while (end < text.size() && (is_name(text[end]) || text[end] == '.')) ++end;
    if (end == second + 1) continue;  // alg none
    out += text.substr(copied, second + 1 - copied);
    out += masked("signature", text.substr(second + 1, end - second - 1));
    copied = end;
  }
  out += text.substr(copied);
  return out;
}

}  // namespace

std::string redact_names(std::string_view text, const Known& known) {
  return mask_signatures(mask_inputs(mask_named(text, known)));
}

}  // namespace assay::record
