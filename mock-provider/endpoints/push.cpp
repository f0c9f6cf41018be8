// Pushed authorization requests (RFC 9126): the client sends its authorization request here first, authenticated, and the browser
// carries only a reference to it.
#include "base/random.hpp"
#include "mock-provider/answers.hpp"
#include "mock-provider/application.hpp"
#include "mock-provider/endpoints/endpoints.hpp"

namespace assay::mock {
namespace {

constexpr std::chrono::seconds lifetime{60};
constexpr std::string_view prefix = "urn:ietf:params:oauth:request_uri:";

}  // namespace

void push(Call& call) {
  if (const auto refusal = run_checks(Stage::push, call)) return refuse_json(call, refusal);
  PushedRequest pushed{
      .client = call.client, .parameters = std::string(call.request.body), .expires = call.now + lifetime};
  pushed.kept_until = pushed.expires;
  const auto request_uri = std::string(prefix) + base::random_token();
  call.application.store.pushed_requests.insert(request_uri, std::move(pushed), call.now);
  begin_json(call, 201);
  std::string& out = call.response.body;
  out += '{';
  append_member(out, "request_uri", std::string_view(request_uri));
  append_member(out, "expires_in", std::int64_t{lifetime.count()});
  out += '}';
}

}  // namespace assay::mock
