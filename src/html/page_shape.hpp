// What pages of one shape have in common, learned from two of them: the bytes that are the same in all, and holes between these
// whose text reaches nothing but certain values of the page. Internal to src/html; pure and bounded.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "html/page.hpp"

namespace assay::html {

class PageShape {
 public:
  // Of one page: no holes yet. `page`: what read_whole_page() gives.
  PageShape(std::string_view html, const Page& page);

  // Whether `html` is of this shape: then page() is what read_page(html) gives.
  bool read(std::string_view html);
  // Makes holes where `html` differs. False when it differs in more than values; then nothing has changed.
  bool learn(std::string_view html, const Page& page);
  const Page& page() const { return page_; }
  // Whether something changes on which the choice of a form may depend: the path of a form's action.
  bool choice_varies() const { return choice_varies_; }

 private:
  // A run is a text between two tags, a quoted attribute or a comment; at most one hole is in each.
  struct Hole {
    std::size_t begin = 0, size = 0;  // in html_
    char end = 0;                     // what ends the run
    std::size_t rest = 0;             // bytes of the run after the hole
  };
  // A value of the page with holes in it.
  struct Target {
    enum class Kind { title, text, action, value } kind = Kind::text;
    std::size_t form = 0, field = 0;
    struct Piece {
      std::string literal;      // comes first
      std::size_t hole = npos;  // then the text of this hole, if there is one
    };
    std::vector<Piece> pieces{};
  };
  using Values = std::vector<std::string_view>;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  static bool find_holes(std::string_view a, std::string_view b, std::vector<Hole>& out);
  static void add_holes(const std::vector<Hole>& more, std::vector<Hole>& out);
  static bool fits(std::string_view known, const std::vector<Hole>& holes, std::string_view html, Values& values);
  static bool find_targets(Page& marked, std::size_t holes, std::vector<Target>& out);
  static std::string* string_at(Page& page, const Target& target);
  static void fill(Page& page, const std::vector<Target>& targets, const Values& values);

  std::string html_;         // one of them
  Page first_;               // what it holds, with all of its text
  std::vector<Hole> holes_;  // ascending
  std::vector<Target> targets_;
  Page page_;  // of what was read last
  bool title_varies_ = false, text_varies_ = false, choice_varies_ = false;
  Values values_;
};

}  // namespace assay::html
