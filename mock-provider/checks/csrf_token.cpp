// The form came out of our own page, in this browser (RFC 6749 section 10.12).
#include "mock-provider/checks/checks.hpp"

#include "crypto/digest.hpp"
#include "mock-provider/sessions.hpp"

namespace assay::mock {

Refusal csrf_token(Call& call) {
  if (!crypto::constant_time_equal(call.body.value("csrf"), csrf_token_for(call, call.body.value("flow"))))
    return {"invalid_request", "this form was not made by this server for your browser", 400, true};
  return {};
}

}  // namespace assay::mock
