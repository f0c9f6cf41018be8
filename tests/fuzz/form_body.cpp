// Form-encoded bodies: the tester's parser, the mock's parser, and Boost.URL.
#include <boost/url/params_encoded_view.hpp>
#include <boost/url/src.hpp>
#include <boost/url/url_view.hpp>

#include "base/encoding.hpp"
#include "mock-provider/form.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace assay::fuzz {
namespace {

void form_body(std::string_view input) {
  const auto pairs = base::parse_form(input);
  mock::Form form;
  form.read(input);
  for (const auto& [name, value] : pairs) {
    std::string encoded;
    base::append_form_encoded(encoded, value);
    require(base::percent_decoded(encoded, true) == value, "encoding and decoding are inverse");
    if (form.overlong()) continue;
    require(form.names(name), "the tester and the mock see the same names");
    if (const auto* first = base::find_parameter(pairs, name); !first->empty())
      require(form.value(name) == *first, "and the same values");
  }
  // Boost.URL knows percent-encoding only: compare where no plus is.
  if (input.contains('+') || input.contains('#')) return;
  const auto query = "?" + std::string(input);
  const auto parsed = boost::urls::parse_uri_reference(query);
  if (!parsed) return;
  std::size_t i = 0;
  for (const auto& pair : parsed->params()) {
    if (pair.key.empty() && !pair.has_value) continue;
    if (i >= pairs.size()) break;
    require(pairs[i].first == pair.key && pairs[i].second == pair.value, "Boost.URL reads the same pair");
    ++i;
  }
}

const Target form_body_target("form_body", form_body);

}  // namespace
}  // namespace assay::fuzz
