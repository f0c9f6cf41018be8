#include "base/json_document.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "base/json_walk.hpp"

namespace assay::base {
namespace {

class Scanner {
 public:
  Scanner(std::string_view file, std::string_view text, JsonPositions& out, Diagnostics& problems)
      : file_(file), text_(text), out_(out), problems_(problems) {}

  void run() {
    if (text_.starts_with("\xef\xbb\xbf")) line_start_ = at_ = 3;  // a byte order mark, which the parser skips too
    skip();
    value("", 0);
  }

 private:
  bool done() const { return at_ >= text_.size(); }

  void advance() {
    if (text_[at_] == '\n') {
      ++line_;
      line_start_ = at_ + 1;
    }
    ++at_;
  }

  Position here() const { return {line_, static_cast<int>(at_ - line_start_) + 1}; }

  void skip() {
    while (!done()) {
      const char c = text_[at_];
      if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        advance();
      } else if (text_.substr(at_, 2) == "//") {
        while (!done() && text_[at_] != '\n') advance();
      } else if (text_.substr(at_, 2) == "/*") {
        while (!done() && text_.substr(at_, 2) != "*/") advance();
        for (int i = 0; i < 2 && !done(); ++i) advance();
      } else {
        return;
      }
    }
  }

  // The characters of the string, as the parser will have them.
  std::string string() {
    JsonValue out;
    advance();
    const std::size_t begin = at_;
    while (!done() && text_[at_] != '"') {
      if (text_[at_] == '\\') {
        out.escaped = true;
        advance();
        if (done()) break;
      }
      advance();
    }
    out.text = text_.substr(begin, at_ - begin);
    if (!done()) advance();
    return out.unescaped();
  }

  static std::string escape(const std::string& token) {
    std::string out;
    for (const char c : token) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
    return out;
  }

  bool value(const std::string& pointer, int depth) {
    if (depth > 100 || done()) return false;
    out_[pointer] = here();
    if (text_[at_] == '{') return object(pointer, depth);
    if (text_[at_] == '[') return array(pointer, depth);
    if (text_[at_] == '"') {
      string();
      return true;
    }
    const std::size_t begin = at_;
    while (!done() && std::string_view(",]} \t\r\n/").find(text_[at_]) == std::string_view::npos) advance();
    return at_ != begin;  // false: there is no value here
  }

  bool object(const std::string& pointer, int depth) {
    std::set<std::string> seen;
    advance();
    for (;;) {
      skip();
      if (done()) return false;
      if (text_[at_] == '}') {
        advance();
        return true;
      }
      if (text_[at_] != '"') return false;
      const Position place = here();
      const std::string name = string();
      const std::string child = pointer + "/" + escape(name);
      if (!seen.insert(name).second)
        problems_.push_back({std::string(file_), place.line, place.column,
                             "\"" + name + "\" is given twice in one object",
                             "remove one of the two; the second would silently win"});
      out_[child + "~key"] = place;
      skip();
      if (done() || text_[at_] != ':') return false;
      advance();
      skip();
      if (!value(child, depth + 1)) return false;
      skip();
      if (!done() && text_[at_] == ',') advance();
    }
  }

  bool array(const std::string& pointer, int depth) {
    advance();
    for (std::size_t index = 0;; ++index) {
      skip();
      if (done()) return false;
      if (text_[at_] == ']') {
        advance();
        return true;
      }
      if (!value(pointer + "/" + std::to_string(index), depth + 1)) return false;
      skip();
      if (!done() && text_[at_] == ',') advance();
    }
  }

  std::string_view file_;
  std::string_view text_;
  JsonPositions& out_;
  Diagnostics& problems_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
};

}  // namespace

JsonPositions scan_json_positions(std::string_view file, std::string_view text, Diagnostics& problems) {
  JsonPositions out;
  Scanner(file, text, out, problems).run();
  return out;
}

bool parse_jsonc(std::string_view file, std::string_view text, nlohmann::ordered_json& tree, Diagnostics& problems) {
  try {
    tree = nlohmann::ordered_json::parse(text, nullptr, true, true);
    return true;
  } catch (const nlohmann::json::parse_error& error) {
    const auto byte = std::min<std::size_t>(error.byte > 0 ? error.byte - 1 : 0, text.size());
    int line = 1;
    std::size_t start = 0;
    for (std::size_t i = 0; i < byte; ++i)
      if (text[i] == '\n') {
        ++line;
        start = i + 1;
      }
    std::string what = error.what();
    if (const auto at = what.find("syntax error"); at != std::string::npos) what = what.substr(at);
    problems.push_back({std::string(file), line, static_cast<int>(byte - start) + 1, "not JSON: " + what,
                        "comments (//) are allowed, trailing commas are not"});
    return false;
  } catch (const nlohmann::json::exception& error) {  // a number that no double holds: the parser does not say where
    problems.push_back({std::string(file), 1, 1, std::string("not JSON: ") + error.what(), ""});
    return false;
  }
}

}  // namespace assay::base
