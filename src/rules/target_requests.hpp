// The settings of a target file about how requests to this server look, where it differs from what the RFCs say: the shape of
// token requests, an authorization endpoint that is called like an API, registration of its own. Each defaults to the RFC's way.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"
#include "rules/request_template.hpp"

namespace assay::rules {

// Of the requests to one endpoint.
struct TargetRequestShape {
  RequestFormat format = RequestFormat::form;
  std::string accept = "application/json";  // empty: no such field
};

// A token that requests carry as "Authorization: Bearer" (RFC 6750 section 2.1).
struct TargetBearer {
  base::Secret token;                      // given;
  std::optional<RequestTemplate> request;  // or asked for with this
  std::string pointer = "/access_token";   // and found there in the answer (RFC 6901)
};

struct TargetAuthorizationRequest {
  enum class Format : std::uint8_t {
    browser,  // a GET with pages behind it (RFC 6749 section 3.1)
    query,    // a GET, answered at once
    form,     // a POST, answered at once
    json
  };
  Format format = Format::browser;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<base::Secret> secrets;  // what in them came from the environment
  std::optional<TargetBearer> bearer_token;
  std::string redirect_uri = "/redirect_uri";  // where in the answer: what a browser would now be sent to
  std::string code, state;                     // or the two themselves

  bool by_browser() const { return format == Format::browser; }
};

// Clients that have no id in the target file are registered with this.
struct TargetRegistration {
  RequestTemplate request;  // without URL: the registration endpoint; without body: as RFC 7591 section 2 says
  std::optional<TargetBearer> initial_access_token;
  std::string client_id = "/client_id", client_secret = "/client_secret";  // where in the answer
};

struct Target;
// Reads these settings out of a target file.
void read_target_requests(const Node& root, const Environment& environment, Target& out);

}  // namespace assay::rules
