#include "mock-provider/answers.hpp"

#include <algorithm>

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "crypto/digest.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/pages/pages.hpp"
#include "mock-provider/under_load.hpp"

namespace assay::mock {

void append_json(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      constexpr std::string_view digits = "0123456789abcdef";
      out += "\\u00";
      out += digits[static_cast<unsigned char>(c) >> 4];
      out += digits[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

namespace {

void append_name(std::string& out, std::string_view name) {
  if (!out.empty() && out.back() != '{') out += ',';
  append_json(out, name);
  out += ':';
}

void forbid_storing(Call& call) {
  call.response.add_field("Cache-Control", "no-store");
  call.response.add_field("Pragma", "no-cache");
}

// Where a persona explains its errors: "bad_verification_code" at ".../#bad-verification-code".
std::string error_uri_of(const Persona& persona, std::string_view error) {
  std::string uri = persona.error_uri + std::string(error);
  std::replace(uri.begin() + static_cast<std::ptrdiff_t>(persona.error_uri.size()), uri.end(), '_', '-');
  return uri;
}

void write_error(Call& call, const Refusal& refusal) {
  const Persona& persona = call.persona;
  const auto error = persona.error_codes.empty() ? refusal.error : persona.error_code(refusal.error);
  std::string& body = call.response.body;
  body += '{';
  append_member(body, "error", error);
  if (persona.error_description) append_member(body, "error_description", refusal.description);
  if (!persona.error_uri.empty()) append_member(body, "error_uri", std::string_view(error_uri_of(persona, error)));
  body += '}';
}

// Defects that only load shows, at the token endpoint. False: none of them strikes.
bool refuse_under_load(Call& call, const Refusal& refusal) {
  if (call.endpoint != Endpoint::token) return false;
  const bool as_page = strikes(call, Defect::error_html_under_load, 1),
             storable = !as_page && strikes(call, Defect::error_storable_under_load, 2);
  if (!as_page && !storable) return false;
  call.response.status = refusal.status;
  call.response.add_field("Content-Type", as_page ? "text/html; charset=utf-8" : "application/json");
  if (as_page) {
    forbid_storing(call);
    call.response.body += "<!DOCTYPE html>\n<title>Bad request</title>\n<p>An exception was thrown.</p>\n";
  } else {
    write_error(call, refusal);
  }
  return true;
}

}  // namespace

void append_member(std::string& out, std::string_view name, std::string_view value) {
  append_name(out, name);
  append_json(out, value);
}

void append_member(std::string& out, std::string_view name, std::int64_t value) {
  append_name(out, name);
  out += std::to_string(value);
}

void append_member(std::string& out, std::string_view name, bool value) {
  append_name(out, name);
  out += value ? "true" : "false";
}

void append_confirmation(std::string& out, std::string_view jkt) {
  append_name(out, "cnf");
  out += '{';
  append_member(out, "jkt", jkt);
  out += '}';
}

void begin_json(Call& call, int status) {
  call.response.status = status;
  call.response.add_field("Content-Type", "application/json");
  if (call.persona.cache_control == "no-store") forbid_storing(call);
  else if (!call.persona.cache_control.empty()) call.response.add_field("Cache-Control", call.persona.cache_control);
}

void refuse_json(Call& call, const Refusal& refusal) {
  if (refuse_under_load(call, refusal)) return;
  const bool is_failed_basic = refusal.status == 401 && call.request.header("Authorization");
  if (is_failed_basic && call.broken(Defect::client_basic_failure_status_400)) {
    begin_json(call, 400);
    return write_error(call, refusal);
  }
  const bool is_ours = call.persona.error_status != 0 && refusal.status < 500;
  begin_json(call, is_ours ? call.persona.error_status : refusal.status);
  if (is_failed_basic && call.broken(Defect::client_basic_failure_unannounced)) return write_error(call, refusal);
  // RFC 9110 section 15.5.2: a 401 names a scheme; RFC 6749 section 5.2: the one the client used.
  if (refusal.status == 401 && call.persona.challenges)
    call.response.add_field("WWW-Authenticate", "Basic realm=\"assay\", charset=\"UTF-8\"");
  write_error(call, refusal);
}

void refuse_bearer(Call& call, const Refusal& refusal) {
  begin_json(call, refusal.status);
  // RFC 9449 section 7.1: the scheme that the token needs.
  const bool bound = call.dpop_scheme || (call.access_token && !call.access_token->dpop_jkt.empty());
  std::string challenge = bound ? "DPoP realm=\"assay\", algs=\"ES256\"" : "Bearer realm=\"assay\"";
  const bool no_token = refusal.error == "unauthenticated",
             unknown = refusal.error == "invalid_token" && !call.access_token;
  // RFC 6750 section 3.1: no error code for a request that brought no token at all.
  if (!no_token && !(unknown && call.broken(Defect::bearer_unknown_unexplained))) {
    challenge += ", error=\"";
    challenge += refusal.error;
    challenge += "\", error_description=\"";
    challenge += refusal.description;
    challenge += '"';
    write_error(call, refusal);
  } else {
    call.response.body += "{}";
  }
  if (refusal.status == 500 || !call.persona.challenges || (no_token && call.broken(Defect::bearer_none_unannounced)) ||
      (unknown && call.broken(Defect::bearer_unknown_unannounced)))
    return;
  call.response.add_field("WWW-Authenticate", challenge);
}

void refuse_authorization(Call& call, const Refusal& refusal) {
  if (refusal.on_page || call.broken(Defect::authz_errors_on_page)) {
    write_error_page(call, refusal.status, refusal.description);
    return;
  }
  redirect_to_client(call, call.authorization, "error", refusal.error, refusal.description);
}

void refuse_method(Call& call, std::string_view allowed) {
  call.response.status = 405;
  call.response.add_field("Allow", allowed);
  call.response.add_field("Content-Type", "text/plain; charset=utf-8");
  call.response.add_field("Cache-Control", "no-store");
  call.response.body += "This endpoint does not answer to that method.\n";
}

void not_found(Call& call) {
  call.response.status = 404;
  call.response.add_field("Content-Type", "text/plain; charset=utf-8");
  call.response.add_field("Cache-Control", "no-store");
  call.response.body += "There is nothing here.\n";
}

void redirect_to_page(Call& call, std::string_view location) {
  call.response.status = call.request.method == "POST" ? 303 : 302;
  call.response.add_field("Location", location);
  call.response.add_field("Referrer-Policy", "no-referrer");
  forbid_storing(call);
}

std::string location_of_answer(Call& call, const AuthorizationRequest& request, std::string_view name,
                               std::string_view value, std::string_view description) {
  const bool is_error = name == "error";
  std::string location = request.redirect_uri;
  if (call.broken(Defect::authz_redirect_query_dropped)) location.erase(std::min(location.find('?'), location.size()));
  const bool has_query = location.contains('?') && !call.broken(Defect::authz_redirect_query_begun_twice);
  location += !is_error && call.broken(Defect::authz_code_in_fragment) ? '#' : has_query ? '&' : '?';
  if (!(is_error && call.broken(Defect::authz_error_without_code))) {
    location += name;
    location += '=';
    base::append_form_encoded(location, value);
  }
  if (!is_error && call.broken(Defect::authz_code_twice)) {
    location += "&code=";
    base::append_form_encoded(location, value);
  }
  if (!is_error && call.broken(Defect::authz_success_with_error)) location += "&error=none";
  if (is_error && call.broken(Defect::authz_response_mode_error_with_code) && call.parameters().has("response_mode"))
    location += "&code=" + base::random_token();
  if (!description.empty()) {
    location += "&error_description=";
    base::append_form_encoded(location, description);
    if (!call.persona.error_uri.empty()) {
      location += "&error_uri=";
      base::append_form_encoded(location, error_uri_of(call.persona, value));
    }
  }
  if (!request.state.empty() &&
      !call.broken(is_error ? Defect::authz_error_state_dropped : Defect::authz_state_dropped)) {
    location += "&state=";
    std::string crossed;
    if (!is_error && call.broken(Defect::state_crossed)) {
      const bool struck = strikes(call, Defect::state_crossed, 17);
      crossed = call.application.under_load.swap("state", request.state);
      if (!struck) crossed.clear();
    }
    if (!crossed.empty()) base::append_form_encoded(location, crossed);
    else if (!is_error && call.broken(Defect::authz_state_decoded_twice))
      base::append_form_encoded(location, base::percent_decoded(request.state, true));
    else base::append_form_encoded(location, request.state);
  }
  if (!is_error && request.state_empty && call.broken(Defect::authz_empty_state_echoed)) location += "&state=";
  if (!call.broken(is_error ? Defect::authz_error_iss_missing : Defect::authz_iss_missing)) {
    location += "&iss=";  // RFC 9207 section 2: errors too
    base::append_form_encoded(location, strikes(call, Defect::iss_of_node_under_load, 17)
                                            ? std::string_view("http://node-2.internal:8080")
                                            : std::string_view(call.application.issuer()));
    if (call.broken(Defect::authz_iss_slash)) location += "%2F";
  }
  return location;
}

void redirect_to_client(Call& call, const AuthorizationRequest& request, std::string_view name, std::string_view value,
                        std::string_view description) {
  const std::string location = location_of_answer(call, request, name, value, description);
  if (request.form_post && !call.broken(Defect::form_post_in_query) && location.size() > request.redirect_uri.size())
    return write_posting_page(call, request.redirect_uri, location.substr(request.redirect_uri.size() + 1));
  redirect_to_page(call, location);
}

void begin_page(Call& call, int status, std::string_view script) {
  call.response.status = status;
  call.response.add_field("Content-Type", "text/html; charset=utf-8");
  // RFC 6749 section 10.13, RFC 9700 section 4.16: no other site may frame a page on which one decides.
  std::string policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
  if (!script.empty()) policy += "; script-src 'sha256-" + base::base64(crypto::sha256_bytes(script)) + "'";
  call.response.add_field("Content-Security-Policy", policy);
  call.response.add_field("X-Frame-Options", "DENY");
  call.response.add_field("X-Content-Type-Options", "nosniff");
  call.response.add_field("Referrer-Policy", "no-referrer");
  forbid_storing(call);
}

}  // namespace assay::mock
