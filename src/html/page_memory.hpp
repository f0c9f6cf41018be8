// Reads pages, and remembers what it read: of a page whose bytes are those of an earlier one, but for the values of hidden
// fields and the query of a form's action, only these have to be read. Login pages are like that, and parsing HTML costs more
// than the whole exchange. What comes out is what read_page() and choose_form() would give.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "html/choice.hpp"
#include "html/page.hpp"

namespace assay::html {

class PageMemory {
 public:
  // Valid until the next call.
  const Page& read(std::string_view html);
  // The form to fill of the page that was read last; `hints` as in choose_form().
  const std::optional<Choice>& choose(const Hints& hints);

 private:
  // A form's hidden field, or the query of its action.
  struct Place {
    std::size_t form = 0;
    std::optional<std::size_t> field;
  };
  // Where the bytes of a page may differ from those of the next one; what stands there is the value of `place`.
  struct Hole {
    std::size_t begin = 0, size = 0;
    Place place;
  };
  struct Known {
    std::string html;
    std::vector<Hole> holes;  // ascending
    Page page;
    std::optional<Choice> choice;  // into `page`
    bool chosen = false;
    std::string user_field, password_field;  // the hints it was made with
    std::vector<std::string> allow_labels;
  };

  static std::string* value_at(Page& page, const Place& place);
  static std::vector<Hole> find_holes(std::string_view html, Page& page);
  static bool proven(const Known& known);
  static bool fits(const Known& known, std::string_view html, std::vector<std::string_view>& values);
  static void fill(Known& known, const std::vector<std::string_view>& values);

  std::vector<std::unique_ptr<Known>> known_;
  std::size_t next_ = 0;      // the one to be forgotten next
  unsigned in_vain_ = 0;      // pages read in full since one was known
  Known* current_ = nullptr;  // what was read last
  Known other_;               // a page that is not remembered
  std::vector<std::string_view> values_;
};

}  // namespace assay::html
