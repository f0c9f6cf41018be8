// What stopped us from asking at all. A server that misbehaves is not a Failure: that is data, judged by a rule.
#pragma once
#include <string>
#include <string_view>

namespace assay::base {

enum class FailureCode {
  bad_argument,   // a flag or option that cannot be used
  file,           // a file that cannot be read or written
  resolve,        // the host name has no address
  connect,        // no connection could be made
  tls,            // the TLS handshake failed
  timed_out,      // a deadline passed
  protocol,       // the peer does not speak HTTP as we understand it
  not_permitted,  // the target has not allowed this
  internal,       // ours
};

std::string_view to_string(FailureCode code);

struct Failure {
  FailureCode code = FailureCode::internal;
  std::string
      doing;  // what was attempted and why it did not work, a lower-case fragment: "connect to 127.0.0.1:1: refused"
  std::string hint;  // what to do about it; may be empty
};

}  // namespace assay::base
