// One exchange as a report shows it: who spoke, what was asked, what came back, as lines fit to be read. Everything in it is
// redacted, and nothing of it escaped. Internal to report/.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "record/redaction.hpp"
#include "record/run.hpp"

namespace assay::report {

struct Wire {
  const record::Exchange* exchange = nullptr;
  bool browser = false;           // asked by the browser, not by the client
  std::string method, path;       // "POST", "/token"
  std::string answer;             // "400 invalid_grant", "302", "timed out"
  std::string handed_back;        // parameters of a redirect back to the client: "code, state"
  std::string request, response;  // redacted
};

Wire read_wire(const record::Redactor& redactor, const record::Exchange& exchange);

// The client_id that the request names; empty where it does not (HTTP Basic is a secret as a whole).
std::string client_of(const record::Redactor& redactor, const record::Exchange& exchange);

// A message as lines: head, blank line, and the body by its kind: JSON indented, a form with one parameter a line. At most
// `limit` bytes of head and of body; `left_out` then says how much there was and what its hash is.
struct MessageLines {
  std::vector<std::string> lines;
  std::string left_out;
};
MessageLines message_lines(std::string_view redacted, std::size_t limit, std::size_t full_size = 0);

// JSON with line ends and blanks between its tokens; whatever it is, no other byte is added or lost. As it was where it is
// nested too deep to be read anyway.
std::string indented_json(std::string_view json);

// Lines that only one of the two has, "- " and "+ " before them; dates and lengths do not count.
std::vector<std::string> changed_lines(const std::vector<std::string>& before, const std::vector<std::string>& after);

}  // namespace assay::report
