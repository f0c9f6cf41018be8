// Turns OpenSSL's queue of errors into one message.
#include "crypto/openssl_error.hpp"

#include <openssl/err.h>

#include <stdexcept>
#include <string>

namespace assay::crypto {

void throw_openssl_error(std::string_view doing) {
  char reason[256] = "no reason given";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, reason, sizeof reason);
  ERR_clear_error();
  throw std::runtime_error("cannot " + std::string(doing) + ": " + reason);
}

}  // namespace assay::crypto
