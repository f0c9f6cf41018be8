#include "base/failure.hpp"

namespace assay::base {

std::string_view to_string(FailureCode code) {
  switch (code) {
    case FailureCode::bad_argument: return "bad argument";
    case FailureCode::file: return "file";
    case FailureCode::resolve: return "resolve";
    case FailureCode::connect: return "connect";
    case FailureCode::tls: return "tls";
    case FailureCode::timed_out: return "timed out";
    case FailureCode::protocol: return "protocol";
    case FailureCode::not_permitted: return "not permitted";
    case FailureCode::internal: return "internal";
  }
  return "internal";
}

}  // namespace assay::base
