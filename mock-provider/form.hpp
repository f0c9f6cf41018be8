// The parameters of one request, decoded (application/x-www-form-urlencoded): a body or a query. Made for reuse: after a few
// requests reading costs no allocation. The tester has its own parser; the two must not share a mistake.
#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::mock {

class Form {
 public:
  static constexpr std::size_t limit = 200;  // pairs; more make the form `overlong`

  void read(std::string_view text);  // views are valid until the next read
  // The members of a JSON object, all of them strings; false if it is none. For personas: not made for speed.
  bool read_json(std::string_view text);
  // The first value, or empty: a parameter without a value counts as omitted (RFC 6749 section 3.1).
  std::string_view value(std::string_view name) const;
  std::string_view last_value(std::string_view name) const;
  bool has(std::string_view name) const { return !value(name).empty(); }
  // Runs `use(value)` for every value that is not empty.
  template <class Use>
  void each(std::string_view name, Use&& use) const {
    for (const auto& [key, value] : pairs_)
      if (key == name && !value.empty()) use(value);
  }
  // Runs `use(name, value)` for all of them.
  template <class Use>
  void each_pair(Use&& use) const {
    for (const auto& [key, value] : pairs_) use(key, value);
  }
  // Whether the name occurs, with a value or without.
  bool names(std::string_view name) const;
  // Whether this name occurs more than once.
  bool repeats(std::string_view name) const;
  // The first name that occurs more than once, `resource`, `audience` (RFC 8707 section 2, RFC 8693 section 2.1) and the
  // tolerated ones excepted; empty if none.
  std::string_view repeated(std::span<const std::string_view> tolerated = {}) const;
  // The first name that is not among `known`; empty if none.
  std::string_view unknown(std::span<const std::string_view> known) const;
  // Whether a name or value has this character, decoded.
  bool holds(char c) const { return decoded_.contains(c); }
  bool overlong() const { return overlong_; }

 private:
  std::string decoded_;
  std::vector<std::pair<std::string_view, std::string_view>> pairs_;
  bool overlong_ = false;
};

}  // namespace assay::mock
