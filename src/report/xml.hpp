// The one way in which text enters XML or HTML. Internal to report/.
#pragma once
#include <string>
#include <string_view>

namespace assay::report {

// `text` as content or as an attribute's value: markup escaped; what XML 1.0 forbids even in escaped form (control
// characters, broken UTF-8, surrogates, U+FFFE and U+FFFF) left out. Tabs and line ends stay.
std::string xml_escaped(std::string_view text);

}  // namespace assay::report
