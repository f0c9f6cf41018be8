// What the token is to be used for (RFC 8707): resources that exist, and of a grant only those that the user agreed to.
#include "mock-provider/checks/checks.hpp"

#include "mock-provider/application.hpp"

namespace assay::mock {
namespace {

// Section 2: an absolute URI without a fragment. What follows the scheme is compared with what exists, so it needs no check.
bool is_indicator(std::string_view text) {
  const auto colon = text.find(':');
  return colon != 0 && colon != std::string_view::npos && colon < text.find_first_of("/?#") &&
         text.find('#') == std::string_view::npos;
}

// All that the request names; none if it names none.
Refusal read_resources(const Call& call, Resources& named) {
  Refusal refusal;
  call.parameters().each("resource", [&](std::string_view text) {
    if (refusal) return;
    const auto found = Resources::find(text, call.application.issuer());
    if (!is_indicator(text)) refusal = {"invalid_target", "a resource is an absolute URI without a fragment"};
    else if (found.empty()) refusal = {"invalid_target", "a requested resource does not exist"};
    named = named.with(found);
  });
  return refusal;
}

}  // namespace

// None at all means the resource here (section 2.1).
Refusal requested_resources(Call& call) {
  Resources named;
  if (const auto refusal = read_resources(call, named)) return refusal;
  call.resources = call.authorization.resources = named.empty() ? Resources::own() : named;
  return {};
}

// Section 2.2: some of those that were granted; none at all means all of them. RFC 9700 section 4.14.2: never others.
Refusal resources_of_grant(Call& call) {
  Resources named;
  if (const auto refusal = read_resources(call, named)) return refusal;
  const bool is_refresh = call.grant_type == GrantType::refresh_token;
  const auto granted = (is_refresh ? call.refresh_token->grant : call.code->grant)->resources;
  const bool is_unbound = is_refresh && call.broken(Defect::refresh_resource_unbound);
  if (!named.within(granted) && !is_unbound)
    return {is_refresh ? call.error_unless("invalid_target",
                                           {{Defect::refresh_resource_says_invalid_request, "invalid_request"}})
                       : "invalid_target",
            "the user did not agree to a requested resource"};
  call.resources = named.empty() ? granted : named;
  return {};
}

}  // namespace assay::mock
