// What to do when OpenSSL refuses something that cannot fail on a working machine: an exception, because it is our fault or
// the installation's, never the server's under test.
#pragma once
#include <string_view>

namespace assay::crypto {

// Throws std::runtime_error with OpenSSL's own reason.
[[noreturn]] void throw_openssl_error(std::string_view doing);

inline void require(bool worked, std::string_view doing) {
  if (!worked) throw_openssl_error(doing);
}

template <class T>
T* require(T* made, std::string_view doing) {
  if (!made) throw_openssl_error(doing);
  return made;
}

}  // namespace assay::crypto
