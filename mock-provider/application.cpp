// Routing: which endpoint a path belongs to, and which methods it knows.
#include "mock-provider/application.hpp"

#include "base/random.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {
namespace {

struct Route {
  std::string_view path;
  void (*get)(Call&);   // null: 405
  void (*post)(Call&);  // null: 405
};

// The busiest first.
constexpr Route routes[] = {
    {"/token", nullptr, token},
    {"/resource", resource, resource},
    {"/authorize", authorize, authorize},
    {"/login", show_login, log_in},
    {"/consent", show_consent, decide},
    {"/introspect", introspect, introspect},
    {"/revoke", revoke, revoke},
    {"/userinfo", userinfo, userinfo},
    {"/register", nullptr, register_client},
    {"/par", nullptr, push},
    {"/jwks", jwks, nullptr},
    {"/.well-known/openid-configuration", metadata, nullptr},
    {"/.well-known/oauth-authorization-server", metadata, nullptr},
};

}  // namespace

Application::Application(ProviderOptions options)
    : options_(std::move(options)), user_pool_(options_.user_pool), secret_(base::random_token()),
      es256_key_(crypto::Key::generate(crypto::Algorithm::es256)) {
  if (options_.all_keys) rs256_key();
}

const crypto::Key& Application::rs256_key() const {
  // One for the whole process: a test run starts providers by the hundred.
  static const crypto::Key key = crypto::Key::generate(crypto::Algorithm::rs256);
  return key;
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
  Call call{.application = *this,
            .request = request,
            .response = response,
            .defects = defects.read(),
            .now = clock.now(),
            .query = query,
            .body = body};
  if (counts_load.load(std::memory_order_relaxed)) under_load.count(std::chrono::steady_clock::now());
  for (const Route& route : routes) {
    if (route.path != request.path) continue;
    auto endpoint = request.method == "GET" ? route.get : request.method == "POST" ? route.post : nullptr;
    if (route.post == token && request.method == "GET" && call.broken(Defect::token_get_served)) endpoint = token;
    if (!endpoint) {
      refuse_method(call, !route.get ? "POST" : !route.post ? "GET" : "GET, POST");
      return;
    }
    query.read(request.query);
    body.read({});  // a check reads it, if it is a form
    endpoint(call);
    return;
  }
  not_found(call);
}

}  // namespace assay::mock
