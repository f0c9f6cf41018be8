// A terminal page in the making: colours, wrapping at a width, ASCII where the locale has nothing better. What came from a
// server enters through text() only, redacted and with its control characters made visible. Internal to report/.
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "report/reports.hpp"
#include "report/view.hpp"

namespace assay::report {

enum class Paint { none, bold, dim, red, green, yellow, magenta, cyan };

std::size_t display_width(std::string_view text);  // columns; every code point counts one
std::string in_ascii(std::string_view text);       // our own signs spelled out, anything else "?"

class Console {
 public:
  Console(const record::Redactor& redactor, const TerminalStyle& style) : redactor_(redactor), style_(style) {}

  // Makes text of any origin fit for the page, on one line.
  std::string text(std::string_view raw, std::size_t limit = 400) const;
  std::string paint(std::string_view text, Paint paint) const;
  std::string glyph(record::Verdict verdict) const;  // painted, one column
  static Paint paint_of(record::Verdict verdict);
  std::string time(std::uint64_t ns) const { return short_time(ns, style_.utf8); }
  // Parts with " · " between them; wrapping breaks between parts only.
  std::string joined(const std::vector<std::string>& parts) const;
  std::string_view arrow() const { return style_.utf8 ? " → " : " -> "; }

  void line(std::string_view finished = {});  // as it is, without blanks at its end
  // `text` wrapped behind `head` (which may be painted and takes `head_width` columns), later lines indented likewise.
  void wrapped(std::string_view head, std::size_t head_width, std::string_view text);
  // A line with something at its right edge; that goes to a line of its own when there is no room.
  void spread(std::string_view left, std::string_view right);
  // "    expected  status 4xx, ..." Nothing if `text` is empty.
  void field(std::string_view name, std::string_view text);
  // The same for what is to be copied: never wrapped.
  void command(std::string_view name, std::string_view text);
  // An exchange with its request and response, indented.
  void exchange(const record::Exchange& exchange);

  std::size_t width() const;
  const TerminalStyle& style() const { return style_; }
  std::string take() { return std::move(out_); }

 private:
  void message(char mark, std::string_view raw);

  const record::Redactor& redactor_;
  const TerminalStyle& style_;
  std::string out_;
};

// A broken or warned rule; what the terminal and JUnit have in common.
void failure_block(Console& console, const record::Run& run, const record::Rule& rule);

// Waivers that somebody has to look after.
void waiver_lines(Console& console, const record::Run& run);

// Parts of the result of `load`; each writes nothing if it has nothing to say.
void load_beside(Console& console, const record::Load& load);
void load_invariants(Console& console, const record::Load& load);
void load_objectives(Console& console, const record::Load& load);
void load_limit(Console& console, const record::Load& load);

}  // namespace assay::report
