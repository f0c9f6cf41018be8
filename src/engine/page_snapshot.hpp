// What a page holds at a moment, as a browser shows it: also what scripts have made, and no field that nobody sees. It is
// put into the terms of html::Page, so that the choice of form and button is made in one place for all drivers.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "html/page.hpp"

namespace assay::engine {

// CSS selectors of what a person would use, where the page leaves it unclear. Empty: none.
struct PageSelectors {
  std::string user, password, submit, consent;
};

struct PageSnapshot {
  std::string url;
  bool complete = false;  // document.readyState
  std::string document;   // differs from one document to the next, and stays while scripts change it
  bool captcha = false;
  html::Page page;
  // Ids of elements, in the order of page.forms and their fields and buttons.
  struct Elements {
    std::vector<std::string> fields, buttons;
  };
  std::vector<Elements> elements;
  PageSelectors selected;  // ids of the elements that the selectors found and that can be seen
};

// The body of a function that looks at a page, and its arguments; what it returns is for read_snapshot().
std::string_view snapshot_script();
nlohmann::json snapshot_arguments(const PageSelectors& selectors);
// nullopt: not what the script returns.
std::optional<PageSnapshot> read_snapshot(const nlohmann::json& value);

}  // namespace assay::engine
