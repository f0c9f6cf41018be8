// What may differ is found by search and then proven: the page is parsed once more with other values in its holes, and must come
// out as the first one with exactly these values exchanged.
#include "html/page_memory.hpp"

#include <algorithm>

namespace assay::html {
namespace {

constexpr std::size_t most_pages = 4;
constexpr std::size_t longest_page = 64 * 1024;  // bytes of a page that is remembered
constexpr std::size_t shortest_value = 8;        // shorter ones hardly change, and mean something
constexpr unsigned patience = 16;                // pages in vain, after which it is rarely worth trying

// Characters that stand for themselves in an attribute's value and mean nothing to HTML.
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.~+/=:%").find(c) != std::string_view::npos;
}

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return is_plain(c); });
}

// The part of an action that may change; empty: none.
std::string_view query_of(std::string_view action) {
  const auto mark = action.find('?');
  return mark == std::string_view::npos ? std::string_view() : action.substr(mark + 1);
}

// Another value of the same length.
std::string altered(std::string value) {
  for (char& c : value)
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) c = c == 'z' || c == 'Z' ? 'a' : static_cast<char>(c + 1);
    else if (c >= '0' && c <= '9') c = c == '9' ? '0' : static_cast<char>(c + 1);
  return value;
}

}  // namespace

// An action is put back together in fill().
std::string* PageMemory::value_at(Page& page, const Place& place) {
  Form& form = page.forms[place.form];
  return place.field ? &form.fields[*place.field].value : &form.action;
}

// Every value that stands in quotes exactly once.
std::vector<PageMemory::Hole> PageMemory::find_holes(std::string_view html, Page& page) {
  std::vector<Hole> out;
  const auto look_for = [&](std::string_view value, char before, Place place) {
    if (value.size() < shortest_value || !is_plain(value)) return;
    const auto at = html.find(value);
    if (at == std::string_view::npos || at == 0 || html.find(value, at + 1) != std::string_view::npos) return;
    const auto end = at + value.size();
    if (html[at - 1] == before && end < html.size() && html[end] == '"') out.push_back({at, value.size(), place});
  };
  for (std::size_t i = 0; i < page.forms.size(); ++i) {
    const Form& form = page.forms[i];
    look_for(query_of(form.action), '?', {i, std::nullopt});
    for (std::size_t k = 0; k < form.fields.size(); ++k)
      if (form.fields[k].type == "hidden" && form.fields[k].name != "_method")
        look_for(form.fields[k].value, '"', {i, k});
  }
  std::ranges::sort(out, {}, &Hole::begin);
  return out;
}

bool PageMemory::proven(const Known& known) {
  std::string html = known.html;
  std::vector<std::string> values;
  for (const Hole& hole : known.holes) {
    values.push_back(altered(html.substr(hole.begin, hole.size)));
    html.replace(hole.begin, hole.size, values.back());
  }
  Known expected;
  expected.page = known.page;
  expected.holes = known.holes;
  fill(expected, {values.begin(), values.end()});
  return read_page(html) == expected.page;
}

// Whether `html` is the known page with other values, which are put into `values`.
bool PageMemory::fits(const Known& known, std::string_view html, std::vector<std::string_view>& values) {
  values.clear();
  const std::string_view old = known.html;
  std::size_t from = 0;
  for (const Hole& hole : known.holes) {
    const auto fixed = old.substr(from, hole.begin - from);
    if (!html.starts_with(fixed)) return false;
    html.remove_prefix(fixed.size());
    const auto value = html.substr(0, html.find('"'));
    if (value.size() < shortest_value || !is_plain(value)) return false;
    values.push_back(value);
    html.remove_prefix(value.size());
    from = hole.begin + hole.size;
  }
  return html == old.substr(from);
}

void PageMemory::fill(Known& known, const std::vector<std::string_view>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::string& text = *value_at(known.page, known.holes[i].place);
    if (!known.holes[i].place.field) text.resize(text.find('?') + 1);
    else text.clear();
    text += values[i];
  }
}

const Page& PageMemory::read(std::string_view html) {
  for (const auto& known : known_) {
    if (!fits(*known, html, values_)) continue;
    fill(*known, values_);
    in_vain_ = 0;
    current_ = known.get();
    return current_->page;
  }
  current_ = &other_;
  other_.page = read_page(html);
  other_.chosen = false;
  // Where pages differ in more than that, as in the name of the user, remembering them would only cost.
  const bool promising = ++in_vain_ < patience || in_vain_ % 64 == 0;
  if (!promising || other_.page.forms.empty() || html.size() > longest_page) return other_.page;
  auto known = std::make_unique<Known>();
  known->html = html;
  known->page = other_.page;
  known->holes = find_holes(html, known->page);
  if (!proven(*known)) return other_.page;
  if (known_.size() < most_pages) known_.push_back(std::move(known));
  else known_[next_++ % most_pages] = std::move(known);
  return other_.page;
}

// Nothing that may change has a say in it: neither values of hidden fields, but for "_method", nor queries of actions.
const std::optional<Choice>& PageMemory::choose(const Hints& hints) {
  Known& known = *current_;
  const bool same = known.chosen && known.user_field == hints.user_field &&
                    known.password_field == hints.password_field &&
                    std::ranges::equal(known.allow_labels, hints.allow_labels);
  if (same) return known.choice;
  known.user_field = hints.user_field;
  known.password_field = hints.password_field;
  known.allow_labels.assign(hints.allow_labels.begin(), hints.allow_labels.end());
  known.choice = choose_form(known.page, hints);
  known.chosen = true;
  return known.choice;
}

}  // namespace assay::html
