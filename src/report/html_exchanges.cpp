// The exchanges of a rule: a sequence diagram, and the same as a list in words, in which each unfolds to what went over the wire.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "record/jwts.hpp"
#include "report/html.hpp"

namespace assay::report {
namespace {

constexpr std::size_t kMessageLimit = 8192;  // bytes of a head or a body on the page
constexpr std::size_t kChangedLines = 12;
constexpr std::size_t kArrows = 40;

Html as_text(const Page& page, const MessageLines& message) {
  Html out;
  for (const auto& line : message.lines) out += markup("{}\n", page.line(line));
  if (!message.left_out.empty()) out += markup("<i>… {}</i>\n", escaped(message.left_out));
  return out;
}

// What one half of an exchange has that its predecessor had not.
Html changes(const Page& page, const MessageLines& before, const MessageLines& after) {
  const auto lines = changed_lines(before.lines, after.lines);
  Html out;
  for (const auto& line : std::span(lines).first(std::min(lines.size(), kChangedLines)))
    out += line[0] == '-' ? markup("<del>{}</del>\n", page.line(line)) : markup("<ins>{}</ins>\n", page.line(line));
  if (lines.size() > kChangedLines) out += markup("… and {} lines more\n", lines.size() - kChangedLines);
  return out;
}

struct Messages {
  int id = 0;
  MessageLines request, response;
};

void difference(Page& page, const Messages& before, const Messages& now) {
  const auto request = changes(page, before.request, now.request),
             response = changes(page, before.response, now.response);
  page.put("<details class=diff><summary>Since #{}: {} request, {} answer</summary>", before.id,
           request.empty() ? Markup("the same") : Markup("another"),
           response.empty() ? Markup("the same") : Markup("another"));
  if (!request.empty()) page.put("<p class=small>Request</p><pre>{}</pre>", request);
  if (!response.empty()) page.put("<p class=small>Response</p><pre>{}</pre>", response);
  page << "</details>";
}

Html summary_of(const Page& page, const Wire& wire, bool accused) {
  const auto& exchange = *wire.exchange;
  return markup("<b>#{}</b> {} → <b{}>{}{}</b> <span class=small>{}{}, {}, {} bytes{}</span>", exchange.id,
                page.line(wire.method + " " + (wire.path.size() > 80 ? wire.path.substr(0, 80) + "…" : wire.path)),
                accused ? Markup(" class=hit") : Markup(""), accused ? Markup("✗ ") : Markup(""),
                page.line(wire.answer), page.text(exchange.step.empty() ? "" : exchange.step + ", ", 80),
                page.text(exchange.purpose, 80), escaped(took_words(exchange.took)),
                escaped(grouped(exchange.response_size)),
                exchange.reused_connection ? Markup("") : Markup(", new connection"));
}

void content(Page& page, const Wire& wire, const Messages& messages, const Messages* before) {
  const auto& exchange = *wire.exchange;
  page.put("<div class=wire><div><h4>Request</h4><pre>{}</pre></div><div><h4>Response</h4><pre>{}</pre>",
           as_text(page, messages.request), as_text(page, messages.response));
  if (!exchange.detail.empty()) page.put("<p class=small>{}</p>", page.marked(exchange.detail));
  page << "</div></div>";
  for (const auto& jwt : record::jwts_of(page.redactor(), exchange)) {
    page.put("<details class=diff><summary>A JWT of the {}{}, without its signature</summary><pre>",
             jwt.of_request ? Markup("request") : Markup("response"),
             jwt.label.empty() ? Html() : markup(": {}", page.line(jwt.label)));
    for (const auto* part : {&jwt.header, &jwt.claims})
      page.put("{}\n", as_text(page, message_lines(indented_json(*part), kMessageLimit)));
    page << "</pre></details>";
  }
  if (before) difference(page, *before, messages);
}

}  // namespace

bool is_accused(const std::vector<record::Check>& checks, int exchange) {
  return std::ranges::any_of(checks, [&](const record::Check& check) {
    return (check.verdict == record::Verdict::fail || check.verdict == record::Verdict::warn) &&
           !check.evidence.empty() && check.evidence.back() == exchange;
  });
}

void html_exchanges(Page& page, const Story& story) {
  static const std::vector<record::Check> kNone;
  const auto& checks = story.checks ? *story.checks : kNone;
  std::vector<Wire> wires;
  for (const int id : story.exchanges)
    if (const auto* exchange = find_exchange(page.run(), id)) wires.push_back(read_wire(page.redactor(), *exchange));
  if (wires.empty()) return;
  // Where nothing went wrong the list says as much, and a diagram has ten times its size.
  if (wires.size() <= kArrows && story.failure) page << sequence_diagram(page, wires, checks);
  page << "<div class=xs>\n";
  std::map<std::string, Messages> last;
  for (const auto& wire : wires) {
    const int id = wire.exchange->id;
    const bool wanted = std::ranges::find(story.shown, id) != story.shown.end();
    const bool accused = is_accused(checks, id);
    const bool first = page.first_time(id);
    const auto size =
        std::min(wire.request.size(), 2 * kMessageLimit) + std::min(wire.response.size(), 2 * kMessageLimit);
    if (!first) {
      page.put("<p class=x>{} <a href=\"#x{}\">shown elsewhere</a></p>\n", summary_of(page, wire, accused), id);
      continue;
    }
    if (!wanted || !page.take_room(size, story.failure)) {
      page.put("<p class=x id=x{}>{}{}</p>\n", id, summary_of(page, wire, accused),
               wanted ? Markup(" <span class=small>; its content is in run.json</span>") : Markup(""));
      continue;
    }
    Messages messages{id, message_lines(wire.request, kMessageLimit),
                      message_lines(wire.response, kMessageLimit, wire.exchange->response_size)};
    auto& before = last[wire.method + wire.path];
    page.put("<details class=x id=x{}><summary>{}</summary>\n", id, summary_of(page, wire, accused));
    content(page, wire, messages, story.failure && before.id > 0 ? &before : nullptr);
    page << "</details>\n";
    before = std::move(messages);
  }
  page << "</div>\n";
}

}  // namespace assay::report
