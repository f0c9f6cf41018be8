// OpenID Connect's prompt, max_age and nonce (Core section 3.1.2.1).
#include "mock-provider/checks/checks.hpp"

#include <charconv>

#include "base/text.hpp"

namespace assay::mock {

Refusal prompt_readable(Call& call) {
  const auto& parameters = call.parameters();
  call.authorization.nonce = parameters.value("nonce");
  const auto prompts = base::split(parameters.value("prompt"), ' ');
  for (const auto prompt : prompts) {
    if (prompt == "none") call.no_prompt = true;
    else if (prompt == "login" || prompt == "select_account") call.authorization.force_login = true;
    else if (prompt == "consent") call.authorization.force_consent = true;
    else return {"invalid_request", "unknown value of prompt"};
  }
  if (call.no_prompt && prompts.size() > 1) return {"invalid_request", "prompt=none goes with nothing else"};
  if (const auto text = parameters.value("max_age"); !text.empty()) {
    std::int64_t seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (problem != std::errc() || end != text.data() + text.size() || seconds < 0)
      return {"invalid_request", "max_age is not a number of seconds"};
    call.max_age = seconds;
  }
  return {};
}

}  // namespace assay::mock
