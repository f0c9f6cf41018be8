// Takes secrets out of everything that is written. By value first: every secret the run sent or received is registered, and
// replaced wherever it shows up, also percent-encoded and inside base64 (HTTP Basic); then by name, for what is unknown
// (Authorization, Cookie, Set-Cookie, code, access_token, refresh_token, id_token, client_secret, password, code_verifier,
// assertion, ...). The replacement shows identity, not content: ‹access#2 43 chars›; equal value, equal label.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace assay::record {

class Redactor {
 public:
  // Registers a secret of that kind ("access", "refresh", "code", "verifier", "password", "client-secret", "cookie", "csrf").
  // Values shorter than 6 characters are replaced only where they stand as a whole value of a named parameter.
  void add(std::string_view kind, std::string_view value);
  // What a registered value is replaced by ("‹access#2 43 chars›"), or "".
  std::string label(std::string_view value) const;
  // `text` (an HTTP message, a URL, a sentence) without secrets.
  std::string redact(std::string_view text) const;

 private:
  struct Entry {
    std::string value;
    std::string label;
  };
  // One way in which a value can stand in a document.
  struct Pattern {
    std::string text;
    std::size_t entry = 0;
    bool base64 = false;      // inside a longer run of base64: the whole run goes
    bool whole_word = false;  // a plain word: only where it stands alone
  };

  void add_pattern(std::string text, std::size_t entry, bool base64, bool whole_word);
  std::string redact_values(std::string_view text) const;
  const Pattern* match(std::string_view text, std::size_t at) const;

  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
  std::unordered_map<std::string, int> counts_;
  std::vector<Pattern> patterns_;
  std::unordered_map<std::uint64_t, std::vector<std::size_t>>
      by_prefix_;                                                  // the first six bytes -> patterns, longest first
  std::vector<bool> prefix_filter_ = std::vector<bool>(1u << 16);  // a quick no
};

}  // namespace assay::record
