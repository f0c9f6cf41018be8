// How a page for the terminal is put together. Knows nothing of verdicts beyond their glyphs.
#include "report/console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace assay::report {
namespace {

constexpr char kHardBlank = '\x1f';       // a blank at which no line ends; text() lets none of them in
constexpr std::size_t kBodyLimit = 4096;  // bytes of a message on a terminal

constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kAscii = {{{"·", "|"},
                                                                                   {"→", "->"},
                                                                                   {"‹", "<"},
                                                                                   {"›", ">"},
                                                                                   {"…", "..."},
                                                                                   {"✓", "+"},
                                                                                   {"✗", "X"},
                                                                                   {"■", "#"},
                                                                                   {"§", "section "},
                                                                                   {"–", "-"},
                                                                                   {"—", "-"},
                                                                                   {"“", "\""},
                                                                                   {"”", "\""},
                                                                                   {"‘", "'"},
                                                                                   {"’", "'"},
                                                                                   {"µ", "u"}}};

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// The longest beginning of `text` of at most `columns`, at least one code point.
std::string_view first_columns(std::string_view text, std::size_t columns) {
  std::size_t seen = 0, at = 0;
  for (; at < text.size(); ++at)
    if (!is_continuation(text[at]) && ++seen > std::max<std::size_t>(columns, 1)) break;
  return text.substr(0, at);
}

}  // namespace

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string in_ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    const auto known =
        std::find_if(kAscii.begin(), kAscii.end(), [&](const auto& pair) { return text.starts_with(pair.first); });
    if (known != kAscii.end()) {
      out += known->second;
      text.remove_prefix(known->first.size());
      continue;
    }
    out += '?';
    do text.remove_prefix(1);
    while (!text.empty() && is_continuation(text[0]));
  }
  return out;
}

std::size_t Console::width() const { return static_cast<std::size_t>(std::clamp(style_.width, 40, 200)); }

std::string Console::text(std::string_view raw, std::size_t limit) const {
  auto out = shown(redactor_, raw, limit);
  return style_.utf8 ? out : in_ascii(out);
}

std::string Console::paint(std::string_view text, Paint paint) const {
  static constexpr std::array<std::string_view, 8> codes = {"", "1", "2", "31", "32", "33", "35", "36"};
  if (!style_.color || paint == Paint::none) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", codes[static_cast<std::size_t>(paint)], text);
}

Paint Console::paint_of(record::Verdict verdict) {
  using enum record::Verdict;
  switch (verdict) {
    case pass: return Paint::green;
    case fail: return Paint::red;
    case warn: return Paint::yellow;
    case note: return Paint::cyan;
    case blocked:
    case inconclusive:
    case interrupted:
    case harness_error: return Paint::magenta;
    default: return Paint::dim;
  }
}

std::string Console::glyph(record::Verdict verdict) const {
  using enum record::Verdict;
  const auto sign = [&]() -> std::string_view {
    switch (verdict) {
      case pass: return style_.utf8 ? "✓" : "+";
      case fail: return style_.utf8 ? "✗" : "X";
      case warn: return "!";
      case note: return "i";
      case waived: return "w";
      case blocked: return style_.utf8 ? "■" : "#";
      case inconclusive: return "?";
      case interrupted: return "/";
      case harness_error: return "E";
      default: return style_.utf8 ? "·" : ".";
    }
  }();
  return paint(sign, paint_of(verdict));
}

std::string Console::joined(const std::vector<std::string>& parts) const {
  std::string out;
  for (const auto& part : parts) {
    if (!out.empty()) out += kHardBlank + std::string(style_.utf8 ? "·" : "|") + " ";
    out += part;
    std::replace(out.end() - static_cast<std::ptrdiff_t>(part.size()), out.end(), ' ', kHardBlank);
  }
  return out;
}

void Console::line(std::string_view finished) {
  finished = finished.substr(0, finished.find_last_not_of(' ') + 1);
  out_ += finished;
  std::replace(out_.end() - static_cast<std::ptrdiff_t>(finished.size()), out_.end(), kHardBlank, ' ');
  out_ += '\n';
}

void Console::wrapped(std::string_view head, std::size_t head_width, std::string_view text) {
  const auto room = std::max<std::size_t>(width() > head_width ? width() - head_width : 0, 20);
  std::string current(head);
  std::size_t used = 0;
  const auto next_line = [&] {
    line(current);
    current.assign(head_width, ' ');
    used = 0;
  };
  for (auto part : base::split(text, ' ')) {
    if (used > 0 && used + 1 + display_width(part) > room) next_line();
    // What has no blank in a whole line is cut, so that it stays readable and the page keeps its shape.
    while (display_width(part) > room) {
      const auto piece = first_columns(part, room);
      current += piece;
      part.remove_prefix(piece.size());
      next_line();
    }
    if (used > 0) current += ' ';
    used += (used > 0) + display_width(part);
    current += part;
  }
  if (used > 0 || !head.empty()) line(current);
}

void Console::spread(std::string_view left, std::string_view right) {
  const auto used = display_width(left) + display_width(right);
  if (right.empty()) return line(left);
  if (used + 2 > width()) {
    line(left);
    return line(std::string(width() - std::min(width(), display_width(right)), ' ') + std::string(right));
  }
  line(std::string(left) + std::string(width() - used, ' ') + std::string(right));
}

void Console::field(std::string_view name, std::string_view text) {
  if (text.empty()) return;
  wrapped("    " + paint(fmt::format("{:<10}", name), Paint::dim), 14, text);
}

void Console::command(std::string_view name, std::string_view text) {
  line("    " + paint(fmt::format("{:<10}", name), Paint::dim) + std::string(text));
}

void Console::message(char mark, std::string_view raw) {
  const auto shown = shown_lines(redactor_, raw, kBodyLimit);
  for (const auto& one : shown.lines)
    line(fmt::format("      {} {}", paint(std::string(1, mark), Paint::dim), style_.utf8 ? one : in_ascii(one)));
  if (shown.cut) line(fmt::format("      {} {}", mark, text("… cut here; the whole is in run.json")));
}

void Console::exchange(const record::Exchange& exchange) {
  const auto words = text(exchange_words(exchange));
  const auto took = time(static_cast<std::uint64_t>(std::max<std::int64_t>(exchange.took.count(), 0)));
  line(fmt::format("    {} {}, {} in {}{}", paint(fmt::format("#{}", exchange.id), Paint::bold), words,
                   text(exchange.purpose), took, exchange.detail.empty() ? "" : ": " + text(exchange.detail)));
  message('>', exchange.request);
  message('<', exchange.response);
}

}  // namespace assay::report
