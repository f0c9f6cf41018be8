// A living access token, sent in one way (RFC 6750 sections 2 and 3.1).
#include "mock-provider/checks/checks.hpp"

#include "base/text.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/tokens.hpp"

namespace assay::mock {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

}  // namespace

Refusal bearer_token(Call& call) {
  std::string_view text;
  bool in_field = false;
  if (const auto field = call.request.header("Authorization")) {
    const auto blank = field->find(' ');
    in_field = base::equals_ignoring_case(field->substr(0, blank), "Bearer");
    if (in_field && blank != std::string_view::npos) text = base::trim(field->substr(blank));
    if (in_field && (text.empty() || text.find_first_of(" ,\"") != std::string_view::npos))
      return {"invalid_request", "the Authorization field holds no bearer token"};
  }
  // Section 2.2: the body of a form. Section 2.3, the query, is not offered (RFC 9700 section 4.3.2).
  if (call.request.method == "POST" &&
      base::equals_ignoring_case(call.request.header("Content-Type").value_or("").substr(0, form_type.size()),
                                 form_type)) {
    call.body.read(call.request.body);
    if (const auto in_body = call.body.value("access_token"); !in_body.empty()) {
      if (in_field) return {"invalid_request", "the access token is sent in more than one way"};
      text = in_body;
    }
  }
  if (text.empty()) return {"unauthenticated", "an access token is needed", 401};
  call.access_token = call.application.store.find_access_token(text);
  if (!call.access_token || !is_accepted(call, *call.access_token))
    return {"invalid_token", "the access token is unknown, expired or revoked", 401};
  return {};
}

}  // namespace assay::mock
