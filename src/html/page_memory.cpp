#include "html/page_memory.hpp"

#include <algorithm>

namespace assay::html {
namespace {

constexpr std::size_t most_pages = 8;
constexpr std::size_t longest_page = 64 * 1024;  // bytes of a page that is remembered
// Where pages cannot be recognized, trying would only cost: so many lessons for nothing, then one for so many pages that were.
constexpr unsigned first_lessons = 24, recognized_for_a_lesson = 8;

}  // namespace

PageMemory::Known* PageMemory::find(std::string_view html) {
  for (const auto& known : known_)
    if (known->shape.read(html)) return known.get();
  return nullptr;
}

// Takes a page for another one of a shape that is known, or else for one of a new shape.
PageMemory::Known* PageMemory::learn(std::string_view html, const Page& page) {
  ++lessons_;
  for (const auto& known : known_) {
    if (!known->shape.learn(html, page)) continue;
    known->chosen.known = false;
    return known.get();
  }
  auto fresh = std::make_unique<Known>(html, page);
  if (known_.size() < most_pages) return known_.emplace_back(std::move(fresh)).get();
  auto& oldest = *std::ranges::min_element(known_, {}, [](const auto& known) { return known->last_read; });
  oldest = std::move(fresh);
  return oldest.get();
}

const Page& PageMemory::read(std::string_view html) {
  ++reads_;
  current_ = find(html);
  if (current_) {
    ++recognized_;
  } else {
    other_ = read_whole_page(html);
    const bool worth_it = lessons_ < first_lessons + recognized_ / recognized_for_a_lesson;
    if (worth_it && !other_.forms.empty() && html.size() <= longest_page) current_ = learn(html, other_);
    other_chosen_.known = false;
  }
  if (current_) {
    current_->last_read = reads_;
    return current_->shape.page();
  }
  other_.text.resize(beginning_of(other_.text).size());
  return other_;
}

// Nothing that may change has a say in it, but for the path of an action.
const std::optional<Choice>& PageMemory::choose(const Hints& hints) {
  auto& chosen = current_ ? current_->chosen : other_chosen_;
  const bool same = chosen.known && !(current_ && current_->shape.choice_varies()) &&
                    chosen.user_field == hints.user_field && chosen.password_field == hints.password_field &&
                    std::ranges::equal(chosen.allow_labels, hints.allow_labels);
  if (same) return chosen.choice;
  chosen.user_field = hints.user_field;
  chosen.password_field = hints.password_field;
  chosen.allow_labels.assign(hints.allow_labels.begin(), hints.allow_labels.end());
  chosen.choice = choose_form(current_ ? current_->shape.page() : other_, hints);
  chosen.known = true;
  return chosen.choice;
}

}  // namespace assay::html
