// A rule's exchanges as a sequence diagram: lanes for client, browser and server, one numbered arrow for each exchange, the
// offending ones marked. Drawn for 720 units of width; colours and strokes come from the style sheet.
#include <fmt/format.h>

#include <algorithm>

#include "report/html.hpp"

namespace assay::report {
namespace {

constexpr int kClient = 60, kBrowser = 200, kServer = 560, kDiagramWidth = 720, kFirst = 58, kRow = 30;

// Text that fits into so many units, by the width of an average character.
std::string fitting(std::string text, int units) {
  const auto most = static_cast<std::size_t>(units / 7);
  if (text.size() <= most) return text;
  text.resize(most);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.pop_back();
  // Not within a label.
  if (const auto open = text.rfind("‹"); open != std::string::npos && text.find("›", open) == std::string::npos)
    text.resize(open);
  return text + "…";
}

Html plain(const Page& page, const std::string& redacted) { return page.text(redacted, 200); }

Html right_arrow(int from, int to, int y) { return markup("<path d=\"M{} {}H{}m-6-4 6 4-6 4\"/>", from, y, to); }

}  // namespace

Html sequence_diagram(const Page& page, const std::vector<Wire>& wires, const std::vector<record::Check>& checks) {
  const bool browser = std::ranges::any_of(wires, &Wire::browser);
  int y = kFirst;
  Html rows;
  std::string accused_words;
  for (const auto& wire : wires) {
    const int id = wire.exchange->id, from = wire.browser ? kBrowser : kClient;
    const bool accused = is_accused(checks, id);
    Html tint;
    if (accused) {
      tint = markup("<rect class=hit x=0 y={} width={} height={} rx=4></rect>", y - 20, kDiagramWidth, kRow - 3);
      accused_words += fmt::format("{}#{}", accused_words.empty() ? "" : ", ", id);
    }
    rows += markup(
        "<g class={} data-x={}>{}{}<text x={} y={}><tspan class=n>{}</tspan> {}</text><text class=st x={} "
        "y={}>{}{}</text></g>",
        accused ? Markup("\"a bad\"") : Markup("a"), id, tint, right_arrow(from, kServer, y), from + 8, y - 5, id,
        plain(page, fitting(wire.method + " " + wire.path, kServer - from - 90)), kServer + 10, y + 4,
        accused ? Markup("✗ ") : Markup(""), plain(page, fitting(wire.answer, kDiagramWidth - kServer - 10)));
    y += kRow;
    if (!wire.handed_back.empty()) {
      rows += markup("<g class=back><path d=\"M{} {}H{}m6-4-6 4 6 4\"/><text x={} y={}>{}</text></g>", kBrowser, y,
                     kClient, kClient + 8, y - 5, plain(page, fitting(wire.handed_back, kServer - kClient - 20)));
      y += kRow;
    }
  }
  const int bottom = y - kRow + 14;
  Html lanes;
  const auto lane = [&](int x, Markup name) {
    lanes += markup("<text class=lane x={} y=16 text-anchor=middle>{}</text><line x1={} y1=24 x2={} y2={} />", x, name,
                    x, x, bottom);
  };
  lane(kClient, "client");
  if (browser) lane(kBrowser, "browser");
  lane(kServer, "server");
  return markup(
      "<div class=seq tabindex=0 role=group aria-label=\"Diagram of the exchanges #{} to #{}\"><svg viewBox=\"0 0 {} "
      "{}\" role=img "
      "aria-label=\"{} exchanges between client{} server{}{}. The list below tells the same.\">{}{}</svg></div>\n",
      wires.front().exchange->id, wires.back().exchange->id, kDiagramWidth, bottom + 6, wires.size(),
      browser ? Markup(", browser and") : Markup(" and"),
      accused_words.empty() ? Markup("") : Markup("; the answer that breaks the rule is that of "),
      escaped(accused_words), lanes, rows);
}

}  // namespace assay::report
