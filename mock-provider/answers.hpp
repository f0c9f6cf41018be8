// How answers look on the wire: JSON, redirects, pages, refusals. The only place that writes header fields.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "mock-provider/call.hpp"
#include "mock-provider/checks/checks.hpp"

namespace assay::mock {

// Appends `text` as a JSON string with its quotes.
void append_json(std::string& out, std::string_view text);
// Appends `"name":` and a string or a number, with a comma before it unless an object has just begun.
void append_member(std::string& out, std::string_view name, std::string_view value);
void append_member(std::string& out, std::string_view name, std::int64_t value);
void append_member(std::string& out, std::string_view name, bool value);
void append_member(std::string& out, std::string_view name, const char* value) = delete;

// Appends the member "cnf" with the key that a token is bound to (RFC 9449 section 6.1).
void append_confirmation(std::string& out, std::string_view jkt);

// Starts a JSON answer that must not be stored (RFC 6749 section 5.1); the caller writes response.body.
void begin_json(Call& call, int status = 200);

// An error of the token, introspection or revocation endpoint (RFC 6749 section 5.2).
void refuse_json(Call& call, const Refusal& refusal);
// Puts the JSON answer of a token endpoint into the form that Accept asks for: JSON, XML, or else a form.
void shape_by_accept(Call& call);
// An error of a protected resource (RFC 6750 section 3).
void refuse_bearer(Call& call, const Refusal& refusal);
// An error of the authorization endpoint: to the client where that is safe, else to the user.
void refuse_authorization(Call& call, const Refusal& refusal);
void refuse_method(Call& call, std::string_view allowed);
void not_found(Call& call);

// To a page of ours. After a POST the browser must not send the form again: 303 (RFC 9700 section 4.12).
void redirect_to_page(Call& call, std::string_view location);
// The authorization response (RFC 6749 section 4.1.2): `name` is "code" or "error". Adds state and iss (RFC 9207).
void redirect_to_client(Call& call, const AuthorizationRequest& request, std::string_view name, std::string_view value,
                        std::string_view description = {});
// Where such a redirect goes.
std::string location_of_answer(Call& call, const AuthorizationRequest& request, std::string_view name,
                               std::string_view value, std::string_view description = {});
// HTML for a person: not stored, not framed, without scripts but for this one.
void begin_page(Call& call, int status = 200, std::string_view script = {});

}  // namespace assay::mock
