// The registration endpoint (RFC 7591): anybody may register a client, as MCP clients do. What is asked for is either
// registered as it is or refused; metadata it does not know is ignored (section 2).
#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "base/text.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"
#include "mock-provider/redirect_uris.hpp"

namespace assay::mock {
namespace {

using Json = nlohmann::json;

constexpr std::size_t most_values = 10;

constexpr Refusal bad_metadata(std::string_view description) { return {"invalid_client_metadata", description}; }

// The strings of the list `name`, or what counts when it is left out. nullopt: not a short list of strings.
std::optional<std::vector<std::string>> strings_of(const Json& metadata, const char* name,
                                                   std::vector<std::string> otherwise) {
  const auto found = metadata.find(name);
  if (found == metadata.end()) return otherwise;
  if (!found->is_array() || found->size() > most_values) return std::nullopt;
  std::vector<std::string> out;
  for (const auto& element : *found) {
    if (!element.is_string()) return std::nullopt;
    out.push_back(element.get<std::string>());
  }
  return out;
}

std::optional<std::string> text_of(const Json& metadata, const char* name, std::string_view otherwise) {
  const auto found = metadata.find(name);
  if (found == metadata.end()) return std::string(otherwise);
  return found->is_string() ? std::optional(found->get<std::string>()) : std::nullopt;
}

struct Wish {
  std::vector<std::string> redirect_uris, grant_types, response_types;
  std::string method;  // of client authentication
  std::string id_token_alg;
  Scopes scopes;
};

// Defaults as in section 2.
Refusal read_metadata(const Call& call, const Json& metadata, Wish& wish) {
  const auto grants = strings_of(metadata, "grant_types", {"authorization_code"});
  const auto method = text_of(metadata, "token_endpoint_auth_method", "client_secret_basic");
  const auto scope = text_of(metadata, "scope", "openid profile read write offline_access");
  // OpenID Connect Registration section 2: who says nothing expects RS256.
  const auto id_token_alg = text_of(metadata, "id_token_signed_response_alg", "RS256");
  const auto uris = strings_of(metadata, "redirect_uris", {});
  if (!uris) return {"invalid_redirect_uri", "redirect_uris is not a short list of strings"};
  if (!grants || !method || !scope || !id_token_alg)
    return bad_metadata("a member of the metadata is of the wrong type");
  if (std::ranges::any_of(*grants, [](const auto& grant) { return !find_grant_type(grant); }))
    return bad_metadata("a grant type that this server does not have");
  const bool with_codes = std::ranges::count(*grants, "authorization_code") != 0;
  using List = std::vector<std::string>;
  const auto types = strings_of(metadata, "response_types", with_codes ? List{"code"} : List{});
  // Section 2.1: the grant types and the response types must fit together.
  if (!types || *types != (with_codes ? List{"code"} : List{}))
    return bad_metadata("response_types does not fit grant_types");
  if (*method != "none" && *method != "client_secret_basic" && *method != "client_secret_post")
    return bad_metadata("a method of client authentication that this server does not have");
  if (*method == "none" && std::ranges::count(*grants, "client_credentials") != 0)
    return bad_metadata("a public client has no credentials to use");
  if (*id_token_alg != "RS256" && *id_token_alg != "ES256")
    return bad_metadata("ID tokens are signed with RS256 or ES256 here");
  const auto scopes = Scopes::parse(*scope);
  if (!scopes) return bad_metadata("a scope that this server does not have");
  if (metadata.contains("jwks") && metadata.contains("jwks_uri"))
    return bad_metadata("jwks and jwks_uri exclude each other");
  if (with_codes && uris->empty()) return {"invalid_redirect_uri", "a client with a redirect flow needs redirect_uris"};
  if (std::ranges::any_of(*uris, [&](const auto& uri) { return !may_be_registered(call, uri); }))
    return {"invalid_redirect_uri",
            "redirect URIs are absolute, without fragment, and https, http on a loopback "
            "address, or of a private-use scheme with a dot"};
  wish = {*uris, *grants, *types, *method, *id_token_alg, *scopes};
  return {};
}

void append_strings(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  out += ",\"";
  out += name;
  out += "\":[";
  for (const auto& value : values) {
    if (&value != values.data()) out += ',';
    append_json(out, value);
  }
  out += ']';
}

bool is_json(const net::ServerRequest& request) {
  const auto type = request.header("Content-Type").value_or("");
  return base::equals_ignoring_case(base::trim(type.substr(0, type.find(';'))), "application/json");
}

}  // namespace

void register_client(Call& call) {
  if (!is_json(call.request)) return refuse_json(call, bad_metadata("the body must be application/json"));
  const auto metadata = Json::parse(call.request.body, nullptr, false);
  if (!metadata.is_object()) return refuse_json(call, bad_metadata("the body is not a JSON object"));
  Wish wish;
  if (const auto refusal = read_metadata(call, metadata, wish)) return refuse_json(call, refusal);

  const std::string id = base::random_token(16);
  const std::string secret = wish.method == "none" ? std::string() : base::random_token();
  std::vector<GrantType> grants;
  for (const auto& grant : wish.grant_types) grants.push_back(*find_grant_type(grant));
  if (!call.application.registrations.add(std::make_unique<Registration>(
          id, secret, wish.redirect_uris, std::move(grants), wish.scopes, wish.id_token_alg == "RS256")))
    return refuse_json(call, {"temporarily_unavailable", "this server holds as many clients as it can", 503});

  // Section 3.2.1: everything that was registered, defaults included.
  begin_json(call, call.broken(Defect::register_status_200) ? 200 : 201);
  std::string& out = call.response.body;
  out += '{';
  append_member(out, "client_id", std::string_view(id));
  append_member(out, "client_id_issued_at", numeric_date(call.now));
  if (!secret.empty()) {
    append_member(out, "client_secret", std::string_view(secret));
    append_member(out, "client_secret_expires_at", std::int64_t{0});
  }
  append_strings(out, "redirect_uris", wish.redirect_uris);
  append_strings(out, "grant_types", wish.grant_types);
  append_strings(out, "response_types", wish.response_types);
  append_member(out, "token_endpoint_auth_method", std::string_view(wish.method));
  append_member(out, "id_token_signed_response_alg", std::string_view(wish.id_token_alg));
  std::string scope;
  wish.scopes.append_to(scope);
  append_member(out, "scope", std::string_view(scope));
  out += '}';
}

}  // namespace assay::mock
