// Reads exchanges for the report. What a server sent may be anything: nothing here may fail, loop or recurse on it.
#include "report/wire.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "crypto/digest.hpp"
#include "report/view.hpp"

namespace assay::report {
namespace {

constexpr std::size_t kDeepestJson = 24;

// Head and body; the blank line belongs to neither.
std::pair<std::string_view, std::string_view> parts_of(std::string_view message) {
  const auto end = message.find("\r\n\r\n");
  if (end == std::string_view::npos) return {message, {}};
  return {message.substr(0, end), message.substr(end + 4)};
}

std::string_view header(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1)) {
    const auto line = head.substr(at + 1, head.find('\n', at + 1) - at - 1);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        base::equals_ignoring_case(line.substr(0, name.size()), name))
      return base::trim(line.substr(name.size() + 1));
  }
  return {};
}

bool is_error_code(std::string_view text) {  // the characters of RFC 6749 section 5.2 that codes in use consist of
  return !text.empty() && text.size() <= 60 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  });
}

// The error code of a JSON body, by sight: the value of its first member "error".
std::string error_in(std::string_view body) {
  constexpr std::string_view kName = "\"error\"";
  const auto name = body.substr(0, 4096).find(kName);
  if (name == std::string_view::npos) return {};
  auto rest = body.substr(name + kName.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n:"), rest.size()));
  if (!rest.starts_with('"')) return {};
  const auto code = rest.substr(1, rest.substr(1).find('"'));
  return is_error_code(code) ? std::string(code) : std::string();
}

std::string client_in(std::string_view text) {
  constexpr std::string_view kName = "client_id=";
  for (auto at = text.find(kName); at != std::string_view::npos; at = text.find(kName, at + 1)) {
    if (at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) || text[at - 1] == '_')) continue;
    const auto value = text.substr(at + kName.size());
    const auto name = base::percent_decoded(value.substr(0, value.find_first_of("& \r\n#")), true);
    if (name.size() <= 60) return name;
  }
  return {};
}

// "code, state" or "error access_denied, state": what a redirect hands to the client.
std::string handed_back(std::string_view location) {
  std::string out;
  const auto question = location.find_first_of("?#");
  if (question == std::string_view::npos) return "redirect";
  for (const auto part : base::split(location.substr(question + 1), '&')) {
    const auto pair = base::split(part, '=');
    if (pair.empty()) continue;
    if (out.size() > 60) return out + ", …";
    if (!out.empty()) out += ", ";
    out += pair[0].substr(0, 30);
    if (pair[0] == "error" && pair.size() > 1 && is_error_code(pair[1])) out += fmt::format(" {}", pair[1]);
  }
  return out.empty() ? "redirect" : out;
}

void append_lines(std::vector<std::string>& out, std::string_view text) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// A line that is long by its query (of a request, or of a Location) becomes one line for each parameter.
void split_queries(std::vector<std::string>& lines) {
  std::vector<std::string> out;
  for (auto& line : lines) {
    const auto query = line.size() > 90 ? line.find('?') : std::string::npos;
    std::size_t at = 0;
    if (query != std::string::npos)
      for (auto next = line.find('&', query); next != std::string::npos; next = line.find('&', next + 1)) {
        out.push_back(line.substr(at, next - at));
        at = next;
      }
    out.push_back(line.substr(at));
  }
  lines = std::move(out);
}

// At most `limit` bytes, and no half characters.
std::string_view front(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

bool is_form(std::string_view head, std::string_view body) {
  return base::lower(header(head, "content-type")).starts_with("application/x-www-form-urlencoded") &&
         body.find('\n') == std::string_view::npos;
}

bool without_meaning(std::string_view line) {
  return line.starts_with("Date:") || line.starts_with("Content-Length:") || line.starts_with("date:") ||
         line.starts_with("content-length:");
}

}  // namespace

