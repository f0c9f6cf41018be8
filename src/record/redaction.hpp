// Takes secrets out of everything that is written. By value first: every secret the run sent or received is registered, and
// replaced wherever it shows up, also percent-encoded and inside base64 (HTTP Basic); then by name, for what is unknown
// (Authorization, Cookie, Set-Cookie, code, access_token, refresh_token, id_token, client_secret, password, code_verifier,
// assertion, ...). The replacement shows identity, not content: ‹access#2 43 chars›; equal value, equal label.
#pragma once
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
  // The label of a registered value, or "".
  std::string label(std::string_view value) const;
  // `text` (an HTTP message, a URL, a sentence) without secrets.
  std::string redact(std::string_view text) const;

 private:
  struct Entry {
    std::string value;
    std::string label;
  };
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
  std::unordered_map<std::string, int> counts_;
};

}  // namespace assay::record
