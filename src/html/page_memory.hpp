// Reads pages, and remembers what it read: of a page whose bytes are those of an earlier one, but for the values of fields, the
// addresses of forms, names and other plain text, only these have to be read. Login pages are like that, and parsing HTML costs
// more than the whole exchange. What comes out is what read_page() and choose_form() would give.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "html/choice.hpp"
#include "html/page_shape.hpp"

namespace assay::html {

class PageMemory {
 public:
  // Valid until the next call.
  const Page& read(std::string_view html);
  // The form to fill of the page that was read last; `hints` as in choose_form().
  const std::optional<Choice>& choose(const Hints& hints);

 private:
  struct Chosen {
    bool known = false;
    std::optional<Choice> choice;            // into the page
    std::string user_field, password_field;  // the hints it was made with
    std::vector<std::string> allow_labels;
  };
  struct Known {
    Known(std::string_view html, const Page& page) : shape(html, page) {}
    PageShape shape;
    Chosen chosen;
    std::uint64_t last_read = 0;
  };

  Known* find(std::string_view html);
  Known* learn(std::string_view html, const Page& page);

  std::vector<std::unique_ptr<Known>> known_;
  std::uint64_t reads_ = 0, recognized_ = 0, lessons_ = 0;
  Known* current_ = nullptr;  // what was read last; nullptr: other_
  Page other_;                // a page that is not remembered
  Chosen other_chosen_;
};

}  // namespace assay::html