Wire read_wire(const record::Redactor& redactor, const record::Exchange& exchange) {
  Wire out;
  out.exchange = &exchange;
  out.request = redactor.redact(exchange.request);
  out.response = redactor.redact(exchange.response);
  const std::string_view line = std::string_view(out.request).substr(0, out.request.find_first_of("\r\n"));
  const auto first = line.find(' ');
  out.method = line.substr(0, first);
  if (first != std::string_view::npos) {
    const auto target =
        line.substr(first + 1, line.rfind(' ') > first ? line.rfind(' ') - first - 1 : std::string::npos);
    out.path = target.substr(0, target.find('?'));
  }
  const auto request_head = parts_of(out.request).first;
  const auto [head, body] = parts_of(out.response);
  out.browser = !header(request_head, "sec-fetch-mode").empty() || exchange.purpose == "authorization request" ||
                exchange.purpose == "redirect" || exchange.purpose.ends_with(" form");
  if (exchange.outcome != "ok") {
    out.answer = redactor.redact(exchange.outcome);
    return out;
  }
  out.answer = std::to_string(exchange.status);
  if (const auto error = error_in(body); !error.empty()) out.answer += " " + error;
  const auto location = header(head, "location");
  if (out.browser && exchange.status >= 300 && exchange.status < 400 && location.find("://") < 12) {
    const auto host = header(request_head, "host");
    const auto after = location.substr(location.find("://") + 3);
    if (!host.empty() && after.substr(0, after.find_first_of("/?#")) != host) out.handed_back = handed_back(location);
  }
  return out;
}

std::string client_of(const record::Redactor& redactor, const record::Exchange& exchange) {
  return redactor.redact(client_in(std::string_view(exchange.request).substr(0, 8192)));
}

std::string indented_json(std::string_view json) {
  std::string out;
  out.reserve(json.size() + json.size() / 4);
  std::size_t depth = 0;
  bool quoted = false;
  const auto line = [&] { out.append("\n").append(2 * depth, ' '); };
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (quoted) {
      out += c;
      if (c == '\\' && i + 1 < json.size()) out += json[++i];
      else if (c == '"') quoted = false;
      continue;
    }
    switch (c) {
      case ' ':
      case '\t':
      case '\r':
      case '\n': break;
      case '{':
      case '[': {
        out += c;
        const auto next = json.find_first_not_of(" \t\r\n", i + 1);
        if (next != std::string_view::npos && (json[next] == '}' || json[next] == ']')) {
          out += json[next];
          i = next;
          break;
        }
        if (++depth > kDeepestJson) return std::string(json);
        line();
        break;
      }
      case '}':
      case ']':
        if (depth == 0) return std::string(json);
        --depth;
        line();
        out += c;
        break;
      case ',':
        out += c;
        line();
        break;
      case ':': out += ": "; break;
      case '"': quoted = true; [[fallthrough]];
      default: out += c;
    }
  }
  return out;
}

MessageLines message_lines(std::string_view redacted, std::size_t limit, std::size_t full_size) {
  MessageLines out;
  const auto [head, whole] = parts_of(redacted);
  append_lines(out.lines, front(head, limit));
  split_queries(out.lines);
  const auto body = front(whole, limit);
  if (!body.empty()) {
    out.lines.emplace_back();
    const auto start = body.find_first_not_of(" \t\r\n");
    if (start != std::string_view::npos && (body[start] == '{' || body[start] == '[') && body.size() == whole.size())
      append_lines(out.lines, indented_json(body));
    else if (is_form(head, body))
      for (std::size_t at = 0; at < body.size();) {
        const auto end = std::min(body.find('&', at + 1), body.size());
        out.lines.emplace_back(body.substr(at, end - at));
        at = end;
      }
    else append_lines(out.lines, body);
  }
  if (head.size() > limit || whole.size() > limit) {
    const auto digest = crypto::sha256(redacted);
    out.left_out = fmt::format("cut after {} bytes; there were {}, run.json has {}, SHA-256 {}", limit,
                               grouped(std::max(full_size, redacted.size())), grouped(redacted.size()),
                               base::hex(crypto::as_text(digest)).substr(0, 16));
  }
  return out;
}

std::vector<std::string> changed_lines(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  // Headers change places between answers for no reason: what counts is which lines there are.
  std::vector<std::string> out;
  const auto add = [&](const auto& lines, const auto& others, std::string_view sign) {
    auto rest = others;
    for (const auto& line : lines) {
      if (without_meaning(line)) continue;
      const auto found = std::find(rest.begin(), rest.end(), line);
      if (found == rest.end()) out.push_back(std::string(sign) + line);
      else rest.erase(found);
    }
  };
  add(before, after, "- ");
  add(after, before, "+ ");
  return out;
}

}  // namespace assay::report
