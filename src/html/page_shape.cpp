// Where two pages differ is taken for a hole; what it reaches is seen by parsing the page once more with marks in all holes, and
// proven by the two pages: filled with their values, the result must be what the parser made of them.
#include "html/page_shape.hpp"

#include <algorithm>
#include <optional>

#include "base/any_byte.hpp"

namespace assay::html {
namespace {

constexpr std::size_t most_holes = 40;
constexpr std::string_view mark = "qz7hole";  // and two digits; in lower case, because some values are made so

std::string mark_of(std::size_t hole) {
  return std::string(mark) + static_cast<char>('0' + hole / 10) + static_cast<char>('0' + hole % 10);
}

// Where a difference begins or ends within a run: around words, so that what two of them have in common by chance is not fixed.
bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.~+=:%@").find(c) != std::string_view::npos;
}

// Text that stands for itself, ends no run, makes no script call anything and, in an attribute, no meta element do anything.
bool is_plain(std::string_view text, bool in_attribute) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ') return false;
  const auto odd = [](char c) {
    return (c < ' ') | (c > '~') | (c == '"') | (c == '\'') | (c == '<') | (c == '>') | (c == '&') | (c == '(') |
           (c == '`');
  };
  const auto of_meta = [](char c) { return (c == ';') | (c == ','); };
  return !base::any_byte(text, odd) && !(in_attribute && base::any_byte(text, of_meta)) &&
         text.find("  ") == std::string_view::npos;
}

// Attributes whose words mean nothing to a parser, whatever they are. `quote`: where the value's first quote stands.
bool may_vary(std::string_view html, std::size_t quote) {
  if (quote == 0 || html[quote - 1] != '=') return false;
  auto name = html.substr(0, quote - 1);
  name.remove_prefix(name.find_last_of(" \t\r\n\f") + 1);
  static constexpr std::string_view names[] = {"value", "content", "action", "href", "src", "nonce", "title"};
  return name.starts_with("data-") || std::ranges::find(names, name) != std::end(names);
}

struct Run {
  std::size_t begin = 0;
  char end = 0;
};

bool is_quote(char c) { return c == '"' || c == '\''; }

// The run that holds the byte at `at`; nullopt: that is in the middle of a tag, or in an attribute that may mean something.
std::optional<Run> run_at(std::string_view html, std::size_t at) {
  if (at == 0) return std::nullopt;
  const auto bracket = html.find_last_of("<>", at - 1);
  if (bracket == std::string_view::npos) return std::nullopt;
  if (html[bracket] == '>') return Run{bracket + 1, '<'};
  if (html.substr(bracket).starts_with("<!")) {
    const bool comment = html.substr(bracket).starts_with("<!--") && bracket + 4 <= at;
    return comment ? std::optional(Run{bracket + 4, '>'}) : std::nullopt;
  }
  Run out;
  for (auto i = bracket; i < at; ++i)
    if (out.end != 0) out.end = html[i] == out.end ? char{0} : out.end;
    else if (is_quote(html[i])) out = {i + 1, html[i]};
  return out.end != 0 && may_vary(html, out.begin - 1) ? std::optional(out) : std::nullopt;
}

}  // namespace

PageShape::PageShape(std::string_view html, const Page& page) : html_(html), first_(page), page_(page) {
  page_.text = beginning_of(first_.text);
}

bool PageShape::find_holes(std::string_view a, std::string_view b, std::vector<Hole>& out) {
  std::size_t i = 0, j = 0;
  for (;;) {
    const auto differ = std::ranges::mismatch(a.substr(i), b.substr(j));
    const auto same = static_cast<std::size_t>(differ.in1 - a.substr(i).begin());
    const auto before = i;
    i += same;
    j += same;
    if (i == a.size() && j == b.size()) return true;
    if (i == a.size() || j == b.size() || out.size() == most_holes) return false;
    const auto run = run_at(a, i);
    if (!run) return false;
    const auto least = std::max(run->begin, before);
    while (i > least && is_word(a[i - 1])) --i, --j;
    const auto end_a = a.find(run->end, i), end_b = b.find(run->end, j);
    if (end_a == std::string_view::npos || end_b == std::string_view::npos) return false;
    std::size_t rest = 0;
    while (rest < end_a - i && rest < end_b - j && a[end_a - rest - 1] == b[end_b - rest - 1]) ++rest;
    while (rest > 0 && is_word(a[end_a - rest])) --rest;
    out.push_back({i, end_a - rest - i, run->end, rest});
    i = end_a;
    j = end_b;
  }
}

// Both of the same bytes; two holes in one run become one.
void PageShape::add_holes(const std::vector<Hole>& more, std::vector<Hole>& out) {
  const auto end_of = [](const Hole& hole) { return hole.begin + hole.size + hole.rest; };
  for (const auto& hole : more) {
    const auto same = std::ranges::find(out, end_of(hole), end_of);
    if (same == out.end()) {
      out.push_back(hole);
      continue;
    }
    same->begin = std::min(same->begin, hole.begin);
    same->rest = std::min(same->rest, hole.rest);
    same->size = end_of(hole) - same->rest - same->begin;
  }
  std::ranges::sort(out, {}, &Hole::begin);
}

