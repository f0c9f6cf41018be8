// Routing: which endpoint a path belongs to, and which methods it knows.
#include "mock-provider/application.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/random.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {
namespace {

struct Handlers {
  void (*get)(Call&);   // null: 405
  void (*post)(Call&);  // null: 405
};

Handlers handlers_of(Endpoint endpoint, const Persona& persona) {
  switch (endpoint) {
    case Endpoint::token: return {nullptr, token};
    case Endpoint::resource: return {resource, resource};
    case Endpoint::authorization:
      return persona.consents_by_json ? Handlers{show_console, authorize_by_json} : Handlers{authorize, authorize};
    case Endpoint::login: return {show_login, log_in};
    case Endpoint::consent: return {show_consent, decide};
    case Endpoint::introspection: return {introspect, introspect};
    case Endpoint::revocation: return {revoke, revoke};
    case Endpoint::userinfo: return {userinfo, userinfo};
    case Endpoint::registration: return {nullptr, register_client};
    case Endpoint::pushed_authorization_request: return {nullptr, push};
    case Endpoint::jwks: return {jwks, nullptr};
    case Endpoint::openid_configuration:
    case Endpoint::authorization_server_metadata: return {metadata, nullptr};
    case Endpoint::account_login: return {nullptr, log_in_to_account};
    case Endpoint::app_registration: return {nullptr, register_app};
  }
  return {};
}

Persona persona_named(const std::string& name) {
  auto persona = Persona::load(name);
  if (!persona) throw std::invalid_argument(persona.error().doing);
  return *std::move(persona);
}

ProviderOptions with_persona(ProviderOptions options, const Persona& persona) {
  options.access_tokens = options.access_tokens.value_or(persona.access_tokens);
  options.code_lifetime = persona.code_lifetime.value_or(options.code_lifetime);
  options.access_token_lifetime = persona.access_token_lifetime.value_or(options.access_token_lifetime);
  options.refresh_token_lifetime = persona.refresh_token_lifetime.value_or(options.refresh_token_lifetime);
  return options;
}

}  // namespace

// The busiest first: in the order of the enumeration.
std::vector<Application::Route> Application::routes_of(const Persona& persona) {
  std::vector<Route> out;
  for (std::size_t i = 0; i < endpoint_table.size(); ++i) {
    const auto endpoint = static_cast<Endpoint>(i);
    if (!persona.has(endpoint)) continue;
    const auto handlers = handlers_of(endpoint, persona);
    out.push_back({persona.path(endpoint), endpoint, handlers.get, handlers.post});
  }
  return out;
}

Application::Application(ProviderOptions options)
    : persona_(persona_named(options.persona)), options_(with_persona(std::move(options), persona_)),
      routes_(routes_of(persona_)), user_pool_(options_.user_pool), secret_(base::random_token()),
      control_token_(options_.control ? base::random_token() : std::string()),
      es256_keys_{crypto::Key::generate(crypto::Algorithm::es256)}, es256_key_(&es256_keys_.front()) {
  if (!set_defects(options_.defects)) defects.replace(persona_.deviations);
  if (options_.all_keys) rs256_key();
}

const crypto::Key& Application::rs256_key() const {
  // One for the whole process: a test run starts providers by the hundred.
  static const crypto::Key key = crypto::Key::generate(crypto::Algorithm::rs256);
  return key;
}

std::vector<crypto::Key> Application::es256_keys() const {
  const std::lock_guard lock(keys_mutex_);
  return {es256_keys_.rbegin(), es256_keys_.rend() - static_cast<std::ptrdiff_t>(first_shown_key_)};
}

const crypto::Key& Application::rotate_key(bool keep_old) {
  auto fresh = crypto::Key::generate(crypto::Algorithm::es256);
  const std::lock_guard lock(keys_mutex_);
  es256_keys_.push_back(std::move(fresh));
  // Beyond ten the oldest are not shown any more, so that the document stays small.
  if (!keep_old) first_shown_key_ = es256_keys_.size() - 1;
  first_shown_key_ = std::max(first_shown_key_, es256_keys_.size() - std::min<std::size_t>(es256_keys_.size(), 10));
  es256_key_.store(&es256_keys_.back(), std::memory_order_release);
  return es256_keys_.back();
}

std::expected<void, base::Failure> Application::set_defects(std::span<const std::string> names) {
  auto set = DefectSet::of(names);
  if (!set) return std::unexpected(set.error());
  set->add(persona_.deviations);
  defects.replace(*set);
  counts_load.store(has_load_defect(*set), std::memory_order_relaxed);
  return {};
}

void Application::reset() {
  store.clear();
  clock.reset();
  request_log.clear();
  (void)set_defects(options_.defects);  // they were good at the start
}

const Client* Application::find_client(std::string_view id) const {
  const Client* fixed = mock::find_client(id);
  return fixed ? fixed : registrations.find(id);
}

const User* Application::find_user(std::string_view name, std::string_view password) const {
  const User* listed = mock::find_user(name, password);
  return listed ? listed : user_pool_.find(name, password);
}

void Application::handle(const net::ServerRequest& request, net::ServerResponse& response) {
  thread_local Form query, body;
  if (counts_load.load(std::memory_order_relaxed)) under_load.count(std::chrono::steady_clock::now());
  const auto route = std::ranges::find(routes_, request.path, &Route::path);
  Call call{.application = *this,
            .persona = persona_,
            .endpoint = route == routes_.end() ? Endpoint{} : route->endpoint,
            .request = request,
            .response = response,
            .defects = defects.read(),
            .now = clock.now(),
            .query = query,
            .body = body};
  if (route == routes_.end()) return is_control(call) ? control(call) : not_found(call);
  auto handler = request.method == "GET" ? route->get : request.method == "POST" ? route->post : nullptr;
  if (route->post == token && request.method == "GET" && call.broken(Defect::token_get_served)) handler = token;
  query.read(request.query);
  body.read({});  // a check reads it, if it is a form
  if (handler) handler(call);
  else refuse_method(call, !route->get ? "POST" : !route->post ? "GET" : "GET, POST");
  if (!control_token_.empty()) request_log.add(call);
}

}  // namespace assay::mock