// Whether `html` is `known` with other values, which are put into `values`.
bool PageShape::fits(std::string_view known, const std::vector<Hole>& holes, std::string_view html, Values& values) {
  values.clear();
  std::size_t from = 0;
  for (const Hole& hole : holes) {
    const auto fixed = known.substr(from, hole.begin - from);
    if (!html.starts_with(fixed)) return false;
    html.remove_prefix(fixed.size());
    const auto run = html.substr(0, html.find(hole.end));
    if (run.size() < hole.rest) return false;
    const auto value = run.substr(0, run.size() - hole.rest);
    if (!is_plain(value, is_quote(hole.end))) return false;
    values.push_back(value);
    html.remove_prefix(value.size());
    from = hole.begin + hole.size;
  }
  return html == known.substr(from);
}

std::string* PageShape::string_at(Page& page, const Target& target) {
  switch (target.kind) {
    case Target::Kind::title: return &page.title;
    case Target::Kind::text: return &page.text;
    case Target::Kind::action: return &page.forms[target.form].action;
    case Target::Kind::value: return &page.forms[target.form].fields[target.field].value;
  }
  return nullptr;
}

// Where the marks came out. False: also where other things depend on it.
bool PageShape::find_targets(Page& marked, std::size_t holes, std::vector<Target>& out) {
  const auto read = [&](Target target) {
    std::string_view text = *string_at(marked, target);
    for (auto at = text.find(mark); at != std::string_view::npos; at = text.find(mark)) {
      const auto digits = text.substr(at + mark.size(), 2);
      if (digits.size() < 2) return false;
      const auto hole = static_cast<std::size_t>((digits[0] - '0') * 10 + (digits[1] - '0'));
      if (hole >= holes) return false;
      target.pieces.push_back({std::string(text.substr(0, at)), hole});
      text.remove_prefix(at + mark.size() + 2);
    }
    if (target.pieces.empty()) return true;
    target.pieces.push_back({std::string(text), npos});
    out.push_back(std::move(target));
    return true;
  };
  const auto fixed = [](const auto&... texts) { return (!texts.contains(mark) && ...); };
  if (!fixed(marked.base) || (marked.refresh && !fixed(marked.refresh->url))) return false;
  if (!read({.kind = Target::Kind::title}) || !read({.kind = Target::Kind::text})) return false;
  for (std::size_t i = 0; i < marked.forms.size(); ++i) {
    const Form& form = marked.forms[i];
    if (!fixed(form.id, form.method, form.enctype, form.role) || !read({.kind = Target::Kind::action, .form = i}))
      return false;
    for (std::size_t k = 0; k < form.fields.size(); ++k) {
      const Field& field = form.fields[k];
      if (!fixed(field.name, field.type, field.id, field.autocomplete, field.label)) return false;
      // A method would mean something, and what is left of a long option is decided elsewhere.
      const bool free = field.name != "_method" && field.type != "select";
      if (free ? !read({.kind = Target::Kind::value, .form = i, .field = k}) : !fixed(field.value)) return false;
    }
    for (const Button& button : form.buttons)
      if (!fixed(button.name, button.value, button.label, button.formaction.value_or(""), button.formmethod,
                 button.formenctype))
        return false;
  }
  return true;
}

void PageShape::fill(Page& page, const std::vector<Target>& targets, const Values& values) {
  for (const auto& target : targets) {
    auto& text = *string_at(page, target);
    text.clear();
    for (const auto& piece : target.pieces) {
      text += piece.literal;
      if (piece.hole != npos) text += values[piece.hole];
    }
  }
}

bool PageShape::read(std::string_view html) {
  if (!fits(html_, holes_, html, values_)) return false;
  fill(page_, targets_, values_);
  if (text_varies_) page_.text.resize(beginning_of(page_.text).size());
  return !title_varies_ || page_.title.size() < most_title;  // otherwise it may have been cut off elsewhere
}

bool PageShape::learn(std::string_view html, const Page& page) {
  std::vector<Hole> holes;
  if (html_.find(mark) != std::string::npos || !find_holes(html_, html, holes)) return false;
  add_holes(holes_, holes);
  if (holes.empty() || holes.size() > most_holes) return false;
  Values here, there;
  if (!fits(html_, holes, html_, here) || !fits(html_, holes, html, there)) return false;
  std::string marked;
  std::size_t from = 0;
  for (std::size_t i = 0; i < holes.size(); ++i) {
    const auto end = holes[i].begin + holes[i].size;
    if (html_[end] == '(') return false;  // the name of a function in a script, perhaps
    marked.append(html_, from, holes[i].begin - from).append(mark_of(i));
    from = end;
  }
  marked.append(html_, from);
  auto read = read_whole_page(marked);
  std::vector<Target> targets;
  if (!find_targets(read, holes.size(), targets)) return false;
  fill(read, targets, there);
  if (read != page) return false;
  fill(read, targets, here);
  if (read != first_) return false;
  holes_ = std::move(holes);
  targets_ = std::move(targets);
  page_ = std::move(read);
  page_.text.resize(beginning_of(page_.text).size());
  const auto varies = [&](Target::Kind kind) {
    return std::ranges::find(targets_, kind, &Target::kind) != targets_.end();
  };
  title_varies_ = varies(Target::Kind::title);
  text_varies_ = varies(Target::Kind::text);
  choice_varies_ = std::ranges::any_of(targets_, [](const Target& target) {
    return target.kind == Target::Kind::action && !target.pieces.front().literal.contains('?');
  });
  return this->read(html);
}

}  // namespace assay::html
